// Package verifier holds the built verifier program of internal/verifier for the
// platform that this is built for, and runs it.
//
// The program is not committed, as the health check program is not: `go generate`
// builds it, compressed, with the Go file that embeds it. A build without it compiles
// and works, except that [Run] returns an error.
package verifier

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
)

//go:generate env -u GOOS -u GOARCH go run ./pack $GOOS/$GOARCH

// compressed is the program, nil in a build without it.
var compressed []byte

// running lets one program run at a time: each takes some 20 MB while it starts.
var running sync.Mutex

// Run asks the program. It is unpacked into a directory that only the user can read,
// which is removed as soon as the program runs, and is given no environment.
func Run(ctx context.Context, request keyless.Request) (keyless.Answer, error) {
	var answer keyless.Answer
	asked, err := json.Marshal(request)
	if err != nil {
		return answer, err
	}
	running.Lock()
	defer running.Unlock()
	said, err := run(ctx, asked)
	if err != nil {
		return answer, fmt.Errorf("verifier program: %w", err)
	}
	if err := json.Unmarshal(said, &answer); err != nil {
		return answer, fmt.Errorf("verifier program: its answer: %w", err)
	}
	if len(answer.Signers) != len(request.Bundles) {
		return answer, fmt.Errorf("verifier program: it answers %d of %d questions", len(answer.Signers), len(request.Bundles))
	}
	return answer, nil
}

func run(ctx context.Context, input []byte) ([]byte, error) {
	program, err := unpack()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bayplan-verifier-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "verifier.exe") // a name that Windows runs, too
	if err := write(path, program); err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, path)
	cmd.Dir, cmd.Env = dir, []string{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; TMPDIR may name a directory that programs can be run from", err)
	}
	_ = os.Remove(path) // which Windows refuses until it has ended
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", cmp.Or(ctx.Err(), err), strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// write writes a program. No other one is started meanwhile: it would inherit the open
// file, and a program that is open for writing cannot be run.
func write(path string, program []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, program, 0o700)
}

func unpack() ([]byte, error) {
	if compressed == nil {
		return nil, fmt.Errorf("this build has none for %s/%s, as go install makes none: install a release, or run make install in its source",
			runtime.GOOS, runtime.GOARCH)
	}
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
