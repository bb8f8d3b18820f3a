package acceptance

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// in runs a shell command in the container of a service; its output must start
// with what is wanted.
func (w *workspace) in(service, command, want string) {
	w.t.Helper()
	out, code := w.exec(w.only(service).ID, "sh", "-c", command)
	if code != 0 || !strings.HasPrefix(out, want) {
		w.t.Errorf("%s in %s: exit code %d, %q; want %q", command, service, code, out, want)
	}
}

func (w *workspace) top(command, want string) {
	w.t.Helper()
	w.in("top", command, want)
}

// keep puts a file on the volume, if there is one by now.
func (w *workspace) keep() bool {
	w.t.Helper()
	docker, name := w.engine.Docker, w.project+"-default-data"
	if _, err := docker.VolumeInspect(w.ctx(), name); errdefs.IsNotFound(err) {
		return false
	}
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	err := archive.WriteHeader(&tar.Header{Name: "kept", Mode: 0o644, Size: 8})
	if err == nil {
		_, err = archive.Write([]byte("precious"))
	}
	if err != nil || archive.Close() != nil {
		w.t.Fatal(err)
	}
	config := &container.Config{Image: "busybox:stable", Labels: map[string]string{testenv.ProjectLabel: w.project}}
	c, err := docker.ContainerCreate(w.ctx(), config, &container.HostConfig{NetworkMode: "none", Binds: []string{name + ":/data"}}, nil, nil, w.project+"-keep")
	if err != nil {
		w.t.Fatal(err)
	}
	err = docker.CopyToContainer(w.ctx(), c.ID, "/data", &files, container.CopyToContainerOptions{})
	if err = errors.Join(err, docker.ContainerRemove(w.ctx(), c.ID, container.RemoveOptions{})); err != nil {
		w.t.Fatal(err)
	}
	return true
}

// shape describes all that there is of the project, but for its name and ids
// and the generations of instances and markers.
func (w *workspace) shape() []string {
	w.t.Helper()
	generation := regexp.MustCompile(`-\d+-(\d+)$`)
	var out []string
	for name, c := range w.containers() {
		text := fmt.Sprintf("container %s runs=%v env=%q mounts=", generation.ReplaceAllString(name, "-G-$1"), c.State.Running, slices.Sorted(slices.Values(c.Config.Env)))
		for _, m := range c.Mounts {
			text += m.Name + ":" + m.Destination + " "
		}
		for _, at := range slices.Sorted(maps.Keys(c.NetworkSettings.Networks)) {
			aliases := slices.DeleteFunc(c.NetworkSettings.Networks[at].Aliases, func(a string) bool { return strings.HasPrefix(c.ID, a) })
			text += fmt.Sprintf("%s=%v ", at, slices.Sorted(slices.Values(aliases)))
		}
		out = append(out, strings.ReplaceAll(text, c.ID[:12], "ID")) // which Podman has in the environment
	}
	for _, object := range w.objects() {
		if !strings.HasPrefix(object, "container ") && !isMarker(object) {
			out = append(out, object)
		}
	}
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], w.project, "PROJECT")
	}
	slices.Sort(out)
	return out
}

// current checks that the state names the instances that run, and that of each
// resource there is one marker at most.
func (w *workspace) current() {
	w.t.Helper()
	state := w.state()
	for name, c := range w.containers() {
		if !strings.Contains(state, c.ID) {
			w.t.Errorf("the state does not name %s", name)
		}
	}
	marked := map[string]string{}
	for _, object := range slices.DeleteFunc(w.objects(), func(o string) bool { return !isMarker(o) }) {
		of, _, _ := strings.Cut(object, ".marker.")
		if other, twice := marked[of]; twice {
			w.t.Errorf("two markers: %s and %s", other, object)
		}
		marked[of] = object
	}
}

// chaosOthers are a container, a network and a volume of another project.
type chaosOthers struct {
	*workspace
	before string
}

func newChaosOthers(t *testing.T) chaosOthers {
	t.Helper()
	b := chaosOthers{workspace: &workspace{t: t, engine: testenv.Require(t), project: testenv.Project(t)}}
	labels := map[string]string{testenv.ProjectLabel: b.project, "io.bayplan.environment": "default"}
	docker := b.engine.Docker
	// Its own, since the engine's default pools are soon used up.
	subnet := fmt.Sprintf("10.99.%d.%d/29", rand.IntN(256), 8*rand.IntN(32))
	n, err := docker.NetworkCreate(b.ctx(), b.project, network.CreateOptions{
		Labels: labels, Internal: true, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := docker.ContainerCreate(b.ctx(), &container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "3600"}, StopSignal: "SIGKILL", Labels: labels},
		&container.HostConfig{NetworkMode: container.NetworkMode(n.ID), Binds: []string{b.project + ":/data"}}, nil, nil, b.project)
	if err == nil {
		err = docker.ContainerStart(b.ctx(), c.ID, container.StartOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true})
		_ = docker.VolumeRemove(ctx, b.project, false)
	})
	b.before = b.look()
	return b
}

func (b chaosOthers) look() string {
	b.t.Helper()
	text, err := json.Marshal(b.containers())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text) + strings.Join(b.objects(), "\n")
}

func (b chaosOthers) untouched(t *testing.T) {
	t.Helper()
	if now := b.look(); now != b.before {
		t.Errorf("what is of another project was:\n%s\nand is:\n%s", b.before, now)
	}
}
