package docker

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/docker/docker/api/types/container"
)

// tryEvery is the pause between our own runs of a health check.
const tryEvery = 100 * time.Millisecond

// tryHealth runs an instance's health check, one run after the other, until
// one passes, and closes passed then. A run that hangs is waited for: another
// beside it would only pile up.
func (e *Engine) tryHealth(ctx context.Context, c inspected, passed chan<- struct{}) {
	command := healthCommand(c.Config)
	if len(command) == 0 {
		return
	}
	for ctx.Err() == nil {
		if code, err := e.run(ctx, c.ID, command); err == nil && code == 0 {
			close(passed)
			return
		}
		_ = wait(ctx, tryEvery)
	}
}

// healthCommand is the command line of a container's health check, nil when it
// has none.
func healthCommand(config *config) []string {
	if config.Healthcheck == nil || len(config.Healthcheck.Test) < 2 {
		return nil
	}
	kind, args := config.Healthcheck.Test[0], config.Healthcheck.Test[1:]
	switch kind {
	case "CMD":
		return args
	case "CMD-SHELL":
		shell := config.Shell
		if len(shell) == 0 {
			shell = []string{"/bin/sh", "-c"}
		}
		return append(slices.Clone(shell), args...)
	}
	return nil
}

// run runs a command in a container and returns its exit code.
func (e *Engine) run(ctx context.Context, id string, command []string) (code int, err error) {
	name := fmt.Sprintf("run %q in container %q", command[0], id)
	made, err := call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (container.ExecCreateResponse, error) {
		options := container.ExecOptions{Cmd: command, AttachStdout: true, AttachStderr: true}
		return e.client.ContainerExecCreate(ctx, id, options)
	})
	if err != nil {
		return 0, err
	}
	stream, err := e.attachExec(ctx, name, made.ID)
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)() // reading it knows no context
	if _, err := io.Copy(io.Discard, stream.Reader); err != nil {
		return 0, err
	}
	ended, err := call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (container.ExecInspect, error) {
		return e.client.ContainerExecInspect(ctx, made.ID)
	})
	if err == nil && ended.Running {
		err = fmt.Errorf("%s: it let go of its output and runs on", name)
	}
	return ended.ExitCode, err
}
