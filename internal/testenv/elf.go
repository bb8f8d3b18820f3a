package testenv

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// libraryDirs are where Debian's loader looks for shared libraries.
var libraryDirs = []string{"/usr/lib/*-linux-gnu*", "/usr/lib", "/usr/lib64"}

// libraries adds the loader and the shared libraries that the tree's programs
// and libraries need, and what those need in turn. They come from the unpacked
// packages, or else from this machine.
func (t *tree) libraries() error {
	var queue []string
	for _, name := range t.names() {
		if t.nodes[name].source != "" {
			queue = append(queue, name)
		}
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		needed, err := imports(t.nodes[name].source)
		if err != nil {
			return fmt.Errorf("libraries of %s: %w", name, err)
		}
		for _, library := range needed {
			added, err := t.library(library)
			if err != nil {
				return fmt.Errorf("%s needs %w", name, err)
			}
			queue = append(queue, added...)
		}
	}
	return nil
}

// imports returns the libraries, and the path of the loader, that an ELF file
// asks for. For any other file it returns nothing.
func imports(file string) ([]string, error) {
	object, err := elf.Open(file)
	var other *elf.FormatError
	if errors.As(err, &other) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil // not ELF, or too short to be
	}
	if err != nil {
		return nil, err
	}
	defer object.Close()
	needed, err := object.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	for _, segment := range object.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		loader := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(loader, 0); err != nil {
			return nil, err
		}
		needed = append(needed, strings.TrimRight(string(loader), "\x00"))
	}
	return needed, nil
}

// library adds a library by name or path and returns the files that are new in
// the tree.
func (t *tree) library(name string) ([]string, error) {
	candidates := []string{name}
	if !path.IsAbs(name) {
		candidates = candidates[:0]
		for _, dir := range libraryDirs {
			candidates = append(candidates, path.Join(dir, name))
		}
	}
	for _, pattern := range candidates {
		found, err := t.glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return t.takeNew(found[0])
		}
	}
	for _, pattern := range candidates {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern %s: %w", pattern, err)
		}
		if len(found) > 0 {
			return t.takeHost(found[0])
		}
	}
	return nil, fmt.Errorf("%s, which no package and no directory of this machine holds", name)
}

// takeNew takes a library of the stage and returns the files that it added.
func (t *tree) takeNew(name string) ([]string, error) {
	if t.has(name) {
		return nil, nil
	}
	if err := t.take(name, nil); err != nil {
		return nil, err
	}
	for t.nodes[name].link != "" {
		target := t.nodes[name].link
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(name), target)
		}
		name = place(target)
	}
	if t.nodes[name].source == "" {
		return nil, fmt.Errorf("%s, which links to nothing", name)
	}
	return []string{name}, nil
}

// takeHost takes a library of this machine under the name it was asked for by.
func (t *tree) takeHost(file string) ([]string, error) {
	name := place(file)
	if t.has(name) {
		return nil, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("library: %w", err)
	}
	t.nodes[name] = node{mode: info.Mode().Perm(), source: file}
	return []string{name}, nil
}
