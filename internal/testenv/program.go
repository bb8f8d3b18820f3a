package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Build builds the program of this module into dir, the programs that it embeds
// among it and with the given version: as terraform-provider-bayplan, which Terraform
// looks for, and as bayplan. Flags are further ones of go build, such as -race.
func Build(dir, version string, flags ...string) error {
	root, err := goCommand("", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	root = strings.TrimSpace(root)
	for _, e := range []embedded{probe, verifier} {
		if stale, err := e.isStale(filepath.Join(root, "internal")); err != nil {
			return err
		} else if stale {
			if _, err := goCommand(root, "generate", "./internal/"+e.in); err != nil {
				return err
			}
		}
	}
	program := filepath.Join(dir, "terraform-provider-bayplan")
	build := append([]string{"build", "-ldflags", "-X main.version=" + version, "-o", program}, flags...)
	if _, err := goCommand(root, append(build, ".")...); err != nil {
		return err
	}
	return os.Symlink(filepath.Base(program), filepath.Join(dir, "bayplan"))
}

// embedded is a program that is built into the package that embeds it.
type embedded struct{ source, in, built string }

var (
	probe    = embedded{"probe", "docker/probe", "probe-linux-*"}
	verifier = embedded{"verifier", "signature/verifier", "program_" + runtime.GOOS + "_" + runtime.GOARCH + ".go"} // which is written each time
)

// isStale reports whether what is embedded is not there or older than its source. Any
// other is left as it is: other packages' tests may be embedding it right now.
func (e embedded) isStale(internal string) (bool, error) {
	sources, err := filepath.Glob(filepath.Join(internal, e.source, "*.go"))
	if err != nil {
		return false, err
	}
	built, err := filepath.Glob(filepath.Join(internal, e.in, e.built))
	if err != nil || len(built) == 0 {
		return true, err
	}
	newest, err := changed(sources, time.Time.After)
	if err != nil {
		return false, err
	}
	oldest, err := changed(built, time.Time.Before)
	return newest.After(oldest), err
}

// changed returns the time of the last change of one of some files, that which is
// of all more so.
func changed(files []string, more func(time.Time, time.Time) bool) (time.Time, error) {
	var out time.Time
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return out, err
		}
		if out.IsZero() || more(info.ModTime(), out) {
			out = info.ModTime()
		}
	}
	return out, nil
}

func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	if !slices.Contains(args, "-race") { // which needs it
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, exit.Stderr)
	}
	return string(out), err
}
