package build

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// neverSent are files that are written by who plans and applies, often beside
// the configuration: with them in its context, an image would never be done. An
// ignore file can have them sent nevertheless.
var neverSent = []string{"**/.terraform", "**/terraform.tfstate*", "**/.terraform.tfstate.lock.info", "**/bayplan.lock.hcl"}

const ignoreFile = ".dockerignore"

// umask are the bits of a mode that follow from who checked the files out.
const umask = 0o022

// ignored says which files of a context are left out.
type ignored struct {
	*patternmatcher.PatternMatcher
	always []string // what the engine needs in any case, and leaves out itself
}

func readIgnored(within *os.Root, dockerfile string) (ignored, error) {
	out := ignored{always: []string{dockerfile}}
	patterns := slices.Clone(neverSent)
	for _, name := range []string{dockerfile + ignoreFile, ignoreFile} {
		text, err := within.ReadFile(filepath.FromSlash(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		more, err := ignorefile.ReadAll(bytes.NewReader(text))
		if err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		patterns, out.always = append(patterns, more...), append(out.always, name)
		break
	}
	var err error
	if out.PatternMatcher, err = patternmatcher.New(patterns); err != nil {
		err = fmt.Errorf("%s: %w", ignoreFile, err)
	}
	return out, err
}

// reader hashes a context and, where there is a tar, writes it.
type reader struct {
	*Source
	sum        hash.Hash
	tar        *tar.Writer
	dockerfile []byte // what is written in place of the Dockerfile
	read       map[string]bool
}

func (s *Source) read(to *tar.Writer, dockerfile []byte) (string, error) {
	r := &reader{Source: s, sum: sha256.New(), tar: to, dockerfile: dockerfile, read: map[string]bool{}}
	fmt.Fprintf(r.sum, "1 %q %q\n", s.build.Dockerfile, s.build.Target)
	for _, name := range slices.Sorted(maps.Keys(s.build.Args)) {
		fmt.Fprintf(r.sum, "%q %q\n", name, s.build.Args[name])
	}
	if err := r.walk(); err != nil {
		return "", fmt.Errorf("build's context %q: %w", s.build.Context, err)
	}
	return hex.EncodeToString(r.sum.Sum(nil)), nil
}

// walk reads what is sent, in the order of names.
func (r *reader) walk() error {
	err := filepath.WalkDir(r.root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == r.root {
			return err
		}
		inside, err := filepath.Rel(r.root, name)
		if err != nil {
			return err
		}
		left, err := r.ignored.MatchesOrParentMatches(inside)
		switch {
		case err != nil:
			return err
		case left && entry.IsDir() && !r.ignored.Exclusions():
			return fs.SkipDir
		case left:
			return nil
		}
		return r.add(inside)
	})
	for _, name := range r.ignored.always {
		if err == nil && !r.read[filepath.FromSlash(name)] {
			err = r.add(filepath.FromSlash(name))
		}
	}
	return err
}

// add reads one file, directory or link.
func (r *reader) add(inside string) error {
	name := filepath.Join(r.root, inside)
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	r.read[inside] = true
	if filepath.ToSlash(inside) == filepath.ToSlash(filepath.Clean(r.build.Dockerfile)) {
		return r.addDockerfile(inside)
	}
	link := ""
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		if link, err = os.Readlink(name); err != nil {
			return err
		}
	case !info.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("%s is neither file, directory nor link: leave it out in %s", inside, ignoreFile)
	}
	header, err := r.header(inside, link, info)
	if err != nil || header.Typeflag != tar.TypeReg {
		return err
	}
	return r.content(name, header.Size)
}

// header hashes and writes what a file is, its content aside.
func (r *reader) header(inside, link string, info fs.FileInfo) (*tar.Header, error) {
	h, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return nil, err
	}
	full := &tar.Header{
		Typeflag: h.Typeflag, Name: filepath.ToSlash(inside), Linkname: h.Linkname, Size: h.Size, Mode: h.Mode,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
	switch h.Typeflag {
	case tar.TypeSymlink:
		full.Mode = 0o777
	case tar.TypeDir:
		full.Name += "/"
		full.Mode &^= umask
	default:
		full.Mode &^= umask
	}
	fmt.Fprintf(r.sum, "%c %q %o %d %q\n", full.Typeflag, full.Name, full.Mode, full.Size, full.Linkname)
	if r.tar == nil {
		return full, nil
	}
	return full, r.tar.WriteHeader(full)
}

func (r *reader) content(name string, size int64) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var to io.Writer = r.sum
	if r.tar != nil {
		to = io.MultiWriter(r.sum, r.tar)
	}
	n, err := io.Copy(to, io.LimitReader(file, size+1))
	if err == nil && n != size || errors.Is(err, tar.ErrWriteTooLong) {
		err = fmt.Errorf("%s is being written", name)
	}
	return err
}

// addDockerfile hashes the Dockerfile as it is, and writes the one that is sent.
func (r *reader) addDockerfile(inside string) error {
	text := r.Source.dockerfile.text
	fmt.Fprintf(r.sum, "dockerfile %q %d\n%s", filepath.ToSlash(inside), len(text), text)
	if r.tar == nil {
		return nil
	}
	err := r.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: filepath.ToSlash(inside), Size: int64(len(r.dockerfile)), Mode: 0o644,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	})
	if err == nil {
		_, err = r.tar.Write(r.dockerfile)
	}
	return err
}
