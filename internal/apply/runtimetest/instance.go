package runtimetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// container is an instance as the engine has it.
type container struct {
	plan.Container
	scope    topology.Scope
	id, name string
	status   topology.Status
	health   topology.Health
	code     int
	log      []string
	settings map[string]any // by path, as they are now
	networks map[*network][]string
}

// own returns the scope's instance of that name.
func (m *Memory) own(s topology.Scope, name string) (*container, error) {
	c := m.containers[name]
	switch {
	case m.foreign.Containers[name] || c != nil && c.scope != s:
		return nil, notOurs("container", name, s)
	case c == nil:
		return nil, missing{"instance", name}
	}
	return c, nil
}

func (m *Memory) createInstance(s topology.Scope, op plan.CreateInstance) error {
	c, err := m.own(s, op.Name)
	if apply.IsNotFound(err) {
		c, err = m.newContainer(s, op)
	} else if err == nil && (c.Hash != op.Container.Hash || c.status != topology.StatusCreated) {
		err = fmt.Errorf("instance %q exists and is another or has run", op.Name)
	}
	if err != nil {
		return err
	}
	for _, at := range op.Container.Networks {
		if err := m.attach(c, at.Network, at.Aliases); err != nil {
			return err
		}
	}
	m.containers[op.Name] = c
	return nil
}

func (m *Memory) newContainer(s topology.Scope, op plan.CreateInstance) (*container, error) {
	if err := m.needs(op.Container); err != nil {
		return nil, err
	}
	c := &container{
		Container: op.Container, scope: s, id: m.newID(), name: op.Name,
		status: topology.StatusCreated, settings: map[string]any{}, networks: map[*network][]string{},
	}
	c.Env, c.Labels = slices.Clone(c.Env), maps.Clone(c.Labels)
	c.Declared = maps.Clone(c.Declared)
	c.set(op.Container.Settings)
	return c, nil
}

// needs returns what of an instance's needs the engine has not: its image, a
// volume, the probe.
func (m *Memory) needs(c plan.Container) error {
	digest := c.Digest
	if digest == "" {
		digest = m.images[c.Image].Digest
	}
	if !m.local[digest] {
		return missing{"image", c.Image}
	}
	for _, mount := range c.Mounts {
		if mount.Volume != "" && m.volumes[mount.Volume] == nil {
			return missing{"volume", mount.Volume}
		}
	}
	if c.Health != nil && c.Health.Probe && !m.probe {
		return missing{"volume", "probe"}
	}
	return nil
}

func (m *Memory) startInstance(s topology.Scope, op plan.StartInstance) error {
	c, err := m.own(s, op.Name)
	if err != nil {
		return err
	}
	return m.start(c)
}

func (m *Memory) start(c *container) error {
	switch c.status {
	case topology.StatusRunning, topology.StatusRestarting:
		return nil
	case topology.StatusPaused:
		c.status = topology.StatusRunning
		return nil
	}
	if err := m.needs(c.Container); err != nil {
		return err
	}
	for _, p := range c.Ports {
		if holder := m.holder(p); holder != "" {
			return fmt.Errorf("port %d is already allocated by %q", p.Host, holder)
		}
	}
	m.begin(c)
	return nil
}

// holder returns the name of the running container that a port clashes with, or "".
func (m *Memory) holder(p topology.Port) string {
	for q, name := range m.foreign.Ports {
		if p.Clashes(q) {
			return name
		}
	}
	for _, c := range m.containers {
		if c.runs() && slices.ContainsFunc(c.Ports, p.Clashes) {
			return c.name
		}
	}
	return ""
}

func (c *container) runs() bool {
	return c.status == topology.StatusRunning || c.status == topology.StatusPaused || c.status == topology.StatusRestarting
}

func (m *Memory) stopInstance(s topology.Scope, op plan.StopInstance) error {
	c, err := m.own(s, op.Name)
	if apply.IsNotFound(err) {
		return nil
	}
	if err == nil && c.runs() {
		c.exit(killed)
	}
	return err
}

func (m *Memory) pauseInstance(s topology.Scope, op plan.PauseInstance) error {
	c, err := m.own(s, op.Name)
	if err == nil && c.status == topology.StatusRunning {
		c.status = topology.StatusPaused
	}
	return err
}

func (m *Memory) unpauseInstance(s topology.Scope, op plan.UnpauseInstance) error {
	c, err := m.own(s, op.Name)
	if apply.IsNotFound(err) {
		return nil
	}
	if err == nil && c.status == topology.StatusPaused {
		c.status = topology.StatusRunning
	}
	return err
}

// killed is the exit code of an instance that was stopped.
const killed = 137

func (c *container) exit(code int) {
	c.status, c.code = topology.StatusExited, code
	if code == 0 {
		c.status = topology.StatusCompleted
	}
}

func (m *Memory) removeInstance(s topology.Scope, op plan.RemoveInstance) error {
	if c := m.containers[op.Name]; c == nil || op.ID != "" && c.id != op.ID {
		return nil
	}
	if _, err := m.own(s, op.Name); err != nil {
		return err
	}
	delete(m.containers, op.Name)
	return nil
}

func (m *Memory) renameInstance(s topology.Scope, op plan.RenameInstance) error {
	c, err := m.own(s, op.From)
	_, taken := m.own(s, op.To)
	switch {
	case apply.IsNotFound(err) && taken == nil, err == nil && op.From == op.To:
		return nil
	case err != nil:
		return err
	case !apply.IsNotFound(taken):
		return fmt.Errorf("the name %q is taken", op.To)
	}
	delete(m.containers, op.From)
	c.name = op.To
	m.containers[op.To] = c
	return nil
}

func (m *Memory) updateInstance(s topology.Scope, op plan.UpdateInstance) error {
	c, err := m.own(s, op.Name)
	if err == nil {
		c.set(op.Settings)
	}
	return err
}

func (c *container) set(settings []plan.Setting) {
	for _, s := range settings {
		c.settings[s.Path] = s.Value
	}
}
