package runtimetest

import (
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What follows is what a person does at the engine's own command line. Names
// are the engine's; one that is not there panics.

// Start starts an instance.
func (m *Memory) Start(name string) { m.person(name, m.start) }

// Stop stops an instance.
func (m *Memory) Stop(name string) { m.Exit(name, killed) }

// Exit has an instance end with an exit code.
func (m *Memory) Exit(name string, code int) {
	m.person(name, func(c *container) error {
		c.exit(code)
		return nil
	})
}

// Pause pauses a running instance.
func (m *Memory) Pause(name string) {
	m.person(name, func(c *container) error {
		c.status = topology.StatusPaused
		return nil
	})
}

// SetHealth gives a running instance another verdict of its health check.
func (m *Memory) SetHealth(name string, h topology.Health) {
	m.person(name, func(c *container) error {
		c.health = h
		return nil
	})
}

// Remove removes an instance, running or not.
func (m *Memory) Remove(name string) {
	m.person(name, func(c *container) error {
		delete(m.containers, c.name)
		return nil
	})
}

// UpdateMemory gives an instance another memory limit, "" for none.
func (m *Memory) UpdateMemory(name string, limit topology.Size) {
	m.Update(name, "HostConfig.Memory", limit)
}

// Update gives an instance another value of what plan.Setting calls a path.
func (m *Memory) Update(name, path string, value any) {
	m.person(name, func(c *container) error {
		c.settings[path] = value
		return nil
	})
}

// Connect connects an instance to a network of its scope.
func (m *Memory) Connect(network, name string, aliases ...string) {
	m.person(name, func(c *container) error { return m.attach(c, network, aliases) })
}

// Disconnect disconnects an instance from a network of its scope.
func (m *Memory) Disconnect(network, name string) {
	m.person(name, func(c *container) error {
		n := m.network(c.scope, network)
		if _, in := c.networks[n]; !in {
			return missing{"network", network}
		}
		delete(c.networks, n)
		return nil
	})
}

// RemoveNetwork disconnects all from the networks of that name and removes them.
func (m *Memory) RemoveNetwork(name string) {
	m.must(func() error {
		found := error(missing{"network", name})
		for _, n := range append([]*network(nil), m.networks...) {
			if n.Name != name {
				continue
			}
			found = nil
			for _, member := range m.members(n) {
				delete(m.containers[member].networks, n)
			}
			m.dropNetwork(n)
		}
		return found
	})
}

// RemoveVolume removes a volume or marker and what it holds, also from under
// an instance that mounts it.
func (m *Memory) RemoveVolume(name string) {
	m.must(func() error {
		if m.volumes[name] == nil {
			return missing{"volume", name}
		}
		delete(m.volumes, name)
		return nil
	})
}

// AddForeign puts objects of nobody that Bayplan knows on the engine. Its
// containers run and hold their ports.
func (m *Memory) AddForeign(f topology.Foreign) {
	m.must(func() error {
		merge(m.foreign, f)
		return nil
	})
}

func (m *Memory) person(name string, does func(*container) error) {
	m.must(func() error {
		if m.containers[name] == nil {
			return missing{"instance", name}
		}
		return does(m.containers[name])
	})
}

func (m *Memory) must(do func() error) {
	if err := m.change(do); err != nil {
		panic("runtimetest: " + err.Error())
	}
}
