// Package build knows what an image is built from: the files of a context, the
// Dockerfile and the images that it starts from, what all of that is told apart
// by, and how an engine gets it. It builds nothing.
package build

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// DefaultDockerfile is the name of a Dockerfile when none is given.
const DefaultDockerfile = "Dockerfile"

// DigestPrefix starts what Digest returns. No image has such a digest or id.
const DigestPrefix = "build:sha256:"

// Source is what an image is built from.
type Source struct {
	build      topology.Build
	root       string // the context, without links on the way
	dockerfile dockerfile
	ignored    ignored
}

// Open reads the Dockerfile of a build, and what its context leaves out. Relative
// contexts are those of the working directory.
func Open(b topology.Build) (*Source, error) {
	s := &Source{build: b}
	if s.build.Dockerfile == "" {
		s.build.Dockerfile = DefaultDockerfile
	}
	info, err := os.Stat(b.Context)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no directory %q, which is the build's context", b.Context)
	case err != nil:
		return nil, fmt.Errorf("context: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%q, which is the build's context, is no directory", b.Context)
	}
	if s.root, err = filepath.EvalSymlinks(b.Context); err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	within, err := os.OpenRoot(s.root)
	if err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	defer within.Close()
	if err := s.readDockerfile(within); err != nil {
		return nil, err
	}
	s.ignored, err = readIgnored(within, s.build.Dockerfile)
	return s, err
}

func (s *Source) readDockerfile(within *os.Root) error {
	text, err := within.ReadFile(filepath.FromSlash(s.build.Dockerfile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no %s in the build's context %q", s.build.Dockerfile, s.build.Context)
	case err != nil:
		return fmt.Errorf("%s of the build's context %q: %w", s.build.Dockerfile, s.build.Context, err)
	}
	if s.dockerfile, err = parse(text, s.build.Target, s.build.Args); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.build.Context, s.build.Dockerfile), err)
	}
	return nil
}

// Bases returns the references of the images that are built on or copied from,
// as they are spelled, sorted.
func (s *Source) Bases() []string {
	var out []string
	for _, u := range s.dockerfile.uses {
		out = append(out, u.reference)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Inputs returns the hash of all that the build's author decides, in hex: the
// files of the context, the Dockerfile, stage and arguments. Neither times nor
// owners count, nor where the context is.
func (s *Source) Inputs() (string, error) { return s.read(nil, nil) }

// Tar writes the context as an engine takes it, with the Dockerfile building on
// exactly the images that its references are pinned to. Files that by now are
// others than what Inputs returned the hash of are an error, and the tar has no end.
func (s *Source) Tar(w io.Writer, pinned map[string]string, inputs string) error {
	to := tar.NewWriter(w)
	written, err := s.read(to, s.dockerfile.pin(pinned))
	switch {
	case err != nil:
		return err
	case written != inputs:
		return fmt.Errorf("what is in %q changed while it was sent", s.build.Context)
	}
	return to.Close()
}

// Digest tells builds apart: of equal inputs on equal images it is the same. The
// images are digests by reference.
func Digest(inputs string, images map[string]string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n", inputs)
	for _, reference := range slices.Sorted(maps.Keys(images)) {
		fmt.Fprintf(sum, "%q %q\n", reference, images[reference])
	}
	return DigestPrefix + hex.EncodeToString(sum.Sum(nil))
}

// ImageName is what the image of an app's build is called on an engine. A change
// of the images that it is built on alone does not change it.
func ImageName(s topology.Scope, app, inputs string) string {
	return s.Prefix() + app + ":" + inputs[:min(len(inputs), 12)]
}
