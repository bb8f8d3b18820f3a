package revision

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is what a directory held at a commit, in a private temporary directory
// until it is closed.
type Tree struct {
	Commit
	// Dir is the directory as it was. Its name and its place in the repository
	// are those it has there. Where it was not there yet, it is empty.
	Dir string
	// Root is the root of the repository as it was, as far as it was read.
	Root string
	temp string
}

// Close removes the tree.
func (t Tree) Close() error {
	if t.temp == "" {
		return nil
	}
	return os.RemoveAll(t.temp)
}

// Export reads what a directory held at a git revision from the repository's
// objects: never from what is checked out, and nothing is checked out for it.
// What files of the directory lead to outside of it, in the same repository, is
// there too. So are the files of variables of the directory that git does not
// have and that count by themselves: they hold at any revision.
//
// Files are as they were committed; no filter of git runs, and submodules are
// left out. An error is ErrNoRevision where the text names no commit.
func Export(ctx context.Context, dir, rev string) (Tree, error) {
	at, err := Resolve(ctx, dir, rev)
	if err != nil {
		return Tree{}, err
	}
	top, prefix, err := inRepository(ctx, dir)
	if err != nil {
		return Tree{}, err
	}
	temp, err := os.MkdirTemp("", "bayplan-")
	if err != nil {
		return Tree{}, err
	}
	root := filepath.Join(temp, filepath.Base(top))
	tree := Tree{Commit: at, Dir: filepath.Join(root, filepath.FromSlash(prefix)), Root: root, temp: temp}
	if err := tree.fill(ctx, dir, top, prefix); err != nil {
		return Tree{}, errors.Join(fmt.Errorf("%s: %w", rev, err), tree.Close())
	}
	return tree, nil
}

// fill writes what a directory of a repository held, and its variables of now.
func (t Tree) fill(ctx context.Context, dir, top, prefix string) error {
	if err := os.MkdirAll(t.Dir, 0o777); err != nil {
		return err
	}
	within, err := os.OpenRoot(t.Root)
	if err != nil {
		return err
	}
	defer within.Close()
	if err := export(ctx, within, top, prefix, t.Hash); err != nil {
		return err
	}
	return unknownVariables(ctx, dir, t.Dir)
}

// export writes what is below a prefix and, if that leads outside, everything.
func export(ctx context.Context, into *os.Root, top, prefix, commit string) error {
	blobs, err := list(ctx, top, prefix, commit)
	if err != nil {
		return err
	}
	outside := false
	read := func(b blob, content []byte) error {
		outside = outside || b.leadsOutside(content)
		return b.write(into, content)
	}
	if err := contents(ctx, top, blobs, read); err != nil || prefix == "" || !outside {
		return err
	}
	if blobs, err = list(ctx, top, "", commit); err != nil {
		return err
	}
	rest := blobs[:0]
	for _, b := range blobs {
		if !strings.HasPrefix(b.path, prefix+"/") {
			rest = append(rest, b)
		}
	}
	return contents(ctx, top, rest, read)
}

// blob is a file of a commit.
type blob struct{ mode, id, path string }

const (
	symlink = "120000"
	program = "100755"
)

// list returns the files of a commit that are below a prefix.
func list(ctx context.Context, top, prefix, commit string) ([]blob, error) {
	args := []string{"ls-tree", "-r", "-z", "--full-tree", commit}
	if prefix != "" {
		args = append(args, "--", ":(literal)"+prefix+"/")
	}
	out, err := git(ctx, top, nil, args...)
	if err != nil {
		return nil, err
	}
	var blobs []blob
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		what, name, _ := strings.Cut(entry, "\t")
		if fields := strings.Fields(what); len(fields) == 3 && fields[1] == "blob" {
			blobs = append(blobs, blob{fields[0], fields[2], name})
		}
	}
	return blobs, nil
}

// leadsOutside reports whether what was below a prefix leads out of it.
func leadsOutside(ctx context.Context, top, prefix, commit string) (outside bool, err error) {
	blobs, err := list(ctx, top, prefix, commit)
	if err != nil {
		return false, err
	}
	blobs = slices.DeleteFunc(blobs, func(b blob) bool { return !b.leads() })
	err = contents(ctx, top, blobs, func(b blob, content []byte) error {
		outside = outside || b.leadsOutside(content)
		return nil
	})
	return outside, err
}

// leads reports whether a file is one that can lead to others.
func (b blob) leads() bool {
	return b.mode == symlink || strings.HasSuffix(b.path, ".tf") || strings.HasSuffix(b.path, ".tf.json")
}

// leadsOutside reports whether a file may lead out of the directory it is in: a
// link, or configuration in which a path goes up.
func (b blob) leadsOutside(content []byte) bool {
	if !b.leads() {
		return false
	}
	for _, up := range []string{"../", "/..", `".."`} {
		if bytes.Contains(content, []byte(up)) {
			return true
		}
	}
	return false
}

// write writes the file with the mode of one that git checks out; who may come
// near it, the temporary directory says.
func (b blob) write(into *os.Root, content []byte) error {
	name := filepath.FromSlash(b.path)
	if err := into.MkdirAll(filepath.FromSlash(path.Dir(b.path)), 0o777); err != nil {
		return err
	}
	switch b.mode {
	case symlink:
		return into.Symlink(string(content), name)
	case program:
		return into.WriteFile(name, content, 0o777)
	}
	return into.WriteFile(name, content, 0o666)
}

// contents calls read with what is in each of some files.
func contents(ctx context.Context, top string, blobs []blob, read func(blob, []byte) error) error {
	var ids bytes.Buffer
	for _, b := range blobs {
		fmt.Fprintln(&ids, b.id)
	}
	out, err := git(ctx, top, ids.Bytes(), "cat-file", "--batch")
	if err != nil {
		return err
	}
	from := bufio.NewReader(bytes.NewReader(out))
	for _, b := range blobs {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(from, "%s %s %d\n", &id, &kind, &size); err != nil || kind != "blob" {
			return fmt.Errorf("%s: git has no content of it", b.path)
		}
		content := make([]byte, size)
		if _, err := io.ReadFull(from, content); err != nil {
			return fmt.Errorf("%s: %w", b.path, err)
		}
		if _, err := from.Discard(1); err != nil {
			return fmt.Errorf("%s: %w", b.path, err)
		}
		if err := read(b, content); err != nil {
			return err
		}
	}
	return nil
}

// unknownVariables copies the files of variables that git does not have.
func unknownVariables(ctx context.Context, from, to string) error {
	out, err := git(ctx, from, nil, "ls-files", "--others", "-z", "--", "*.tfvars", "*.tfvars.json")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if strings.Contains(name, "/") || !countsByItself(name) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(to, name)); err == nil {
			continue // which had it then
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// countsByItself reports whether a file's variables count without being asked for.
func countsByItself(name string) bool {
	name = strings.TrimSuffix(name, ".json")
	return name == "terraform.tfvars" || strings.HasSuffix(name, ".auto.tfvars")
}
