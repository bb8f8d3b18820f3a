package runtimetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Observe reads what is live of a scope, as apply.Runtime says. What it
// returns shares nothing with the engine.
func (m *Memory) Observe(ctx context.Context, s topology.Scope, about ...topology.Address) (topology.Live, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.readable(ctx); err != nil {
		return topology.Live{}, fmt.Errorf("observe: %w", err)
	}
	live := topology.Live{Scope: s}
	for _, name := range slices.Sorted(maps.Keys(m.containers)) {
		c := m.containers[name]
		if c.scope != s || len(about) > 0 && !slices.Contains(about, c.Address) {
			continue
		}
		if c.Keeper != "" {
			live.Keepers = append(live.Keepers, topology.Keeper{ID: c.id, Name: name, Address: c.Address, Vault: c.Keeper, Status: c.status})
			continue
		}
		if c.Hook != "" {
			live.Hooks = append(live.Hooks, topology.LiveHook{ID: c.id, Name: name, Address: c.Address, Hook: c.Hook})
			continue
		}
		i, err := c.instance()
		if err != nil {
			return topology.Live{}, fmt.Errorf("observe: container %q: %w", name, err)
		}
		live.Instances = append(live.Instances, i)
	}
	for _, n := range m.networks {
		if n.scope == s {
			live.Networks = append(live.Networks, n.Network)
		}
	}
	slices.SortFunc(live.Networks, func(a, b topology.Network) int { return strings.Compare(a.Name, b.Name) })
	m.observeVolumes(&live)
	return live, nil
}

func (m *Memory) observeVolumes(live *topology.Live) {
	for _, name := range slices.Sorted(maps.Keys(m.volumes)) {
		switch v := m.volumes[name]; {
		case v.scope != live.Scope:
		case v.marker != nil && v.marker.Volume != "":
			live.Written = append(live.Written, *v.marker)
		case v.marker != nil:
			live.Markers = append(live.Markers, *v.marker)
		case v.vault != nil:
			live.Vaults = append(live.Vaults, *v.vault)
		default:
			data := *v.data
			data.Declared.Labels = maps.Clone(data.Declared.Labels)
			live.Volumes = append(live.Volumes, data)
		}
	}
}

func (c *container) instance() (topology.Instance, error) {
	i := topology.Instance{
		ID: c.id, Name: c.name, Address: c.Address, SpecHash: c.Hash, KeyID: c.KeyID,
		Status: c.status, ExitCode: c.code,
		Networks: map[string][]string{}, Mounts: map[string]topology.VolumeUse{},
	}
	i.Generation, i.N = numbers(c.name)
	if c.status == topology.StatusRunning {
		i.Health = c.health
		if c.health == topology.HealthUnhealthy {
			i.Status = topology.StatusUnhealthy
		}
	}
	for n, aliases := range c.networks {
		i.Networks[n.Name] = slices.Clone(aliases)
	}
	for _, mount := range c.Mounts {
		if mount.Volume != "" {
			i.Mounts[mount.Path] = topology.VolumeUse{Volume: mount.Volume, ReadOnly: mount.ReadOnly}
		}
	}
	var err error
	i.Workload, err = c.workload()
	return i, err
}

// numbers returns the last two numbers of an instance's name, 0 where there are none.
func numbers(name string) (generation, n int) {
	parts := strings.Split(name, "-")
	if len(parts) < 3 {
		return 0, 0
	}
	generation, errGeneration := strconv.Atoi(parts[len(parts)-2])
	n, errN := strconv.Atoi(parts[len(parts)-1])
	if errGeneration != nil || errN != nil {
		return 0, 0
	}
	return generation, n
}

// ObserveForeign reads what is not of the scope, as apply.Runtime says; ports
// are those of running containers.
func (m *Memory) ObserveForeign(ctx context.Context, s topology.Scope) (topology.Foreign, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.readable(ctx); err != nil {
		return topology.Foreign{}, fmt.Errorf("observe what is foreign: %w", err)
	}
	f := newForeign()
	merge(f, m.foreign)
	for name, c := range m.containers {
		if c.scope == s {
			continue
		}
		f.Containers[name] = true
		for _, p := range c.Ports {
			if c.runs() {
				f.Ports[p] = name
			}
		}
	}
	for _, n := range m.networks {
		if n.scope != s {
			f.Networks[n.Name] = true
		}
	}
	for name, v := range m.volumes {
		if v.scope != s {
			f.Volumes[name] = true
		}
	}
	return f, nil
}

func newForeign() topology.Foreign {
	return topology.Foreign{
		Containers: map[string]bool{}, Networks: map[string]bool{},
		Volumes: map[string]bool{}, Ports: map[topology.Port]string{},
	}
}

func merge(into, from topology.Foreign) {
	maps.Copy(into.Containers, from.Containers)
	maps.Copy(into.Networks, from.Networks)
	maps.Copy(into.Volumes, from.Volumes)
	maps.Copy(into.Ports, from.Ports)
}
