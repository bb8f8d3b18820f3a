package acceptance

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"time"
)

// prepare returns the command with arguments, ready to be run in the workspace, and
// what will hold its output.
func (w *workspace) prepare(args ...string) (c *exec.Cmd, stdout, stderr *bytes.Buffer) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	w.t.Cleanup(cancel)
	c = exec.CommandContext(ctx, filepath.Join(binary, "bayplan"), args...)
	c.Dir, c.Env = w.dir, w.env
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	c.Stdout, c.Stderr = stdout, stderr
	return c, stdout, stderr
}

// bayplan runs the command, which must succeed, and returns its output.
func (w *workspace) bayplan(args ...string) string {
	w.t.Helper()
	c, stdout, stderr := w.prepare(args...)
	if err := c.Run(); err != nil {
		w.t.Fatalf("bayplan %v: %v\n%s%s", args, err, stdout, stderr)
	}
	return stdout.String()
}

// bayplanRefuses runs the command, which must fail, and returns what it says of that.
func (w *workspace) bayplanRefuses(args ...string) string {
	w.t.Helper()
	c, stdout, stderr := w.prepare(args...)
	if err := c.Run(); err == nil {
		w.t.Fatalf("bayplan %v should fail, but prints:\n%s", args, stdout)
	}
	return stderr.String()
}
