package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
)

const busybox = "busybox:stable"

// story is a series of calls, and what is told of each: the class of its error
// or what it has read.
type story struct {
	*testing.T
	docker  *client.Client
	project string
	subnet  string
	told    []string
}

func (s *story) tell(what string, err error) {
	class := "done"
	for name, is := range map[string]func(error) bool{
		"not found": errdefs.IsNotFound, "conflict": errdefs.IsConflict, "forbidden": errdefs.IsPermissionDenied,
		"invalid": errdefs.IsInvalidArgument, "internal": errdefs.IsInternal,
	} {
		if is(err) {
			class = name
		}
	}
	if err != nil && class == "done" {
		class = err.Error()
	}
	s.told = append(s.told, what+": "+class)
}

func (s *story) labels() map[string]string { return map[string]string{testenv.ProjectLabel: s.project} }

func (s *story) name(of string) string { return s.project + "-" + of }

func (s *story) create(name string, host *container.HostConfig) {
	_, err := s.docker.ContainerCreate(s.Context(), &container.Config{
		Image: busybox, Cmd: []string{"sleep", "3600"}, StopSignal: "SIGKILL", Labels: s.labels(),
	}, host, nil, nil, s.name(name))
	s.tell("create "+name, err)
}

func (s *story) network(name, subnet string) (id string) {
	n, err := s.docker.NetworkCreate(s.Context(), s.name(name), network.CreateOptions{
		Labels: s.labels(), Internal: true, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}},
	})
	s.tell("create network "+name, err)
	return n.ID
}

func (s *story) look(name string) {
	c, err := s.docker.ContainerInspect(s.Context(), s.name(name))
	s.tell("inspect "+name, err)
	if err == nil {
		s.told = append(s.told, fmt.Sprintf("%s is %s, running %v, paused %v, never ended %v, code %d, in %d networks",
			name, c.State.Status, c.State.Running, c.State.Paused, c.State.FinishedAt == "0001-01-01T00:00:00Z", c.State.ExitCode, len(c.NetworkSettings.Networks)))
	}
}

func (s *story) volumes() {
	ctx, docker := s.Context(), s.docker
	data := s.name("data")
	_, err := docker.VolumeInspect(ctx, data)
	s.tell("inspect volume", err)
	for _, of := range []string{"first", "second"} {
		labels := s.labels()
		labels["of"] = of
		v, err := docker.VolumeCreate(ctx, volume.CreateOptions{Name: data, Labels: labels})
		s.tell("create volume "+v.Labels["of"], err)
	}
	s.create("user", &container.HostConfig{NetworkMode: "none", Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: data, Target: "/data"}}})
	s.tell("remove volume in use", docker.VolumeRemove(ctx, data, false))
	s.tell("remove user", docker.ContainerRemove(ctx, s.name("user"), container.RemoveOptions{}))
	s.tell("remove volume", docker.VolumeRemove(ctx, data, false))
	s.tell("remove volume again", docker.VolumeRemove(ctx, data, false))
}

func (s *story) containers() {
	ctx, docker := s.Context(), s.docker
	s.look("web")
	s.create("web", &container.HostConfig{NetworkMode: "none"})
	s.create("web", &container.HostConfig{NetworkMode: "none"})
	web := s.name("web")
	for _, call := range []struct {
		name string
		do   func() error
	}{
		{"stop what never ran", func() error { return docker.ContainerStop(ctx, web, container.StopOptions{}) }},
		{"pause what never ran", func() error { return docker.ContainerPause(ctx, web) }},
		{"exec in what never ran", func() error {
			_, err := docker.ContainerExecCreate(ctx, web, container.ExecOptions{Cmd: []string{"true"}})
			return err
		}},
		{"start", func() error { return docker.ContainerStart(ctx, web, container.StartOptions{}) }},
		{"start again", func() error { return docker.ContainerStart(ctx, web, container.StartOptions{}) }},
		{"unpause what runs", func() error { return docker.ContainerUnpause(ctx, web) }},
		{"pause", func() error { return docker.ContainerPause(ctx, web) }},
		{"pause again", func() error { return docker.ContainerPause(ctx, web) }},
		{"exec in what is paused", func() error {
			_, err := docker.ContainerExecCreate(ctx, web, container.ExecOptions{Cmd: []string{"true"}})
			return err
		}},
		{"start what is paused", func() error { return docker.ContainerStart(ctx, web, container.StartOptions{}) }},
		{"unpause", func() error { return docker.ContainerUnpause(ctx, web) }},
		{"remove what runs", func() error { return docker.ContainerRemove(ctx, web, container.RemoveOptions{}) }},
		{"rename to itself as another", func() error { s.create("other", nil); return docker.ContainerRename(ctx, web, s.name("other")) }},
		{"rename", func() error { return docker.ContainerRename(ctx, web, s.name("site")) }},
		{"stop", func() error { return docker.ContainerStop(ctx, s.name("site"), container.StopOptions{}) }},
		{"remove by force", func() error {
			return docker.ContainerRemove(ctx, s.name("site"), container.RemoveOptions{Force: true})
		}},
		{"remove again", func() error { return docker.ContainerRemove(ctx, s.name("site"), container.RemoveOptions{}) }},
	} {
		s.tell(call.name, call.do())
		s.look("web")
		s.look("site")
	}
}

