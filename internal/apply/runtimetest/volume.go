package runtimetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// volume holds data, is a marker or a vault.
type volume struct {
	scope  topology.Scope
	data   *topology.LiveVolume
	marker *topology.Marker
	vault  *topology.Vault
}

func (m *Memory) createVolume(s topology.Scope, op plan.CreateVolume) error {
	v, err := m.claim(s, op.Volume.Name)
	switch {
	case err != nil:
		return err
	case v == nil:
		live := op.Volume
		live.Declared.Labels = maps.Clone(live.Declared.Labels)
		m.volumes[live.Name] = &volume{scope: s, data: &live}
	case v.data == nil || v.data.Address != op.Volume.Address:
		return fmt.Errorf("volume %q exists and is not that of %s", op.Volume.Name, op.Volume.Address)
	}
	return nil
}

func (m *Memory) createVault(s topology.Scope, op plan.CreateVault) error {
	v, err := m.claim(s, op.Vault.Name)
	switch {
	case err != nil:
		return err
	case v == nil:
		m.volumes[op.Vault.Name] = &volume{scope: s, vault: &op.Vault}
	case v.vault == nil || *v.vault != op.Vault:
		return fmt.Errorf("volume %q exists and is another", op.Vault.Name)
	}
	return nil
}

func (m *Memory) removeVault(s topology.Scope, op plan.RemoveVault) error {
	v, err := m.claim(s, op.Name)
	if err != nil || v == nil {
		return err
	}
	if v.vault == nil {
		return fmt.Errorf("volume %q is no vault", op.Name)
	}
	if users := m.usersOf(op.Name); len(users) > 0 {
		return fmt.Errorf("it is in use by %s", strings.Join(users, ", "))
	}
	delete(m.volumes, op.Name)
	return nil
}

func (m *Memory) fillVault(s topology.Scope, op plan.FillVault) error {
	if k, err := m.own(s, topology.KeeperName(op.Vault)); err == nil && k.runs() {
		return nil
	}
	k, err := m.own(s, topology.FillingName(op.Vault))
	if err != nil {
		return err
	}
	if !k.runs() {
		return fmt.Errorf("container %q does not run", k.name)
	}
	for name, secret := range op.Secrets {
		if _, known := secret.Value(); !known {
			return fmt.Errorf("the value of secret %q is not known", name)
		}
	}
	return m.renameInstance(s, plan.RenameInstance{From: k.name, To: topology.KeeperName(op.Vault)})
}

func (m *Memory) mark(s topology.Scope, op plan.Mark) error {
	v, err := m.claim(s, op.Marker.Name)
	switch {
	case err != nil:
		return err
	case v == nil:
		m.volumes[op.Marker.Name] = &volume{scope: s, marker: &op.Marker}
	case v.marker == nil || *v.marker != op.Marker:
		return fmt.Errorf("volume %q exists and marks something else", op.Marker.Name)
	}
	return nil
}

// claim returns the scope's volume of a name, nil when the name is free.
func (m *Memory) claim(s topology.Scope, name string) (*volume, error) {
	v := m.volumes[name]
	if m.foreign.Volumes[name] || v != nil && v.scope != s {
		return nil, notOurs("volume", name, s)
	}
	return v, nil
}

func (m *Memory) removeVolume(s topology.Scope, op plan.RemoveVolume) error {
	v, err := m.claim(s, op.Name)
	if err != nil || v == nil {
		return err
	}
	if v.data == nil {
		return fmt.Errorf("volume %q is no volume for data", op.Name)
	}
	if users := m.usersOf(op.Name); len(users) > 0 {
		return fmt.Errorf("it is in use by %s", strings.Join(users, ", "))
	}
	delete(m.volumes, op.Name)
	return nil
}

func (m *Memory) unmark(s topology.Scope, op plan.Unmark) error {
	v, err := m.claim(s, op.Name)
	if err != nil || v == nil {
		return err
	}
	if v.marker == nil {
		return fmt.Errorf("volume %q is no marker", op.Name)
	}
	delete(m.volumes, op.Name)
	return nil
}

// usersOf returns the names of the instances that mount a volume, running or not.
func (m *Memory) usersOf(name string) []string {
	var users []string
	for _, c := range m.containers {
		for _, mount := range c.Mounts {
			if mount.Volume == name {
				users = append(users, c.name)
			}
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}
