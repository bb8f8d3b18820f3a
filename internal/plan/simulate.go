package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// copied returns a live whose lists can be changed.
func copied(live topology.Live) topology.Live {
	live.Instances = slices.Clone(live.Instances)
	live.Hooks = slices.Clone(live.Hooks)
	live.Networks = slices.Clone(live.Networks)
	live.Volumes = slices.Clone(live.Volumes)
	live.Vaults = slices.Clone(live.Vaults)
	live.Keepers = slices.Clone(live.Keepers)
	live.Markers = slices.Clone(live.Markers)
	live.Written = slices.Clone(live.Written)
	return live
}

// perform changes a copied live to what it is once an op has succeeded, as far
// as the planning of later addresses depends on it.
func perform(live *topology.Live, op Op, desired topology.Topology) {
	switch o := op.(type) {
	case CreateNetwork:
		// The egress network is nobody's: who needs it sees to it, so that no
		// address depends on another's for it.
		if _, there := live.Network(o.Network.Name); !there && o.Network.Kind != topology.NetworkEgress {
			live.Networks = append(live.Networks, o.Network)
		}
	case RemoveNetwork:
		used := slices.ContainsFunc(live.Instances, func(i topology.Instance) bool { return in(i, o.Name) })
		if !used || !o.IfUnused {
			live.Networks = slices.DeleteFunc(live.Networks, func(n topology.Network) bool { return n.Name == o.Name })
		}
	case CreateVolume:
		if _, there := live.Volume(o.Volume.Name); !there {
			live.Volumes = append(live.Volumes, o.Volume)
		}
	case RemoveVolume:
		live.Volumes = slices.DeleteFunc(live.Volumes, func(v topology.LiveVolume) bool { return v.Name == o.Name })
	case Mark:
		list := &live.Markers
		if o.Marker.Volume != "" {
			list = &live.Written
		}
		*list = append(*list, o.Marker)
	case Unmark:
		named := func(m topology.Marker) bool { return m.Name == o.Name }
		live.Markers, live.Written = slices.DeleteFunc(live.Markers, named), slices.DeleteFunc(live.Written, named)
	case CreateInstance:
		switch {
		case o.Container.Keeper != "":
			live.Keepers = append(live.Keepers, topology.Keeper{Name: o.Name, Address: o.Container.Address, Vault: o.Container.Keeper})
		case o.Container.Hook == "": // one of a hook goes in the plan that makes it
			live.Instances = append(live.Instances, made(o, desired))
		}
	case RemoveInstance:
		live.Keepers = slices.DeleteFunc(live.Keepers, func(k topology.Keeper) bool { return k.Name == o.Name })
		live.Hooks = slices.DeleteFunc(live.Hooks, func(h topology.LiveHook) bool { return h.Name == o.Name })
		live.Instances = slices.DeleteFunc(live.Instances, func(i topology.Instance) bool {
			return i.Name == o.Name && (o.ID == "" || i.ID == o.ID)
		})
	default:
		performOnVault(live, op)
		performOn(*live, op)
	}
}

// performOnVault changes the vault that an op is about.
func performOnVault(live *topology.Live, op Op) {
	switch o := op.(type) {
	case CreateVault:
		live.Vaults = append(live.Vaults, o.Vault)
	case RemoveVault:
		live.Vaults = slices.DeleteFunc(live.Vaults, func(v topology.Vault) bool { return v.Name == o.Name })
	case FillVault:
		for i := range live.Keepers {
			if k := &live.Keepers[i]; k.Name == topology.FillingName(o.Vault) {
				k.Name, k.Status = topology.KeeperName(o.Vault), topology.StatusRunning
			}
		}
	}
}

// performOn changes the instance that an op is about.
func performOn(live topology.Live, op Op) {
	change := func(name string, to func(*topology.Instance)) {
		if i := live.Named(name); i != nil {
			to(i)
		}
	}
	switch o := op.(type) {
	case RenameInstance:
		change(o.From, func(i *topology.Instance) { i.Name = o.To; i.Generation, i.N = numbered(o.To) })
	case StartInstance:
		change(o.Name, func(i *topology.Instance) { i.Status = topology.StatusRunning })
	case StopInstance:
		change(o.Name, func(i *topology.Instance) { i.Status = topology.StatusExited })
	case AwaitInstance:
		if o.Condition == topology.ConditionCompleted {
			change(o.Name, func(i *topology.Instance) { i.Status = topology.StatusCompleted })
		}
	case Connect:
		change(o.Instance, func(i *topology.Instance) {
			i.Networks = maps.Clone(i.Networks)
			if i.Networks == nil {
				i.Networks = map[string][]string{}
			}
			i.Networks[o.Network] = o.Aliases
		})
	case Disconnect:
		change(o.Instance, func(i *topology.Instance) {
			i.Networks = maps.Clone(i.Networks)
			delete(i.Networks, o.Network)
		})
	}
}

// made is the instance that a creation makes.
func made(o CreateInstance, desired topology.Topology) topology.Instance {
	i := topology.Instance{
		Name: o.Name, Address: o.Container.Address, SpecHash: o.Container.Hash, KeyID: o.Container.KeyID,
		Status: topology.StatusCreated, Workload: desired.Workloads[o.Container.Address],
		Networks: map[string][]string{}, Mounts: map[string]topology.VolumeUse{},
	}
	i.Generation, i.N = numbered(o.Name)
	for _, n := range o.Container.Networks {
		i.Networks[n.Network] = n.Aliases
	}
	for _, m := range o.Container.Mounts {
		if m.Volume != "" {
			i.Mounts[m.Path] = topology.VolumeUse{Volume: m.Volume, ReadOnly: m.ReadOnly}
		}
	}
	return i
}

// numbered returns the generation and the number that end an instance's name.
func numbered(name string) (generation, n int) {
	parts := strings.Split(name, "-")
	if len(parts) < 2 {
		return 0, 0
	}
	generation, _ = strconv.Atoi(parts[len(parts)-2])
	n, _ = strconv.Atoi(parts[len(parts)-1])
	return generation, n
}
