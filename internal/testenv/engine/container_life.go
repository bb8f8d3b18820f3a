package engine

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	api "github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"
)

// The codes with which a process ends that is told to, and that is killed.
const (
	terminated = 143
	killed     = 137
)

func (e *Engine) startContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case c.state.Paused:
		return answer{}, conflict("cannot start a paused container, try unpause instead")
	case c.state.Running:
		return already, nil
	}
	if err := e.canStart(c); err != nil {
		c.state.Error = err.Error()
		return answer{}, err
	}
	c.endpoints = maps.Clone(c.endpoints)
	for id, place := range c.endpoints {
		place.joined = true
		c.endpoints[id] = place
	}
	c.begin()
	return done, nil
}

// canStart checks that all networks of a container are there, and its ports free.
func (e *Engine) canStart(c *container) error {
	for id, place := range c.endpoints {
		if e.networks[id] == nil {
			return missing("network %s not found", cmp.Or(place.network, id))
		}
	}
	for _, p := range c.published() {
		for _, other := range e.containers {
			if other.hasProcess() && slices.ContainsFunc(other.published(), p.clashes) {
				return refused(http.StatusInternalServerError, "driver failed programming external connectivity on endpoint %s: "+
					"Bind for %s:%d failed: port is already allocated", c.name, p.IP, p.PublicPort)
			}
		}
	}
	return nil
}

// port is a published port.
type port struct{ api.Port }

func (p port) clashes(other port) bool {
	if p.PublicPort != other.PublicPort || p.Type != other.Type {
		return false
	}
	a, b := address(p.IP), address(other.IP)
	return a == b || a.IsUnspecified() || b.IsUnspecified()
}

func address(text string) netip.Addr {
	parsed, err := netip.ParseAddr(cmp.Or(text, "0.0.0.0"))
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return parsed
}

// published returns the ports that a container publishes while it runs.
func (c *container) published() []port {
	var out []port
	for inside, bindings := range c.host.PortBindings {
		for _, b := range bindings {
			outside, err := nat.ParsePort(b.HostPort)
			if err != nil {
				continue
			}
			out = append(out, port{api.Port{
				IP: address(b.HostIP).String(), PrivatePort: uint16(inside.Int()), PublicPort: uint16(outside), Type: inside.Proto(), //nolint:gosec // ports
			}})
		}
	}
	return out
}

// exit ends a container's process.
func (c *container) exit(code int) {
	c.state = api.State{
		Status: api.StateExited, ExitCode: code, StartedAt: c.state.StartedAt, FinishedAt: time.Now().Format(time.RFC3339Nano),
	}
}

// stopContainer ends a container at once, however long it might take to.
func (e *Engine) stopContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if !c.state.Running {
		return already, nil
	}
	code := terminated
	if c.config.StopSignal == "SIGKILL" {
		code = killed
	}
	c.exit(code)
	return done, nil
}

func (e *Engine) pauseContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case !c.state.Running:
		return answer{}, conflict("Container %s is not running", c.id)
	case c.state.Paused:
		return answer{}, conflict("Container %s is already paused", c.id)
	case c.state.Restarting:
		return answer{}, conflict("Container %s is restarting, wait until the container is running", c.id)
	}
	c.state.Paused, c.state.Status = true, api.StatePaused
	return done, nil
}

func (e *Engine) unpauseContainer(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	switch {
	case err != nil:
		return answer{}, err
	case !c.state.Paused:
		return answer{}, refused(http.StatusInternalServerError, "Container %s is not paused", c.id)
	}
	c.state.Paused, c.state.Status = false, api.StateRunning
	return done, nil
}

// SetHealth gives a running container another verdict of its health check:
// "healthy", "unhealthy" or "starting".
func (e *Engine) SetHealth(name, verdict string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, err := e.container(name)
	if err != nil {
		return err
	}
	if c.state.Health == nil {
		return fmt.Errorf("container %q has no health check", name)
	}
	c.state.Health = health(verdict)
	return nil
}

// Restart is what the engine's own restart does: no process survives it, and
// those come back whose restart policy says so.
func (e *Engine) Restart() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.containers {
		ran, policy := c.state.Running, c.host.RestartPolicy
		if ran {
			c.exit(killed)
		}
		if policy.IsAlways() && c.state.Status != api.StateCreated || ran && (policy.IsUnlessStopped() || policy.IsOnFailure()) {
			c.begin()
		}
	}
}
