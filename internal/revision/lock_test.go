package revision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

var locked = Lock{Present: true, Images: map[string]LockEntry{
	"redis:7":                              {Digest: digestA},
	"registry.example.com:5000/shop/web:1": {Digest: digestB, Platforms: []string{"linux/amd64", "linux/arm/v7"}},
	"shop:dev":                             {Local: map[string]string{"linux/arm64": digestB, "linux/amd64": digestA}},
}, Builds: map[string]LockedBuild{
	"app.web":    {Digest: "build:" + digestA, Images: map[string]string{"linux/amd64": digestB}},
	"app.worker": {Digest: "build:" + digestB},
}}

// The file as people have it in git: a change of it is a change of the format.
var written = lockHeader + `
image "redis:7" {
  digest = "` + digestA + `"
}

image "registry.example.com:5000/shop/web:1" {
  digest    = "` + digestB + `"
  platforms = ["linux/amd64", "linux/arm/v7"]
}

image "shop:dev" {
  local = {
    "linux/amd64" = "` + digestA + `"
    "linux/arm64" = "` + digestB + `"
  }
}

build "app.web" {
  digest = "build:` + digestA + `"
  images = {
    "linux/amd64" = "` + digestB + `"
  }
}

build "app.worker" {
  digest = "build:` + digestB + `"
}
`

func TestLockFile(t *testing.T) {
	dir := t.TempDir()
	if none, err := ReadLock(dir); err != nil || none.Present || len(none.Images) > 0 {
		t.Errorf("where there is no file: %+v, %v", none, err)
	}
	if err := locked.WriteFile(filepath.Join(dir, LockName)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, LockName))
	if diff := cmp.Diff(written, string(text)); err != nil || diff != "" {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
	read, err := ReadLock(dir)
	if diff := cmp.Diff(locked, read); err != nil || diff != "" {
		t.Errorf("read back: error %v, -want +got:\n%s", err, diff)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the directory has %v, %v", left, err)
	}
	if _, err := ReadLockFile(dir); err == nil {
		t.Error("a directory is read as a lock file")
	}
	if err := locked.WriteFile(filepath.Join(dir, "none", LockName)); err == nil {
		t.Error("it is written where there is no directory")
	}
}

func TestLockDigest(t *testing.T) {
	for _, tt := range []struct{ reference, platform, want string }{
		{"redis:7", "linux/amd64", digestA},
		{"redis:7", "linux/s390x", digestA},
		{"shop:dev", "linux/amd64", digestA},
		{"shop:dev", "linux/arm64", digestB},
		{"shop:dev", "linux/s390x", ""},
		{"redis", "linux/amd64", ""},
	} {
		if got, ok := locked.Digest(tt.reference, tt.platform); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s on %s: got %q, %v; want %q", tt.reference, tt.platform, got, ok, tt.want)
		}
	}
	for reference, want := range map[string]bool{"redis:7": false, "localhost:5000/x": false, "redis@" + digestA: true, digestA: true} {
		if got := Pinned(reference); got != want {
			t.Errorf("Pinned(%q) = %v", reference, got)
		}
	}
}

func TestLockRefuses(t *testing.T) {
	entry := func(body string) string { return "image \"redis:7\" {\n" + body + "\n}\n" }
	for name, tt := range map[string]struct{ src, want string }{
		"a conflict":          {"<<<<<<< HEAD\n" + written, `f:1: `},
		"another block":       {"provider \"x\" {}\n", "f:1: Unsupported block type"},
		"an attribute":        {"a = \"b\"\n", "f:1: Unsupported argument"},
		"twice":               {written + entry(`digest = "`+digestA+`"`), `"redis:7" is locked twice`},
		"nothing":             {entry(""), "f:1: \"redis:7\" is to have either a digest or a local image"},
		"both":                {entry("digest = \"" + digestA + "\"\nlocal = { \"linux/amd64\" = \"" + digestA + "\" }"), "either"},
		"platforms alone":     {entry("platforms = [\"linux/amd64\"]\nlocal = { \"linux/amd64\" = \"" + digestA + "\" }"), "no digest"},
		"a short digest":      {entry(`digest = "sha256:abc"`), `f:2: digest: "sha256:abc" is none`},
		"an upper digest":     {entry(`digest = "` + strings.ToUpper(digestA) + `"`), "is none"},
		"a list":              {entry(`digest = ["` + digestA + `"]`), "f:2: digest: want text"},
		"no list":             {entry("digest = \"" + digestA + "\"\nplatforms = \"linux/amd64\""), "f:3: platforms: want a list"},
		"no platform":         {entry("digest = \"" + digestA + "\"\nplatforms = [\"linux\"]"), `platforms: "linux" is none`},
		"no map":              {entry(`local = "` + digestA + `"`), "want image ids by platform"},
		"a local tag":         {entry(`local = { "linux/amd64" = "redis:7" }`), `"redis:7" is none`},
		"a template":          {entry(`digest = "${path.module}"`), "has no place in a lock file"},
		"a call":              {entry(`digest = file("x")`), `"(" has no place in a lock file`},
		"a name":              {entry(`digest = other`), "f:2: Variables not allowed"},
		"no reference":        {"image \"\" {\n}\n", "is no image reference"},
		"a pinned reference":  {"image \"redis@" + digestA + "\" {\n}\n", "is no image reference"},
		"a newline":           {"image \"a\\nb\" {\n}\n", "is no image reference"},
		"cut short":           {written[:len(written)-2], "f:"},
		"no text":             {"\xff\xfe\x00", "f:1: "},
		"deep brackets":       {entry("platforms = " + strings.Repeat("[", 1<<19)), "has no place in a lock file"},
		"many signs":          {entry("digest = " + strings.Repeat("-", 1<<19)), "has no place in a lock file"},
		"more than it can be": {strings.Repeat("#", lockLimit+1), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			lock, err := ParseLock("f", []byte(tt.src))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, error %v; want one with %q", lock, err, tt.want)
			}
		})
	}
}

// FuzzLock: whatever is in the file, it is refused or it is what is written of it.
func FuzzLock(f *testing.F) {
	for _, seed := range []string{
		"", written, `image "a" { digest = "x" }`, "image \"a\" {\n  platforms = [\"a/b\",]\n}", "image a {}", "<<<<<<< HEAD\n",
		"image \"shop:dev\" {\n  digest = \"" + digestA + "\"\n  platforms = [\"linux/arm64\", \"linux/amd64\", \"linux/arm64\"]\n}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lock, err := ParseLock("f", src)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f") {
				t.Errorf("%v does not say where", err)
			}
			return
		}
		again, err := ParseLock("f", lock.Bytes())
		if diff := cmp.Diff(lock, again); err != nil || diff != "" {
			t.Errorf("read back: error %v, -want +got:\n%s", err, diff)
		}
		if string(again.Bytes()) != string(lock.Bytes()) {
			t.Error("the same lock is written in two ways")
		}
	})
}
