package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// tree writes files, of which one whose name ends with * is a program.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		mode := fs.FileMode(0o644)
		if program, is := strings.CutSuffix(name, "*"); is {
			name, mode = program, 0o755
		}
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var app = map[string]string{"Dockerfile": "FROM debian:12\nCOPY . /app\n", "main.py": "print(1)", "bin/run*": "#!/bin/sh\n"}

func inputs(t *testing.T, b topology.Build) string {
	t.Helper()
	s, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := s.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func with(files map[string]string, name, content string) map[string]string {
	files = maps.Clone(files)
	files[name] = content
	return files
}

func TestInputsAreOfWhatIsBuilt(t *testing.T) {
	first := inputs(t, topology.Build{Context: tree(t, app)})
	change := func(do func(dir string) error) string {
		dir := tree(t, app)
		if err := do(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	long := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		build topology.Build
		same  bool
	}{
		"elsewhere":        {topology.Build{Context: tree(t, app)}, true},
		"other times":      {topology.Build{Context: change(func(dir string) error { return os.Chtimes(filepath.Join(dir, "main.py"), long, long) })}, true},
		"another umask":    {topology.Build{Context: change(func(dir string) error { return os.Chmod(filepath.Join(dir, "main.py"), 0o664) })}, true},
		"default named":    {topology.Build{Context: tree(t, app), Dockerfile: "Dockerfile"}, true},
		"state":            {topology.Build{Context: tree(t, with(app, "bin/terraform.tfstate", "{}"))}, true},
		"lock":             {topology.Build{Context: tree(t, with(app, "bayplan.lock.hcl", ""))}, true},
		"one byte":         {topology.Build{Context: tree(t, with(app, "main.py", "print(2)"))}, false},
		"a file more":      {topology.Build{Context: tree(t, with(app, "empty", ""))}, false},
		"mode":             {topology.Build{Context: change(func(dir string) error { return os.Chmod(filepath.Join(dir, "main.py"), 0o755) })}, false},
		"private":          {topology.Build{Context: change(func(dir string) error { return os.Chmod(filepath.Join(dir, "main.py"), 0o600) })}, false},
		"empty directory":  {topology.Build{Context: change(func(dir string) error { return os.Mkdir(filepath.Join(dir, "empty"), 0o755) })}, false},
		"link":             {topology.Build{Context: change(func(dir string) error { return os.Symlink("main.py", filepath.Join(dir, "link")) })}, false},
		"Dockerfile":       {topology.Build{Context: tree(t, with(app, "Dockerfile", app["Dockerfile"]+"# more\n"))}, false},
		"argument":         {topology.Build{Context: tree(t, app), Args: map[string]string{"A": ""}}, false},
		"another argument": {topology.Build{Context: tree(t, app), Args: map[string]string{"A": "B"}}, false},
	} {
		if got := inputs(t, row.build); (got == first) != row.same {
			t.Errorf("%s: the same as before is %v, want %v", name, got == first, row.same)
		}
	}
}

func TestWhatIsIgnoredDoesNotCount(t *testing.T) {
	ignoring := with(with(app, ".dockerignore", "# what is not needed\n*.md\nnode_modules\n!node_modules/kept\nDockerfile\n"), "node_modules/kept/a", "a")
	first := inputs(t, topology.Build{Context: tree(t, ignoring)})
	for name, same := range map[string]bool{"README.md": true, "node_modules/b/b": true, "sub/README.md": false, "node_modules/kept/b": false, "c": false} {
		if got := inputs(t, topology.Build{Context: tree(t, with(ignoring, name, "x"))}); (got == first) != same {
			t.Errorf("%s: the same as without it is %v, want %v", name, got == first, same)
		}
	}
	if inputs(t, topology.Build{Context: tree(t, with(ignoring, "Dockerfile", "FROM debian:13\n"))}) == first {
		t.Error("a Dockerfile that is left out of the image counts nevertheless")
	}
	own := with(ignoring, "other/Dockerfile", app["Dockerfile"])
	other := topology.Build{Context: tree(t, own), Dockerfile: "other/Dockerfile"}
	of := inputs(t, other)
	other.Context = tree(t, with(own, "other/Dockerfile.dockerignore", "main.py\n"))
	if inputs(t, other) == of {
		t.Error("the Dockerfile's own ignore file does not count")
	}
}

// What is sent is what was hashed, but for the Dockerfile's images.
func TestTar(t *testing.T) {
	dir := tree(t, with(app, ".dockerignore", "*.md\nDockerfile\n"))
	for name, content := range map[string]string{"README.md": "no", "bin/a": "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../main.py", filepath.Join(dir, "bin", "link")); err != nil {
		t.Fatal(err)
	}
	s, err := Open(topology.Build{Context: dir})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := s.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	var sent bytes.Buffer
	if err := s.Tar(&sent, map[string]string{"debian:12": "debian@sha256:1"}, sum); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(&sent); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil || h.Uid != 0 || h.ModTime.Unix() != 0 || h.Uname != "" {
			t.Errorf("%s: %+v, %v", h.Name, h, err)
		}
		got = append(got, strings.Join([]string{h.FileInfo().Mode().String(), h.Name, h.Linkname, string(content)}, " "))
	}
	want := []string{
		"-rw-r--r-- .dockerignore  *.md\nDockerfile\n",
		"drwxr-xr-x bin/  ",
		"-rw-r--r-- bin/a  a",
		"Lrwxrwxrwx bin/link ../main.py ",
		"-rwxr-xr-x bin/run  #!/bin/sh\n",
		"-rw-r--r-- main.py  print(1)",
		"-rw-r--r-- Dockerfile  FROM debian@sha256:1\nCOPY . /app\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.py"), []byte("print(9)"), 0o644); err != nil {
		t.Fatal(err)
	}
	sent.Reset()
	if err := s.Tar(&sent, nil, sum); err == nil || !strings.Contains(err.Error(), "changed while it was sent") {
		t.Errorf("other files than those that were hashed are sent: %v", err)
	}
	if bytes.HasSuffix(sent.Bytes(), make([]byte, 1024)) {
		t.Error("what was sent of them has an end")
	}
}

