package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Build builds the program of this module into dir, the health probe embedded
// and with the given version: as terraform-provider-bayplan, which Terraform
// looks for, and as bayplan. Flags are further ones of go build, such as -race.
func Build(dir, version string, flags ...string) error {
	root, err := goCommand("", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	root = strings.TrimSpace(root)
	// Only a missing probe is built: other packages' tests may be embedding it right now.
	if found, _ := filepath.Glob(filepath.Join(root, "internal", "docker", "probe", "probe-linux-*")); len(found) == 0 {
		if _, err := goCommand(root, "generate", "./internal/docker/probe"); err != nil {
			return err
		}
	}
	program := filepath.Join(dir, "terraform-provider-bayplan")
	build := append([]string{"build", "-ldflags", "-X main.version=" + version, "-o", program}, flags...)
	if _, err := goCommand(root, append(build, ".")...); err != nil {
		return err
	}
	return os.Symlink(filepath.Base(program), filepath.Join(dir, "bayplan"))
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
