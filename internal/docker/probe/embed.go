// Package probe holds the built health check program of internal/probe, which
// the engine runs inside containers, for each architecture of Linux containers.
//
// The binaries are not committed: they can be built from source in a second, a
// reviewer cannot read them, and every change would stay in the history for
// ever. `make generate` builds them, as every target of the makefile that needs
// them and the release do. A build without them compiles and works, except that
// [Binary] returns an error.
package probe

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

//go:generate env CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o probe-linux-amd64 ../../probe
//go:generate env CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o probe-linux-arm64 ../../probe

// A pattern has to match something: README always does, the binaries may not be
// there.
//
//go:embed [Rp]*
var files embed.FS

var architectures = []string{"amd64", "arm64"}

// Binary returns the program for Linux on an architecture, spelled as Go and
// image manifests spell it. It is static and needs nothing of its container.
// The error says which architectures there are, or how to build the programs
// where this build was made without them.
func Binary(arch string) ([]byte, error) {
	return binary(files, arch)
}

func binary(from fs.FS, arch string) ([]byte, error) {
	if !slices.Contains(architectures, arch) {
		return nil, fmt.Errorf("no health check program for architecture %q, only for %v", arch, architectures)
	}
	program, err := fs.ReadFile(from, "probe-linux-"+arch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("this build has no health check program for linux/%s, as go install makes none: install a release, or run make install in its source", arch)
	}
	return program, err
}
