package testenv

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// node is one file, directory or link of an image.
type node struct {
	mode    fs.FileMode // type and permission bits
	uid     int         // owner; the group has the same number
	link    string      // target of a symbolic link
	source  string      // file on this machine that holds the content, or
	content []byte      // the content itself
}

// tree is the root file system of an image in the making. Keys are clean
// absolute paths, with /bin, /sbin, /lib and /lib64 below /usr.
type tree struct {
	stage string // where the packages are unpacked
	nodes map[string]node
}

// merged are the directories that Debian keeps as links into /usr.
var merged = []string{"bin", "sbin", "lib", "lib64"}

func newTree(stage string) *tree {
	t := &tree{stage: stage, nodes: map[string]node{}}
	for _, name := range merged {
		t.nodes["/"+name] = node{mode: fs.ModeSymlink | 0o777, link: "usr/" + name}
		t.dir("/usr/"+name, 0, 0o755)
	}
	return t
}

// place is where a path of a package ends up in the image.
func place(name string) string {
	name = path.Clean("/" + name)
	first, _, below := strings.Cut(name[1:], "/")
	if below && slices.Contains(merged, first) {
		return "/usr" + name
	}
	return name
}

func (t *tree) dir(name string, uid int, mode fs.FileMode) {
	t.nodes[place(name)] = node{mode: fs.ModeDir | mode, uid: uid}
}

func (t *tree) file(name string, mode fs.FileMode, content []byte) {
	t.nodes[place(name)] = node{mode: mode, content: content}
}

func (t *tree) link(name, target string) {
	t.nodes[place(name)] = node{mode: fs.ModeSymlink | 0o777, link: target}
}

func (t *tree) has(name string) bool {
	_, ok := t.nodes[place(name)]
	return ok
}

// find returns where the stage holds a path of the image. Packages may spell it
// with or without the leading /usr.
func (t *tree) find(name string) (string, bool) {
	name = place(name)
	for _, spelling := range []string{name, strings.TrimPrefix(name, "/usr")} {
		file := filepath.Join(t.stage, spelling)
		if _, err := os.Lstat(file); err == nil {
			return file, true
		}
	}
	return "", false
}

// glob returns the image paths in the stage that a pattern matches, sorted.
func (t *tree) glob(pattern string) ([]string, error) {
	var found []string
	pattern = place(pattern)
	for _, spelling := range []string{pattern, strings.TrimPrefix(pattern, "/usr")} {
		files, err := filepath.Glob(filepath.Join(t.stage, spelling))
		if err != nil {
			return nil, fmt.Errorf("pattern %s: %w", pattern, err)
		}
		for _, file := range files {
			found = append(found, place(strings.TrimPrefix(file, t.stage)))
		}
	}
	sort.Strings(found)
	return slices.Compact(found), nil
}

// take adds a path of the stage: a file, a directory with all below it, or a
// link together with what it points to. A path that matches one of the patterns
// in without is left out.
func (t *tree) take(name string, without []string) error {
	name = place(name)
	for _, pattern := range without {
		if ok, _ := path.Match(pattern, name); ok {
			return nil
		}
	}
	file, ok := t.find(name)
	if !ok {
		return fmt.Errorf("no package holds %s", name)
	}
	info, err := os.Lstat(file)
	if err != nil {
		return fmt.Errorf("package file: %w", err)
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return t.takeLink(name, file, without)
	case info.IsDir():
		return t.takeDir(name, file, without)
	case info.Mode().IsRegular():
		t.nodes[name] = node{mode: info.Mode().Perm(), source: file}
	}
	return nil
}

func (t *tree) takeLink(name, file string, without []string) error {
	target, err := os.Readlink(file)
	if err != nil {
		return fmt.Errorf("package link: %w", err)
	}
	t.link(name, target)
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(name), target)
	}
	// A link out of what was unpacked is kept as it is: it dangles there too.
	if _, ok := t.find(target); !ok || t.has(target) {
		return nil
	}
	return t.take(target, without)
}

func (t *tree) takeDir(name, file string, without []string) error {
	entries, err := os.ReadDir(file)
	if err != nil {
		return fmt.Errorf("package directory: %w", err)
	}
	t.dir(name, 0, 0o755)
	for _, entry := range entries {
		if err := t.take(path.Join(name, entry.Name()), without); err != nil {
			return err
		}
	}
	return nil
}

// overlay adds every file of a file system at its own path, scripts executable.
func (t *tree) overlay(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if path.Ext(name) == ".sh" {
			mode = 0o755
		}
		t.file(name, mode, content)
		return nil
	})
}

// names returns the paths so far, sorted.
func (t *tree) names() []string { return slices.Sorted(maps.Keys(t.nodes)) }

// parents adds the directories that the paths so far lie in.
func (t *tree) parents() {
	for _, name := range t.names() {
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if _, ok := t.nodes[dir]; !ok {
				t.dir(dir, 0, 0o755)
			}
		}
	}
}

// write streams the tree as a tar archive, sorted by path.
func (t *tree) write(out io.Writer) error {
	t.parents()
	archive := tar.NewWriter(out)
	for _, name := range t.names() {
		if err := t.nodes[name].write(archive, name); err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
	}
	return archive.Close()
}

func (n node) write(archive *tar.Writer, name string) error {
	header := &tar.Header{
		Name: name[1:], Uid: n.uid, Gid: n.uid, ModTime: time.Unix(0, 0),
		Mode: int64(n.mode.Perm()), Typeflag: tar.TypeReg, Size: int64(len(n.content)),
	}
	if n.mode&fs.ModeSticky != 0 {
		header.Mode |= 0o1000
	}
	var content io.Reader = bytes.NewReader(n.content)
	switch {
	case n.mode.IsDir():
		header.Typeflag, header.Name = tar.TypeDir, header.Name+"/"
	case n.mode&fs.ModeSymlink != 0:
		header.Typeflag, header.Linkname = tar.TypeSymlink, n.link
	case n.source != "":
		file, err := os.Open(n.source)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		header.Size, content = info.Size(), file
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(archive, content)
	return err
}
