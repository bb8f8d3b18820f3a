package revision

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository is a real one, in a directory of the test.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t, filepath.Join(t.TempDir(), "shop")}
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.git("init", "--quiet", "--initial-branch=main")
	r.git("config", "user.name", "Ada")
	r.git("config", "user.email", "ada@example.org")
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repository) write(name, content string) {
	r.t.Helper()
	at := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// commit commits all there is and returns its hash.
func (r *repository) commit(subject string) string {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--message", subject)
	return r.git("rev-parse", "HEAD")
}

// export exports a directory of the repository until the test ends.
func (r *repository) export(dir, rev string) Tree {
	r.t.Helper()
	tree, err := Export(r.t.Context(), filepath.Join(r.dir, dir), rev)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			r.t.Error(err)
		}
	})
	return tree
}

// files returns what is below a directory, relative to it.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		inside, _ := filepath.Rel(dir, name)
		out[filepath.ToSlash(inside)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s: got %q, want %q", name, got[name], content)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
}

func TestExport(t *testing.T) {
	r := newRepository(t)
	then := map[string]string{
		"main.tf": "# one", "modules/web/main.tf": "# web", "files/ä \"quoted\"\nname": "odd",
		"files/binary": "\x00\xff\r\n", "ignored.txt": "of no archive", "run.sh": "#!/bin/sh",
		".gitattributes": "ignored.txt export-ignore\n*.txt text eol=crlf\nmain.tf export-subst\n",
	}
	for name, content := range then {
		r.write(name, content)
	}
	r.git("add", "--all")
	r.git("update-index", "--chmod=+x", "run.sh")
	r.git("commit", "--quiet", "--message", "the first")
	first := r.git("rev-parse", "HEAD")
	r.write("main.tf", "# two")
	r.commit("the second")
	r.write("main.tf", "# not committed")
	r.write("staged.tf", "# staged")
	r.git("add", "staged.tf")
	before, status := files(t, r.dir), r.git("status", "--porcelain")

	tree := r.export(".", first[:12])
	same(t, files(t, tree.Dir), then)
	if filepath.Base(tree.Dir) != "shop" {
		t.Errorf("the directory is called %s", tree.Dir)
	}
	if tree.Hash != first || tree.Subject != "the first" || tree.Author != "Ada <ada@example.org>" || tree.Time.IsZero() {
		t.Errorf("the commit is %+v", tree.Commit)
	}
	if info, err := os.Stat(filepath.Join(tree.Dir, "run.sh")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("run.sh is no program: %v %v", info.Mode(), err)
	}
	same(t, files(t, r.dir), before)
	if now := r.git("status", "--porcelain"); now != status {
		t.Errorf("the status was\n%s\nand is\n%s", status, now)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tree.temp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tree is left: %v", err)
	}
}

// What a directory leads to comes along, and nothing else does.
func TestExportDirectory(t *testing.T) {
	for name, leads := range map[string]string{
		"a module beside it": `module "web" { source = "../modules/web" }`,
		"what is above it":   `locals { text = file("${path.module}/..") }`,
		"nothing":            "",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.write("deploy/shop/main.tf", leads)
			r.write("deploy/modules/web/main.tf", "# web")
			r.write("elsewhere/large", "…")
			r.commit("all")
			tree := r.export("deploy/shop", "HEAD")
			want := map[string]string{"deploy/shop/main.tf": leads}
			if leads != "" {
				want["deploy/modules/web/main.tf"], want["elsewhere/large"] = "# web", "…"
			}
			same(t, files(t, filepath.Join(tree.Dir, "..", "..")), want)
		})
	}
}

func TestExportLink(t *testing.T) {
	r := newRepository(t)
	r.write("common.tf", "# common")
	r.write("shop/main.tf", "")
	if err := os.Symlink("../common.tf", filepath.Join(r.dir, "shop", "common.tf")); err != nil {
		t.Fatal(err)
	}
	r.commit("a link")
	same(t, files(t, r.export("shop", "HEAD").Dir), map[string]string{"main.tf": "", "common.tf": "# common"})
}

// A name is no pattern, and nothing that git reads otherwise.
func TestExportOfOddNames(t *testing.T) {
	r := newRepository(t)
	for _, name := range []string{"gl[ob]/x", ":(top)/x", ":!x"} {
		r.write(name+"/main.tf", "# "+name)
	}
	r.write("glo/x/main.tf", "# another")
	r.commit("all")
	for _, name := range []string{"gl[ob]/x", ":(top)/x", ":!x"} {
		same(t, files(t, r.export(name, "HEAD").Dir), map[string]string{"main.tf": "# " + name})
	}
}

func TestExportOfWhatWasNotThere(t *testing.T) {
	r := newRepository(t)
	r.commit("nothing yet")
	r.write("shop/main.tf", "")
	r.commit("the shop")
	same(t, files(t, r.export("shop", "HEAD~1").Dir), map[string]string{})
}