func TestDigestIsOfInputsAndImages(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range []string{
		Digest("a", nil), Digest("b", nil), Digest("a", map[string]string{"debian:12": "sha256:1"}),
		Digest("a", map[string]string{"debian:12": "sha256:2"}), Digest("a", map[string]string{"debian:13": "sha256:1"}),
	} {
		if !strings.HasPrefix(d, DigestPrefix) || len(d) != len(DigestPrefix)+64 || seen[d] {
			t.Errorf("digest %s", d)
		}
		seen[d] = true
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	dir := tree(t, app)
	outside := tree(t, map[string]string{"Dockerfile": "FROM scratch\n"})
	if err := os.Symlink(filepath.Join(outside, "Dockerfile"), filepath.Join(dir, "Leading")); err != nil {
		t.Fatal(err)
	}
	for want, b := range map[string]topology.Build{
		"there is no directory":         {Context: filepath.Join(dir, "none")},
		"is no directory":               {Context: filepath.Join(dir, "main.py")},
		"there is no Other in":          {Context: dir, Dockerfile: "Other"},
		"path escapes":                  {Context: dir, Dockerfile: "../Dockerfile"},
		"Leading of the build's":        {Context: dir, Dockerfile: "Leading"},
		`there is no stage "test"`:      {Context: dir, Target: "test"},
		"there is no FROM":              {Context: dir, Dockerfile: "main.py"},
		"a variable in it has no value": {Context: tree(t, map[string]string{"Dockerfile": "ARG V\nFROM $V\n"})},
	} {
		if _, err := Open(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v; want %q", b, err, want)
		}
	}
}

func TestSourcesArePinned(t *testing.T) {
	text := "# syntax=docker/dockerfile:1\n# escape=`\n\nARG V=12\nARG BASE=\"debian:${V}\"\n" +
		"FROM --platform=linux/amd64 ${BASE} AS Build\nRUN --mount=type=bind,from=golang:1,source=/a `\n  # a remark\n  make `\n  FROM nothing\n" +
		"RUN <<EOF\nFROM inside\nEOF\nRUN echo $((1 <<2))\n" +
		"FROM scratch\nCOPY --chown=1 --from=build /a /b\nCOPY --from=0 /a /c\nCOPY --from=busybox:stable /d /d\nFROM build AS last\nFROM alpine AS beyond\n"
	d, err := parse([]byte(text), "LAST", map[string]string{"V": "13"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	to := map[string]string{}
	for _, u := range d.uses {
		got = append(got, u.reference)
		to[u.reference] = "<" + u.reference + ">"
	}
	if want := []string{"docker/dockerfile:1", "debian:13", "golang:1", "busybox:stable"}; !slices.Equal(got, want) {
		t.Fatalf("images %v; want %v", got, want)
	}
	want := strings.NewReplacer("docker/dockerfile:1", "<docker/dockerfile:1>", "linux/amd64 ${BASE}", "linux/amd64 <debian:13>", "from=golang:1", "from=<golang:1>", "busybox:stable", "<busybox:stable>").Replace(text)
	if diff := cmp.Diff(want, string(d.pin(to))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(strings.Replace(text, "${BASE}", "debian:13", 1), string(d.pin(nil))); diff != "" {
		t.Errorf("without pins, -want +got:\n%s", diff)
	}
}

// However an image is written, it is one that the build is on.
func TestNoSourceIsMissed(t *testing.T) {
	const from = "FROM debian:12\n"
	for name, row := range map[string]struct{ text, want string }{
		"byte order mark":                 {"\ufeff" + from, "\ufeffFROM <debian:12>\n"},
		"directive behind a mark":         {"\ufeff# syntax=a/b:1\n" + from, "\ufeff# syntax=<a/b:1>\nFROM <debian:12>\n"},
		"instruction on two lines":        {"FR\\\nOM debian:12\n", "FR\\\nOM <debian:12>\n"},
		"image on two lines":              {"FROM deb\\\n# remark\nian:12\n", "FROM <debian:12>\n"},
		"flag on two lines":               {from + "COPY --fr\\\nom=nginx:1 / /\n", "FROM <debian:12>\nCOPY --fr\\\nom=<nginx:1> / /\n"},
		"flag on two lines, other escape": {"# escape=`\n" + from + "COPY --fr`\nom=nginx:1 / /\n", "# escape=`\nFROM <debian:12>\nCOPY --fr`\nom=<nginx:1> / /\n"},
		"line with two returns":           {from + "COPY --fr\\\r\r\nom=nginx:1 / /\n", "FROM <debian:12>\nCOPY --fr\\\r\r\nom=<nginx:1> / /\n"},
		"flag in quotes":                  {from + `COPY --fr"om=nginx:1" / /`, "FROM <debian:12>\n" + `COPY --fr"om=<nginx:1>" / /`},
		"flag with an escape":             {from + `COPY --fr\om=nginx:1 / /`, "FROM <debian:12>\n" + `COPY --fr\om=<nginx:1> / /`},
		"behind a flag with a space":      {from + `COPY --chown="a b" --from=nginx:1 / /`, "FROM <debian:12>\n" + `COPY --chown="a b" --from=<nginx:1> / /`},
		"behind another space":            {from + "COPY\v--chown=1\f--from=nginx:1 / /", "FROM <debian:12>\nCOPY\v--chown=1\f--from=<nginx:1> / /"},
		"named as its stage":              {"FROM debian:12 AS nginx\nCOPY --from=NGINX / /\n", "FROM <debian:12> AS nginx\nCOPY --from=<NGINX> / /\n"},
		"named as a stage before":         {"FROM debian:12 AS a\nFROM a AS b\nCOPY --from=a / /\n", "FROM <debian:12> AS a\nFROM a AS b\nCOPY --from=a / /\n"},
		"named as a stage's number":       {from + "FROM 0\nCOPY --from=0 / /\nCOPY --from=1 / /\n", "FROM <debian:12>\nFROM <0>\nCOPY --from=0 / /\nCOPY --from=<1> / /\n"},
		"for what is built on it":         {from + "ONBUILD COPY --from=nginx:1 / /\nONBUILD RUN --mount=from=golang:1 <<END\nFROM nothing\nEND\n", "FROM <debian:12>\nONBUILD COPY --from=<nginx:1> / /\nONBUILD RUN --mount=from=<golang:1> <<END\nFROM nothing\nEND\n"},
		"mount in upper case":             {from + "RUN --mount=type=bind,From=nginx:1,target=/a true\n", "FROM <debian:12>\nRUN --mount=type=bind,From=<nginx:1>,target=/a true\n"},
		"mount in quotes":                 {from + `RUN --mount=type=bind,"from=nginx:1" true`, "FROM <debian:12>\n" + `RUN --mount=type=bind,"from=<nginx:1>" true`},
		"mount in quotes of its own":      {from + `RUN --mount='target=/a=nginx:1,"FROM=nginx:1"' true`, "FROM <debian:12>\n" + `RUN --mount='target=/a=nginx:1,"FROM=<nginx:1>"' true`},
		"frontend":                        {"#Syntax = a/b:1 --with=c\n# Syntax=d\n" + from, "#Syntax = <a/b:1> --with=c\n# Syntax=<d>\nFROM <debian:12>\n"},
		"frontend behind other remarks":   {"#!/bin/x\n# a=b\n# syntax=scratch\n" + from, "#!/bin/x\n# a=b\n# syntax=<scratch>\nFROM <debian:12>\n"},
		"no frontend":                     {"# A remark\n# syntax=a\n" + from + "# syntax=b\n", "# A remark\n# syntax=a\nFROM <debian:12>\n# syntax=b\n"},
	} {
		d, err := parse([]byte(row.text), "", nil)
		to := map[string]string{}
		for _, u := range d.uses {
			to[u.reference] = "<" + u.reference + ">"
		}
		if diff := cmp.Diff(row.want, string(d.pin(to))); diff != "" || err != nil {
			t.Errorf("%s: %v; -want +got:\n%s", name, err, diff)
		}
	}
}

func TestSourcesThatCannotBePinned(t *testing.T) {
	for text, want := range map[string]string{
		"FROM a\nCOPY --from=ngi\\\nnx:1 / /\n":                                        `line 2: the image "nginx:1" is not written in one piece`,
		"FROM a\nRUN true \\\\\nFROM evil\n":                                           `line 2: builders differ on whether a line that ends with \\ goes on`,
		"# escape=`\nFROM a\nRUN true `` \nFROM evil\n":                                "line 3: builders differ on whether a line that ends with `` goes on",
		"FROM a\nRUN : <<CMD\nFROM evil\nCMD\n":                                        "a builder that does not know heredocs reads other images in theirs",
		"FROM a\nRUN : <<CMD\nFROM ev\\\nil\nCMD\n":                                    "a builder that does not know heredocs reads other images in theirs",
		"FROM a\nRUN echo \"a <<CMD\"\nFROM evil\nCMD\n":                               `line 2: whether a heredoc begins with <<CMD" cannot be told`,
		"FROM a\nRUN echo \"a <<CMD \"\nFROM evil\nCMD\n":                              `line 2: whether a heredoc begins with <<CMD cannot be told`,
		"FROM a\nRUN echo \\\" <<CMD\nFROM evil\nCMD\n":                                `line 2: whether a heredoc begins with <<CMD cannot be told`,
		"FROM a\nCOPY <<E\"O\"F /a\nFROM scratch AS evil\nEOF\nCOPY --from=evil / /\n": `line 2: whether a heredoc begins with <<E"O"F cannot be told`,
		"FROM a\nCOPY --from=\"ngi\"nx:1 / /\n":                                        `the image "nginx:1" is not written in one piece`,
		"FROM a\nRUN --mount='\"from=a\"\"b\"' true\n":                                 `the image "a\"b" is not written in one piece`,
		"FROM a\nRUN --mount='from=a,\"from=b' true\n":                                 `line 2: --mount=from=a,"from=b: `,
		"// syntax=a/b:1\nFROM a\n":                                                    "line 1: there is no FROM before it",
		"{\"syntax\": \"a/b:1\",\n\"b\": \"\n FROM a\"}\n":                             "line 1: there is no FROM before it",
	} {
		if _, err := parse([]byte(text), "", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %q", text, err, want)
		}
	}
	if _, err := parse([]byte("FROM a\n"), "", map[string]string{"BUILDKIT_SYNTAX": "a/b:1"}); err == nil || !strings.Contains(err.Error(), "# syntax=IMAGE") {
		t.Errorf("an argument names the frontend: %v", err)
	}
}

func TestVariables(t *testing.T) {
	args := map[string]string{"A": "a", "E": ""}
	for text, want := range map[string]string{
		"plain": "plain", "$A": "a", "x${A}y": "xay", "$None": "", "${None:-b}": "b", "${E:-b}": "b", "${E-b}": "", "${A:+b}": "b", "${E:+b}": "", "${E+b}": "b", "$A:$A": "a:a",
	} {
		if got, err := expand(text, args); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${A#a}", "$", "${A:-$A}", `\$A`, "${}"} {
		if got, err := expand(text, args); err == nil {
			t.Errorf("%s: got %q, which nobody knows", text, got)
		}
	}
}