func (s *story) networks() {
	ctx, docker := s.Context(), s.docker
	id := s.network("db", s.subnet)
	s.network("overlapping", s.subnet)
	s.create("client", &container.HostConfig{NetworkMode: "none"})
	client := s.name("client")
	connect := func(what string) { s.tell(what, docker.NetworkConnect(ctx, id, client, nil)); s.look("client") }
	disconnect := func(what, from string) {
		s.tell(what, docker.NetworkDisconnect(ctx, from, client, false))
		s.look("client")
	}
	members := func() {
		n, err := docker.NetworkInspect(ctx, id, network.InspectOptions{})
		s.tell("inspect network", err)
		found, err := docker.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("network", s.name("db")))})
		s.tell("list members", err)
		s.told = append(s.told, fmt.Sprintf("%d members run, %d are listed", len(n.Containers), len(found)))
	}
	connect("connect what has no network")
	disconnect("leave none", "none")
	disconnect("leave none again", "none")
	connect("connect")
	connect("connect again")
	members()
	s.tell("start", docker.ContainerStart(ctx, client, container.StartOptions{}))
	members()
	connect("connect what runs")
	s.tell("remove network with a member", docker.NetworkRemove(ctx, id))
	disconnect("disconnect what runs", id)
	disconnect("disconnect again", id)
	connect("connect what runs again")
	s.tell("stop", docker.ContainerStop(ctx, client, container.StopOptions{}))
	members()
	s.tell("remove network", docker.NetworkRemove(ctx, id))
	s.tell("remove network again", docker.NetworkRemove(ctx, id))
	s.tell("start without its network", docker.ContainerStart(ctx, client, container.StartOptions{}))
	s.tell("connect to nothing", docker.NetworkConnect(ctx, id, client, nil))
	s.tell("remove client", docker.ContainerRemove(ctx, client, container.RemoveOptions{Force: true}))
}

// What errors the real engine gives and when, this one does too.
func TestAnswersAsTheRealOneDoes(t *testing.T) {
	t.Parallel()
	testenv.Image(t, busybox)
	memory := engine.New()
	memory.AddImage(busybox, engine.Ordinary)
	project := testenv.Project(t)
	subnet := fmt.Sprintf("10.98.%d.%d/29", rand.IntN(256), 8*rand.IntN(32))
	var told [][]string
	for _, env := range []*testenv.Env{testenv.Require(t), testenv.At(t, testenv.Serve(t, memory))} {
		s := &story{T: t, docker: env.Docker, project: project, subnet: subnet}
		s.volumes()
		s.containers()
		s.networks()
		told = append(told, s.told)
	}
	if slices.Equal(told[0], told[1]) && len(told[0]) > 50 {
		return
	}
	for i, real := range told[0] {
		if i >= len(told[1]) || told[1][i] != real {
			t.Errorf("the real engine says %q, this one not: %q", real, told[1][min(i, len(told[1])-1)])
		}
	}
}

// A copy begins as what it was made of, and each goes its own way.
func TestCopy(t *testing.T) {
	t.Parallel()
	memory := engine.New()
	memory.AddImage(busybox, engine.Ordinary)
	s := &story{T: t, docker: testenv.At(t, testenv.Serve(t, memory)).Docker, project: "copied"}
	s.create("web", nil)
	other := &story{T: t, docker: testenv.At(t, testenv.Serve(t, memory.Copy())).Docker, project: "copied"}
	other.look("web")
	for _, one := range []*story{s, other} {
		one.tell("start", one.docker.ContainerStart(t.Context(), one.name("web"), container.StartOptions{}))
		one.look("web")
		one.tell("remove", one.docker.ContainerRemove(t.Context(), one.name("web"), container.RemoveOptions{Force: true}))
	}
	if want := append(slices.Clone(other.told[:2]), s.told[1:]...); !slices.Equal(other.told, want) {
		t.Errorf("the copy says %q; want %q", other.told, want)
	}
}