// Variables that are kept out of git hold at any revision; those that it has
// are as they were.
func TestExportVariables(t *testing.T) {
	r := newRepository(t)
	r.write("main.tf", "")
	r.write("known.auto.tfvars", "a = 1")
	r.write("later.auto.tfvars", "c = 1")
	r.write(".gitignore", "terraform.tfvars\n")
	r.commit("all")
	r.git("rm", "--quiet", "--cached", "later.auto.tfvars")
	for _, name := range []string{"terraform.tfvars", "prod.tfvars", "below/terraform.tfvars"} {
		r.write(name, "b = 2")
	}
	r.write("known.auto.tfvars", "a = 3")
	r.write("later.auto.tfvars", "c = 3")
	same(t, files(t, r.export(".", "HEAD").Dir), map[string]string{
		"main.tf": "", "known.auto.tfvars": "a = 1", "later.auto.tfvars": "c = 1", ".gitignore": "terraform.tfvars\n", "terraform.tfvars": "b = 2",
	})
}

// No name in a commit leads out of the tree.
func TestExportStaysInside(t *testing.T) {
	r := newRepository(t)
	r.write("evil", "out")
	r.commit("a file")
	id := r.git("rev-parse", "HEAD:evil")
	mktree := func(entry string) string {
		cmd := exec.Command("git", "mktree")
		cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(entry+"\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	inner := mktree("100644 blob " + id + "\tevil")
	outer := mktree("040000 tree " + mktree("040000 tree "+inner+"\t..") + "\t..")
	commit := r.git("commit-tree", "-m", "up and out", outer)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if _, err := Export(t.Context(), r.dir, commit); err == nil {
		t.Error("it was exported")
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("what was begun is left: %v, %v", left, err)
	}
}

func TestResolve(t *testing.T) {
	r := newRepository(t)
	first := r.commit("the first")
	r.git("tag", "--annotate", "--message", "a release", "v1")
	for _, rev := range []string{"HEAD", "main", "v1", first[:8], "HEAD^{/first}"} {
		if c, err := Resolve(t.Context(), r.dir, rev); err != nil || c.Hash != first {
			t.Errorf("%s: got %v, %v", rev, c.Hash, err)
		}
	}
	for _, rev := range []string{"nothing", "--all", "-1", "", "HEAD:evil", "HEAD~1"} {
		if c, err := Resolve(t.Context(), r.dir, rev); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: got %v, %v", rev, c.Hash, err)
		}
	}
	if _, err := Resolve(t.Context(), t.TempDir(), "HEAD"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("outside of a repository: got %v", err)
	}
}

func TestWorking(t *testing.T) {
	r := newRepository(t)
	r.write("shop/main.tf", "")
	head := r.commit("all")
	shop := filepath.Join(r.dir, "shop")
	see := func(want bool) {
		t.Helper()
		if at, dirty, err := Working(t.Context(), shop); err != nil || at.Hash != head || dirty != want {
			t.Errorf("got %s, dirty %v, %v", at.Hash, dirty, err)
		}
	}
	see(false)
	r.write("elsewhere", "")
	r.write("shop/next.plan", "")
	see(false)
	r.write("shop/more/more.auto.tfvars", "")
	see(true)
	if err := os.RemoveAll(filepath.Join(shop, "more")); err != nil {
		t.Fatal(err)
	}
	see(false)
	index, err := os.ReadFile(filepath.Join(r.dir, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("shop/main.tf", "# more")
	see(true)
	if now, err := os.ReadFile(filepath.Join(r.dir, ".git", "index")); err != nil || !bytes.Equal(now, index) {
		t.Errorf("the index was written: %v", err)
	}
}

// What a directory leads to is of its commit too.
func TestWorkingLeadsOutside(t *testing.T) {
	r := newRepository(t)
	r.write("deploy/main.tf", `module "app" { source = "../modules/app" }`)
	r.write("alone/main.tf", "")
	r.write("modules/app/main.tf", "")
	r.commit("all")
	see := func(dir string, want bool) {
		t.Helper()
		if _, dirty, err := Working(t.Context(), filepath.Join(r.dir, dir)); err != nil || dirty != want {
			t.Errorf("%s: dirty %v, %v", dir, dirty, err)
		}
	}
	see("deploy", false)
	r.write("modules/app/main.tf", "# more")
	see("deploy", true)
	see("alone", false)
}

func TestBase(t *testing.T) {
	r := newRepository(t)
	first, second := r.commit("the first"), r.commit("the second")
	base := func(want string) {
		t.Helper()
		if got, err := Base(t.Context(), r.dir); err != nil || got.Hash != want {
			t.Errorf("got %s, %v; want %s of %s", got.Hash, err, want, slices.Collect(strings.Lines(r.git("log", "--oneline"))))
		}
	}
	base(first)
	r.git("switch", "--quiet", "--create", "topic")
	r.commit("on the branch")
	r.commit("more on the branch")
	base(second)
	r.git("switch", "--quiet", "main")
	r.commit("the default branch goes on")
	r.git("switch", "--quiet", "topic")
	base(second)
	r.git("update-ref", "refs/remotes/origin/trunk", first)
	r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
	base(first)
}
