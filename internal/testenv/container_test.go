package testenv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/docker/go-connections/nat"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// spec is a container that a test starts. Unless open, it has a read-only root,
// no capabilities and no way to new privileges.
type spec struct {
	image, user, alias string
	open               bool
	env, command       []string
	entrypoint         []string
	tmpfs              map[string]string
	publish            nat.Port
}

// bench is a project with a network of its own.
type bench struct {
	testing.TB
	*testenv.Env
	project string
}

func newBench(t *testing.T) *bench {
	b := &bench{TB: t, Env: testenv.Require(t), project: testenv.Project(t)}
	_, err := b.Docker.NetworkCreate(t.Context(), b.project, network.CreateOptions{Labels: b.labels()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) labels() map[string]string {
	return map[string]string{testenv.ProjectLabel: b.project}
}

// start runs a container in the project's network and returns its id.
func (b *bench) start(s spec) string {
	b.Helper()
	config := &container.Config{
		Image: testenv.Image(b, s.image), User: s.user, Env: s.env,
		Cmd: s.command, Entrypoint: s.entrypoint, Labels: b.labels(),
	}
	host := &container.HostConfig{Tmpfs: s.tmpfs, NetworkMode: container.NetworkMode(b.project)}
	if !s.open {
		host.ReadonlyRootfs, host.CapDrop = true, []string{"ALL"}
		host.SecurityOpt = []string{"no-new-privileges"}
	}
	if s.publish != "" {
		host.PortBindings = nat.PortMap{s.publish: {{HostIP: "127.0.0.1", HostPort: "0"}}}
	}
	endpoint := &network.EndpointSettings{}
	if s.alias != "" {
		endpoint.Aliases = []string{s.alias}
	}
	networks := &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{b.project: endpoint}}
	made, err := b.Docker.ContainerCreate(b.Context(), config, host, networks, nil, "")
	if err != nil {
		b.Fatal(err)
	}
	if err := b.Docker.ContainerStart(b.Context(), made.ID, container.StartOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if b.Failed() {
			b.Logf("%s said:\n%s", s.image, b.logs(made.ID))
		}
	})
	return made.ID
}

// address is where a published port of a container is reached from this machine.
func (b *bench) address(id string, port nat.Port) string {
	b.Helper()
	c, err := b.Docker.ContainerInspect(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	bindings := c.NetworkSettings.Ports[port]
	if len(bindings) == 0 {
		b.Fatalf("port %s of %s is not published", port, c.Config.Image)
	}
	return bindings[0].HostIP + ":" + bindings[0].HostPort
}

// exec runs a command in a container and returns its standard output.
func (b *bench) exec(id string, command ...string) (string, error) {
	ctx := b.Context()
	made, err := b.Docker.ContainerExecCreate(ctx, id, container.ExecOptions{
		Cmd: command, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return "", err
	}
	stream, err := b.Docker.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	var stdout, stderr bytes.Buffer
	if _, err := stdcopy.StdCopy(&stdout, &stderr, stream.Reader); err != nil {
		return "", err
	}
	done, err := b.Docker.ContainerExecInspect(ctx, made.ID)
	if err != nil {
		return "", err
	}
	if done.ExitCode != 0 {
		return "", fmt.Errorf("%s: exit %d: %s%s", strings.Join(command, " "), done.ExitCode, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}

// logs returns both streams of a container's output so far.
func (b *bench) logs(id string) string {
	stream, err := b.Docker.ContainerLogs(context.WithoutCancel(b.Context()), id,
		container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return err.Error()
	}
	defer stream.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &out, stream); err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return out.String()
}

// running is an error once a container has stopped.
func (b *bench) running(id string) error {
	c, err := b.Docker.ContainerInspect(b.Context(), id)
	if err != nil {
		return err
	}
	if !c.State.Running {
		b.Fatalf("%s exited with %d", c.Config.Image, c.State.ExitCode)
	}
	return nil
}
