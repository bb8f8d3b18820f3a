package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// object is something of the engine, or a place in it, that steps have to do with.
type object struct {
	kind string // "network", "instance", "volume", "port", …
	name string
	in   string // of a member: its network
}

// touch is that a step has to do with an object.
type touch struct {
	object
	// owns says that the step makes, changes or removes the object, else it needs it
	// as it is: others that do can go on at once.
	owns bool
}

// across finds what the steps of one address need of those of others: a step
// follows every earlier one that has to do with the same object, unless both
// only use it.
type across struct {
	owners, users map[object][]toucher
}

// toucher is a step that has to do with an object.
type toucher struct {
	step    int
	address topology.Address
}

// needs returns the earlier steps of other addresses that a step needs, and
// notes the step for later ones. Live is what the step finds.
func (x *across) needs(index int, s Step, live topology.Live) []int {
	var out []int
	follow := func(earlier []toucher) {
		for _, t := range earlier {
			if t.address != s.Address {
				out = append(out, t.step)
			}
		}
	}
	for _, t := range touched(s.Op, live) {
		follow(x.owners[t.object])
		noted := x.users
		if t.owns {
			follow(x.users[t.object])
			noted = x.owners
		}
		noted[t.object] = append(noted[t.object], toucher{index, s.Address})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func owns(kind, name string) touch { return touch{object{kind: kind, name: name}, true} }
func uses(kind, name string) touch { return touch{object{kind: kind, name: name}, false} }

// member is the place of an instance in a network.
func member(network, instance string) touch {
	return touch{object{"member", instance, network}, true}
}

// touched returns the objects that an op has to do with, and how.
func touched(op Op, live topology.Live) []touch {
	switch o := op.(type) {
	case CreateNetwork:
		if o.Network.Kind == topology.NetworkEgress {
			return nil
		}
		return []touch{owns("network", o.Network.Name)}
	case RemoveNetwork:
		return []touch{owns("network", o.Name)}
	case Connect:
		return []touch{uses("network", o.Network), uses("instance", o.Instance), member(o.Network, o.Instance)}
	case Disconnect:
		// Who reaches it through the network has to be gone.
		return []touch{owns("network", o.Network), uses("instance", o.Instance), member(o.Network, o.Instance)}
	case CreateVolume:
		return []touch{owns("volume", o.Volume.Name)}
	case RemoveVolume:
		return []touch{owns("volume", o.Name)}
	case CreateVault:
		return []touch{owns("volume", o.Vault.Name)}
	case RemoveVault:
		return []touch{owns("volume", o.Name)}
	case CreateInstance:
		i := made(o, topology.Topology{})
		return ofInstance(&i)
	case RemoveInstance:
		return ofNamed(live, o.Name)
	case StartInstance:
		return running(live, o.Name)
	case StopInstance:
		return running(live, o.Name)
	case RenameInstance:
		return []touch{owns("instance", o.From), owns("instance", o.To)}
	case UpdateInstance:
		return []touch{owns("instance", o.Name)}
	case PauseInstance:
		return []touch{owns("instance", o.Name)}
	case UnpauseInstance:
		return []touch{owns("instance", o.Name)}
	case AwaitInstance:
		return []touch{uses("instance", o.Name)}
	case WatchInstance:
		return []touch{uses("instance", o.Name)}
	}
	return nil
}

// ofInstance returns the instance itself, the networks it is in and the volumes it holds.
func ofInstance(i *topology.Instance) []touch {
	out := []touch{owns("instance", i.Name)}
	for network := range i.Networks {
		out = append(out, uses("network", network), member(network, i.Name))
	}
	for _, v := range i.Mounts {
		out = append(out, uses("volume", v.Volume))
	}
	return out
}

func ofNamed(live topology.Live, name string) []touch {
	i := live.Named(name)
	if i == nil {
		return running(live, name)
	}
	return append(running(live, name), ofInstance(i)...)
}

// running returns what a start or a stop of an instance has to do with: that
// one holds a volume for writing matters as much as a port.
func running(live topology.Live, name string) []touch {
	out := []touch{owns("instance", name)}
	i := live.Named(name)
	if i == nil {
		return out
	}
	for _, port := range portsIn(i.Workload) {
		out = append(out, touch{port, true})
	}
	for _, v := range i.Mounts {
		if !v.ReadOnly && !shared(live, v.Volume) {
			out = append(out, owns("writer", v.Volume))
		}
	}
	return out
}
