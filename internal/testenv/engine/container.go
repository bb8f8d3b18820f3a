package engine

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	net "github.com/docker/docker/api/types/network"
	volumes "github.com/docker/docker/api/types/volume"
)

// never is when a container has ended that has not.
const never = "0001-01-01T00:00:00Z"

// container is a container. What its pointers lead to is replaced, not changed.
type container struct {
	id, name  string // the name without a slash
	created   time.Time
	image     string // its id
	behaviour Behaviour
	config    *api.Config
	host      *api.HostConfig
	endpoints map[string]endpoint // by id of the network
	state     api.State
	restarts  int
	log       string
	files     map[string][]byte // beside those on volumes, by absolute path
}

// endpoint is a container's place in a network.
type endpoint struct {
	network string // its name
	aliases []string
	joined  bool // once it has run there
}

// mounted is a volume in a container.
type mounted struct {
	volume, path string
	readOnly     bool
}

func (c *container) mounts() []mounted {
	var out []mounted
	for _, m := range c.host.Mounts {
		if m.Type == mount.TypeVolume {
			out = append(out, mounted{m.Source, m.Target, m.ReadOnly})
		}
	}
	return out
}

// hasProcess reports whether the container runs, be it paused.
func (c *container) hasProcess() bool { return c.state.Running && !c.state.Restarting }

// join puts a container into a network, in the place of what it had there.
func (c *container) join(n *network, settings *net.EndpointSettings) {
	place := endpoint{network: n.Name, joined: c.hasProcess()}
	if settings != nil {
		place.aliases = settings.Aliases
	}
	if n.Name != "none" { // the engine's own name service knows it by its short id too
		place.aliases = append(slices.Clone(place.aliases), c.id[:12])
	}
	c.endpoints = maps.Clone(c.endpoints)
	c.endpoints[n.ID] = place
}

// container finds a container by id, by name or by the beginning of its id.
func (e *Engine) container(idOrName string) (*container, error) {
	idOrName = strings.TrimPrefix(idOrName, "/")
	if c := cmp.Or(e.containers[idOrName], e.named[idOrName]); c != nil {
		return c, nil
	}
	for id, c := range e.containers {
		if len(idOrName) >= 12 && strings.HasPrefix(id, idOrName) {
			return c, nil
		}
	}
	return nil, missing("No such container: %s", idOrName)
}

// createContainer makes volumes that are missing, as the engine does. That a
// network is missing is found out by the start.
func (e *Engine) createContainer(r request) (answer, error) {
	var asked api.CreateRequest
	if err := r.into(&asked); err != nil {
		return answer{}, err
	}
	image, err := e.image(asked.Image)
	if err != nil {
		return answer{}, err
	}
	c := &container{
		id: e.newID(), created: time.Now(), image: image.id, behaviour: image.behaviour,
		config: asked.Config, host: cmp.Or(asked.HostConfig, &api.HostConfig{}),
		endpoints: map[string]endpoint{}, state: api.State{Status: api.StateCreated, FinishedAt: never}, files: map[string][]byte{},
	}
	c.name = cmp.Or(r.URL.Query().Get("name"), "nameless_"+c.id[:12])
	if err := e.name(c, c.name); err != nil {
		return answer{}, err
	}
	if !slices.ContainsFunc(c.config.Env, func(v string) bool { return strings.HasPrefix(v, "PATH=") }) {
		c.config.Env = append(c.config.Env, imagePath)
	}
	c.config.Hostname = cmp.Or(c.config.Hostname, c.id[:12])
	for _, m := range c.mounts() {
		e.addVolume(volumes.CreateOptions{Name: m.volume})
	}
	e.attach(c, asked.NetworkingConfig)
	e.containers[c.id] = c
	return made(api.CreateResponse{ID: c.id, Warnings: []string{}}), nil
}

// attach puts a new container into the network that it asks for, else that of its mode.
func (e *Engine) attach(c *container, asked *net.NetworkingConfig) {
	mode := string(c.host.NetworkMode)
	if mode == "" || mode == "default" {
		mode = "bridge"
	}
	var settings *net.EndpointSettings
	if asked != nil {
		for mode, settings = range asked.EndpointsConfig { // there is one
			if settings != nil && settings.NetworkID != "" {
				mode = settings.NetworkID
			}
		}
	}
	n, err := e.network(mode)
	if err != nil {
		c.endpoints[mode] = endpoint{network: mode}
		return
	}
	c.join(n, settings)
}

// name gives a container a name that nobody else has.
func (e *Engine) name(c *container, name string) error {
	if other := e.named[name]; other != nil && other != c {
		return conflict("Conflict. The container name \"/%s\" is already in use by container \"%s\". "+
			"You have to remove (or rename) that container to be able to reuse that name.", name, other.id)
	}
	delete(e.named, c.name)
	c.name = name
	e.named[name] = c
	return nil
}

func (e *Engine) renameContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if err := e.name(c, strings.TrimPrefix(r.URL.Query().Get("name"), "/")); err != nil {
		return answer{}, err
	}
	return done, nil
}

func (e *Engine) removeContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if c.state.Running && !r.flag("force") {
		return answer{}, conflict("You cannot remove a running container %s. Stop the container before attempting removal or force remove", c.id)
	}
	delete(e.containers, c.id)
	delete(e.named, c.name)
	return done, nil
}

// updateContainer changes limits and the restart policy. A zero value leaves
// what there is.
func (e *Engine) updateContainer(r request) (answer, error) {
	var asked api.UpdateConfig
	if err := r.into(&asked); err != nil {
		return answer{}, err
	}
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if swap := cmp.Or(asked.MemorySwap, c.host.MemorySwap); asked.Memory > 0 && swap > 0 && asked.Memory > swap {
		return answer{}, refused(http.StatusConflict, "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time")
	}
	host := *c.host
	host.Memory = cmp.Or(asked.Memory, host.Memory)
	host.MemorySwap = cmp.Or(asked.MemorySwap, host.MemorySwap)
	host.NanoCPUs = cmp.Or(asked.NanoCPUs, host.NanoCPUs)
	host.PidsLimit = cmp.Or(asked.PidsLimit, host.PidsLimit)
	if asked.RestartPolicy.Name != "" {
		host.RestartPolicy = asked.RestartPolicy
	}
	c.host = &host
	return found(api.UpdateResponse{}), nil
}
