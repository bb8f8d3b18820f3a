package docker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// changePassword gives a command in a container its input: of that the engine
// keeps nothing, where a command line would be in its events.
func (e *Engine) changePassword(ctx context.Context, scope topology.Scope, op plan.ChangePassword) error {
	c, err := e.own(ctx, scope, op.Name)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("run %q in container %q", op.Command[0], op.Name)
	made, err := call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (container.ExecCreateResponse, error) {
		return e.client.ContainerExecCreate(ctx, c.ID, container.ExecOptions{
			Cmd: op.Command, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		})
	})
	if err != nil {
		return err
	}
	said, err := e.feed(ctx, name, made.ID, op.Input)
	if err != nil {
		return err
	}
	ended, err := call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (container.ExecInspect, error) {
		return e.client.ContainerExecInspect(ctx, made.ID)
	})
	if err == nil && (ended.Running || ended.ExitCode != 0) {
		said = strings.ReplaceAll(strings.TrimSpace(said), op.Password, "(password)")
		err = fmt.Errorf("%s: exit code %d: %s", name, ended.ExitCode, said)
	}
	return err
}

// feed writes a running command its input and returns what it says until it ends.
func (e *Engine) feed(ctx context.Context, name, id, input string) (string, error) {
	stream, err := e.attachExec(ctx, name, id)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)() // reading it knows no context
	if _, err := io.WriteString(stream.Conn, input); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if err := stream.CloseWrite(); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	var said bytes.Buffer
	if _, err := stdcopy.StdCopy(&said, &said, stream.Reader); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return said.String(), ctx.Err()
}
