package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// bareCopy makes, in a project of its own, what another project had on the
// engine, by nothing but the calls that it takes.
type bareCopy struct {
	tb         testing.TB
	engine     *testenv.Env
	project    string
	volumes    []*volume.Volume
	networks   []network.Inspect
	containers []container.InspectResponse
}

// newBareCopy reads what is live of a project, under the name of another.
func newBareCopy(of *commandDir) *bareCopy {
	tb := of.tb
	tb.Helper()
	c := &bareCopy{tb: tb, engine: of.engine, project: testenv.Project(tb)}
	ctx, docker := tb.Context(), of.engine.Docker
	ours := filters.NewArgs(filters.Arg("label", testenv.ProjectLabel+"="+of.project))
	volumes, err := docker.VolumeList(ctx, volume.ListOptions{Filters: ours})
	history := func(v *volume.Volume) bool { return v.Labels["io.bayplan.kind"] == "revision" }
	renamed(tb, of.project, c.project, slices.DeleteFunc(volumes.Volumes, history), &c.volumes, err)
	networks, err := docker.NetworkList(ctx, network.ListOptions{Filters: ours})
	renamed(tb, of.project, c.project, networks, &c.networks, err)
	list, err := docker.ContainerList(ctx, container.ListOptions{All: true, Filters: ours})
	var found []container.InspectResponse
	for _, one := range list {
		inspected, inspectErr := docker.ContainerInspect(ctx, one.ID)
		found, err = append(found, inspected), errors.Join(err, inspectErr)
	}
	renamed(tb, of.project, c.project, found, &c.containers, err)
	return c
}

// renamed copies objects of the engine, every name of one project made that of
// another.
func renamed[T any](tb testing.TB, from, to string, all []T, into *[]T, err error) {
	tb.Helper()
	text, encodeErr := json.Marshal(all)
	decodeErr := json.Unmarshal([]byte(strings.ReplaceAll(string(text), from, to)), into)
	if err := errors.Join(err, encodeErr, decodeErr); err != nil {
		tb.Fatal(err)
	}
}

// bareRun is one making of the copy.
type bareRun struct {
	*bareCopy
	ctx     context.Context
	slots   chan struct{}
	made    map[string]chan struct{} // closed when a volume or network of the name is there
	started map[string]chan struct{} // closed when a container runs
}

// up makes the copy with so many calls at once, everything as soon as what it
// needs is there, and returns how long that took. What was made is then removed.
func (c *bareCopy) up(parallel int) time.Duration {
	c.tb.Helper()
	start := time.Now()
	group, ctx := errgroup.WithContext(c.tb.Context())
	r := bareRun{c, ctx, make(chan struct{}, parallel), map[string]chan struct{}{}, map[string]chan struct{}{}}
	for _, v := range c.volumes {
		r.made[v.Name] = make(chan struct{})
		group.Go(func() error { return r.volume(v) })
	}
	for _, n := range c.networks {
		r.made[n.Name] = make(chan struct{})
		group.Go(func() error { return r.network(n) })
	}
	for _, one := range c.containers {
		r.started[one.Name] = make(chan struct{})
	}
	for _, one := range c.containers {
		group.Go(func() error { return r.container(one) })
	}
	err := group.Wait()
	took := time.Since(start)
	if err := errors.Join(err, c.down()); err != nil {
		c.tb.Fatal(err)
	}
	return took
}

// call makes a call when there is a free slot.
func (r bareRun) call(do func() error) error {
	r.slots <- struct{}{}
	defer func() { <-r.slots }()
	return do()
}

func (r bareRun) volume(v *volume.Volume) error {
	defer close(r.made[v.Name])
	return r.call(func() error {
		_, err := r.engine.Docker.VolumeCreate(r.ctx, volume.CreateOptions{Name: v.Name, Driver: v.Driver, DriverOpts: v.Options, Labels: v.Labels})
		return err
	})
}

func (r bareRun) network(n network.Inspect) error {
	defer close(r.made[n.Name])
	return r.call(func() error {
		_, err := r.engine.Docker.NetworkCreate(r.ctx, n.Name, network.CreateOptions{
			Driver: n.Driver, Internal: n.Internal, IPAM: &n.IPAM, Options: n.Options, Labels: n.Labels,
		})
		return err
	})
}

// container creates a container in its networks, and starts it after those that
// it has a relationship to.
func (r bareRun) container(c container.InspectResponse) error {
	defer close(r.started[c.Name])
	for _, m := range c.HostConfig.Mounts {
		r.wait(r.made[m.Source])
	}
	for name := range c.NetworkSettings.Networks {
		r.wait(r.made[name])
	}
	if err := r.create(c); err != nil {
		return err
	}
	for _, target := range r.targets(c) {
		r.wait(r.started[target])
	}
	return r.call(func() error {
		return r.engine.Docker.ContainerStart(r.ctx, c.Name, container.StartOptions{})
	})
}

func (r bareRun) wait(done chan struct{}) {
	if done == nil {
		return // it is none of the project's
	}
	select {
	case <-done:
	case <-r.ctx.Done():
	}
}

func (r bareRun) create(c container.InspectResponse) error {
	mode := container.NetworkMode("none")
	first := &network.NetworkingConfig{}
	var others []string
	for name, at := range c.NetworkSettings.Networks {
		switch {
		case name == "none":
		case mode == "none":
			mode, first.EndpointsConfig = container.NetworkMode(name), map[string]*network.EndpointSettings{name: {Aliases: at.Aliases}}
		default:
			others = append(others, name)
		}
	}
	host := *c.HostConfig
	host.NetworkMode = mode
	err := r.call(func() error {
		_, err := r.engine.Docker.ContainerCreate(r.ctx, c.Config, &host, first, nil, strings.TrimPrefix(c.Name, "/"))
		return err
	})
	for _, name := range others {
		if err != nil {
			return err
		}
		err = r.call(func() error {
			aliases := c.NetworkSettings.Networks[name].Aliases
			return r.engine.Docker.NetworkConnect(r.ctx, name, c.Name, &network.EndpointSettings{Aliases: aliases})
		})
	}
	return err
}

// targets returns the containers that a container has a relationship to: in
// each of its networks those that the network leads to.
func (r bareRun) targets(c container.InspectResponse) []string {
	const owner, target = "io.bayplan.owner", "io.bayplan.target"
	leads := map[string]bool{}
	for _, n := range r.networks {
		_, in := c.NetworkSettings.Networks[n.Name]
		leads[n.Labels[target]] = leads[n.Labels[target]] || in && n.Labels[target] != c.Config.Labels[owner]
	}
	var out []string
	for _, other := range r.containers {
		if leads[other.Config.Labels[owner]] {
			out = append(out, other.Name)
		}
	}
	return out
}

// down removes what up has made.
func (c *bareCopy) down() error {
	ctx := c.tb.Context()
	var group errgroup.Group
	group.SetLimit(8)
	for _, one := range c.containers {
		group.Go(func() error {
			return c.engine.Docker.ContainerRemove(ctx, one.Name, container.RemoveOptions{Force: true, RemoveVolumes: true})
		})
	}
	return errors.Join(group.Wait(), c.engine.RemoveProject(ctx, c.project))
}
