package plan

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// copied returns a live whose lists can be changed.
func copied(live topology.Live) topology.Live {
	live.Index = nil
	live.Instances = slices.DeleteFunc(slices.Clone(live.Instances), func(i topology.Instance) bool { return i.Name == "" })
	live.Hooks = slices.Clone(live.Hooks)
	live.Networks = slices.Clone(live.Networks)
	live.Volumes = slices.Clone(live.Volumes)
	live.Vaults = slices.Clone(live.Vaults)
	live.Keepers = slices.Clone(live.Keepers)
	live.Markers = slices.Clone(live.Markers)
	live.Written = slices.Clone(live.Written)
	return live
}

// perform changes a live that is copied and indexed to what it is once an op has
// succeeded, as far as the planning of later addresses depends on it.
func perform(live *topology.Live, op Op, desired topology.Topology) {
	switch o := op.(type) {
	case CreateNetwork:
		// The egress network is nobody's: who needs it sees to it, so that no
		// address depends on another's for it.
		if _, there := live.Network(o.Network.Name); !there && o.Network.Kind != topology.NetworkEgress {
			live.AddNetwork(o.Network)
		}
	case RemoveNetwork:
		if !o.IfUnused || none(live.Members(o.Name)) {
			live.RemoveNetwork(o.Name)
		}
	case CreateVolume:
		if _, there := live.Volume(o.Volume.Name); !there {
			live.AddVolume(o.Volume)
		}
	case RemoveVolume:
		live.RemoveVolume(o.Name)
	case Mark:
		if o.Marker.Volume != "" {
			live.Written = append(live.Written, o.Marker)
		} else {
			live.AddMarker(o.Marker)
		}
	case Unmark:
		live.RemoveMarker(o.Name)
		live.Written = slices.DeleteFunc(live.Written, func(m topology.Marker) bool { return m.Name == o.Name })
	case CreateInstance:
		switch {
		case o.Container.Keeper != "":
			live.AddKeeper(topology.Keeper{Name: o.Name, Address: o.Container.Address, Vault: o.Container.Keeper})
		case o.Container.Hook == "": // one of a hook goes in the plan that makes it
			live.AddInstance(made(o, desired))
		}
	case RemoveInstance:
		live.RemoveInstance(o.Name, o.ID)
	default:
		performOnVault(live, op)
		performOn(live, op)
	}
}

func none[T any](all iter.Seq[T]) bool {
	return every(all, func(T) bool { return false })
}

func every[T any](all iter.Seq[T], is func(T) bool) bool {
	for one := range all {
		if !is(one) {
			return false
		}
	}
	return true
}

// performOnVault changes the vault that an op is about.
func performOnVault(live *topology.Live, op Op) {
	switch o := op.(type) {
	case CreateVault:
		live.AddVault(o.Vault)
	case RemoveVault:
		live.RemoveVault(o.Name)
	case FillVault:
		live.ChangeKeeper(topology.FillingName(o.Vault), func(k *topology.Keeper) {
			k.Name, k.Status = topology.KeeperName(o.Vault), topology.StatusRunning
		})
	}
}

// performOn changes the instance that an op is about.
func performOn(live *topology.Live, op Op) {
	switch o := op.(type) {
	case RenameInstance:
		live.ChangeInstance(o.From, func(i *topology.Instance) { i.Name = o.To; i.Generation, i.N = numbered(o.To) })
	case StartInstance:
		live.ChangeInstance(o.Name, func(i *topology.Instance) { i.Status = topology.StatusRunning })
	case StopInstance:
		live.ChangeInstance(o.Name, func(i *topology.Instance) { i.Status = topology.StatusExited })
	case AwaitInstance:
		if o.Condition == topology.ConditionCompleted {
			live.ChangeInstance(o.Name, func(i *topology.Instance) { i.Status = topology.StatusCompleted })
		}
	case Connect:
		live.ChangeInstance(o.Instance, func(i *topology.Instance) {
			i.Networks = maps.Clone(i.Networks)
			if i.Networks == nil {
				i.Networks = map[string][]string{}
			}
			i.Networks[o.Network] = o.Aliases
		})
	case Disconnect:
		live.ChangeInstance(o.Instance, func(i *topology.Instance) {
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
