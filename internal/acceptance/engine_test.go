package acceptance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// callLimit bounds each call that a test makes to the engine.
const callLimit = time.Minute

func (w *workspace) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	w.t.Cleanup(cancel)
	return ctx
}

// ours selects what is labelled with the workspace's project.
func (w *workspace) ours() filters.Args {
	return filters.NewArgs(filters.Arg("label", testenv.ProjectLabel+"="+w.project))
}

// containers returns the containers of the project, running or not, by name.
func (w *workspace) containers() map[string]container.InspectResponse {
	w.t.Helper()
	list, err := w.engine.Docker.ContainerList(w.ctx(), container.ListOptions{All: true, Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]container.InspectResponse{}
	for _, c := range list {
		inspected, err := w.engine.Docker.ContainerInspect(w.ctx(), c.ID)
		if errdefs.IsNotFound(err) {
			continue // it is gone since it was listed
		}
		if err != nil {
			w.t.Fatal(err)
		}
		out[strings.TrimPrefix(inspected.Name, "/")] = inspected
	}
	return out
}

// only returns the single container of an app or service, the keeper of its secrets aside.
func (w *workspace) only(name string) container.InspectResponse {
	w.t.Helper()
	var found []container.InspectResponse
	for _, c := range w.containers() {
		if c.Config.Labels["io.bayplan.name"] == name && c.Config.Labels["io.bayplan.kind"] != "keeper" {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("%s has %d containers, not one", name, len(found))
	}
	return found[0]
}

// objects lists everything of the project on the engine but its history, by kind
// and name, sorted.
func (w *workspace) objects() []string {
	w.t.Helper()
	var out []string
	for name := range w.containers() {
		out = append(out, "container "+name)
	}
	networks, err := w.engine.Docker.NetworkList(w.ctx(), network.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range networks {
		out = append(out, "network "+n.Name)
	}
	volumes, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		if v.Labels["io.bayplan.kind"] != "revision" {
			out = append(out, "volume "+v.Name)
		}
	}
	slices.Sort(out)
	return out
}

// exec runs a command in a container and returns its output and exit code.
func (w *workspace) exec(id string, command ...string) (string, int) {
	w.t.Helper()
	docker := w.engine.Docker
	created, err := docker.ContainerExecCreate(w.ctx(), id, container.ExecOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		w.t.Fatal(err)
	}
	attached, err := docker.ContainerExecAttach(w.ctx(), created.ID, container.ExecAttachOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer attached.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &out, attached.Reader); err != nil && !errors.Is(err, io.EOF) {
		w.t.Fatal(err)
	}
	var code int
	testenv.Eventually(w.t, callLimit, "the end of "+strings.Join(command, " "), func() error {
		done, err := docker.ContainerExecInspect(w.ctx(), created.ID)
		if err == nil && done.Running {
			err = errors.New("it is running")
		}
		code = done.ExitCode
		return err
	})
	return out.String(), code
}
