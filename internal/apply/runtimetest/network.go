package runtimetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

type network struct {
	scope topology.Scope
	topology.Network
}

// network returns the scope's network of that name, or nil.
func (m *Memory) network(s topology.Scope, name string) *network {
	for _, n := range m.networks {
		if n.scope == s && n.Name == name {
			return n
		}
	}
	return nil
}

func (m *Memory) createNetwork(s topology.Scope, op plan.CreateNetwork) error {
	if m.network(s, op.Network.Name) != nil {
		return nil
	}
	taken := slices.ContainsFunc(m.networks, func(n *network) bool { return n.Name == op.Network.Name })
	if taken || m.foreign.Networks[op.Network.Name] {
		return notOurs("network", op.Network.Name, s)
	}
	n := &network{scope: s, Network: op.Network}
	n.ID = m.newID()
	m.networks = append(m.networks, n)
	return nil
}

func (m *Memory) removeNetwork(s topology.Scope, op plan.RemoveNetwork) error {
	n := m.network(s, op.Name)
	if n == nil {
		return nil
	}
	if members := m.members(n); len(members) > 0 {
		if op.IfUnused {
			return nil
		}
		return fmt.Errorf("its members are %s", strings.Join(members, ", "))
	}
	m.dropNetwork(n)
	return nil
}

func (m *Memory) dropNetwork(n *network) {
	m.networks = slices.DeleteFunc(m.networks, func(other *network) bool { return other == n })
}

// members returns the names of the instances in a network, also of those that
// do not run: without it they could not start again. Sorted.
func (m *Memory) members(n *network) []string {
	var names []string
	for name, c := range m.containers {
		if _, in := c.networks[n]; in {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *Memory) connect(s topology.Scope, op plan.Connect) error {
	c, err := m.own(s, op.Instance)
	if err != nil {
		return err
	}
	return m.attach(c, op.Network, op.Aliases)
}

func (m *Memory) attach(c *container, name string, aliases []string) error {
	n := m.network(c.scope, name)
	if n == nil && len(aliases) > 0 {
		return nil
	}
	if n == nil {
		return missing{"network", name}
	}
	c.networks[n] = slices.Compact(slices.Sorted(slices.Values(aliases)))
	return nil
}

func (m *Memory) disconnect(s topology.Scope, op plan.Disconnect) error {
	c, err := m.own(s, op.Instance)
	if apply.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	delete(c.networks, m.network(s, op.Network))
	return nil
}
