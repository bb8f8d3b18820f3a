package engine

import (
	"bytes"
	"cmp"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	net "github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
)

func (e *Engine) inspectContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	state, host := c.state, *c.host
	out := api.InspectResponse{
		ContainerJSONBase: &api.ContainerJSONBase{
			ID: c.id, Created: c.created.Format(time.RFC3339Nano), State: &state, Image: c.image, Name: "/" + c.name,
			RestartCount: c.restarts, Driver: "overlay2", Platform: "linux", HostConfig: &host,
		},
		Mounts: c.shownMounts(), Config: c.config,
		NetworkSettings: &api.NetworkSettings{Networks: c.shownNetworks()},
	}
	if argv := slices.Concat(c.config.Entrypoint, c.config.Cmd); len(argv) > 0 {
		out.Path, out.Args = argv[0], argv[1:]
	}
	return found(out), nil
}

func (c *container) shownMounts() []api.MountPoint {
	out := []api.MountPoint{}
	for _, m := range c.mounts() {
		out = append(out, api.MountPoint{
			Type: mount.TypeVolume, Name: m.volume, Destination: m.path, Driver: "local", RW: !m.readOnly,
			Source: "/var/lib/docker/volumes/" + m.volume + "/_data",
		})
	}
	return out
}

// shownNetworks tells the ids of networks only once the container has run there.
func (c *container) shownNetworks() map[string]*net.EndpointSettings {
	out := map[string]*net.EndpointSettings{}
	for id, place := range c.endpoints {
		shown := &net.EndpointSettings{Aliases: place.aliases}
		if place.joined {
			shown.NetworkID = id
		}
		out[place.network] = shown
	}
	return out
}

func (e *Engine) listContainers(r request) (answer, error) {
	f, err := r.filters("label", "network", "name", "id")
	if err != nil {
		return answer{}, err
	}
	var all []*container
	for _, c := range e.containers {
		if (r.flag("all") || c.state.Running) && matches(c.config.Labels, f.Get("label")) && c.isIn(f.Get("network")) &&
			contains(f.Get("name"), "/"+c.name) && contains(f.Get("id"), c.id) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *container) int { return cmp.Or(b.created.Compare(a.created), cmp.Compare(a.id, b.id)) })
	out := make([]api.Summary, len(all))
	for i, c := range all {
		out[i] = c.summary()
	}
	return found(out), nil
}

// isIn reports whether a container is in any of the networks, told by name or id.
func (c *container) isIn(networks []string) bool {
	if len(networks) == 0 {
		return true
	}
	for id, place := range c.endpoints {
		if slices.Contains(networks, place.network) || place.joined && slices.Contains(networks, id) {
			return true
		}
	}
	return false
}

func (c *container) summary() api.Summary {
	s := api.Summary{
		ID: c.id, Names: []string{"/" + c.name}, Image: c.config.Image, ImageID: c.image, Created: c.created.Unix(),
		Command: strings.Join(c.config.Cmd, " "), Labels: maps.Clone(c.config.Labels), State: c.state.Status, Status: c.state.Status,
		Ports: []api.Port{}, Mounts: c.shownMounts(), NetworkSettings: &api.NetworkSettingsSummary{Networks: c.shownNetworks()},
	}
	s.HostConfig.NetworkMode = string(c.host.NetworkMode)
	if c.hasProcess() {
		for _, p := range c.published() {
			s.Ports = append(s.Ports, p.Port)
		}
	}
	return s
}

// readLog answers with all that a container has written, whatever is asked for.
func (e *Engine) readLog(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if c.config.Tty {
		return found([]byte(c.log)), nil
	}
	var out bytes.Buffer
	if c.log != "" {
		_, _ = stdcopy.NewStdWriter(&out, stdcopy.Stdout).Write([]byte(c.log)) // to memory
	}
	return found(out.Bytes()), nil
}

// execution is a command that is or was run in a container.
type execution struct {
	api.ExecInspect
	reads bool // what it is given, to the end
}

func (e *Engine) createExec(r request) (answer, error) {
	var asked api.ExecOptions
	if err := r.into(&asked); err != nil {
		return answer{}, err
	}
	c, err := e.container(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case !c.state.Running:
		return answer{}, conflict("Container %s is not running", c.id)
	case c.state.Paused:
		return answer{}, conflict("Container %s is paused, unpause the container before exec", c.id)
	}
	x := &execution{api.ExecInspect{ExecID: e.newID(), ContainerID: c.id}, asked.AttachStdin}
	if !c.succeeds(asked.Cmd) {
		x.ExitCode = 1
	}
	e.execs[x.ExecID] = x
	return made(api.ExecCreateResponse{ID: x.ExecID}), nil
}

// startExec answers with a stream that ends when what is run has read what it is
// given. It writes nothing.
func (e *Engine) startExec(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	x := e.execs[r.PathValue("id")]
	e.mu.Unlock()
	if x == nil {
		write(w, answer{}, missing("No such exec instance: %s", r.PathValue("id")))
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	conn, given, err := http.NewResponseController(w).Hijack()
	if err != nil {
		write(w, answer{}, err)
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"))
	if x.reads {
		_, _ = io.Copy(io.Discard, given)
	}
}

func (e *Engine) inspectExec(r request) (answer, error) {
	x := e.execs[r.PathValue("id")]
	if x == nil {
		return answer{}, missing("No such exec instance: %s", r.PathValue("id"))
	}
	return found(x.ExecInspect), nil
}
