package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// use is how a step has to do with an object of the engine.
type use int

const (
	uses use = iota + 1 // it needs the object as it is: others that do can go on at once
	owns                // it makes, changes or removes the object
)

// across finds what the steps of one address need of those of others: a step
// follows every earlier one that has to do with the same object, unless both
// only use it.
type across struct {
	earlier map[string][]touch
}

type touch struct {
	step    int
	address topology.Address
	how     use
}

// needs returns the earlier steps of other addresses that a step needs, and
// notes the step for later ones. Live is what the step finds.
func (x *across) needs(index int, s Step, live topology.Live) []int {
	var out []int
	objects := touched(s.Op, live)
	for _, name := range sortedKeys(objects) {
		how := objects[name]
		for _, t := range x.earlier[name] {
			if t.address != s.Address && (how == owns || t.how == owns) {
				out = append(out, t.step)
			}
		}
		x.earlier[name] = append(x.earlier[name], touch{index, s.Address, how})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// touched returns the objects that an op has to do with, and how.
func touched(op Op, live topology.Live) map[string]use {
	switch o := op.(type) {
	case CreateNetwork:
		if o.Network.Kind == topology.NetworkEgress {
			return nil
		}
		return map[string]use{"network " + o.Network.Name: owns}
	case RemoveNetwork:
		return map[string]use{"network " + o.Name: owns}
	case Connect:
		return attached(o.Network, o.Instance, uses)
	case Disconnect:
		// Who reaches it through the network has to be gone.
		return attached(o.Network, o.Instance, owns)
	case CreateVolume:
		return map[string]use{"volume " + o.Volume.Name: owns}
	case RemoveVolume:
		return map[string]use{"volume " + o.Name: owns}
	case CreateVault:
		return map[string]use{"volume " + o.Vault.Name: owns}
	case RemoveVault:
		return map[string]use{"volume " + o.Name: owns}
	case CreateInstance:
		return ofInstance(made(o, topology.Topology{}), nil)
	case RemoveInstance:
		return ofNamed(live, o.Name)
	case StartInstance:
		return running(live, o.Name)
	case StopInstance:
		return running(live, o.Name)
	case RenameInstance:
		return map[string]use{"instance " + o.From: owns, "instance " + o.To: owns}
	case UpdateInstance:
		return map[string]use{"instance " + o.Name: owns}
	case PauseInstance:
		return map[string]use{"instance " + o.Name: owns}
	case UnpauseInstance:
		return map[string]use{"instance " + o.Name: owns}
	case AwaitInstance:
		return map[string]use{"instance " + o.Name: uses}
	case WatchInstance:
		return map[string]use{"instance " + o.Name: uses}
	}
	return nil
}

func attached(network, instance string, how use) map[string]use {
	return map[string]use{"network " + network: how, "instance " + instance: uses, "member " + network + " " + instance: owns}
}

// ofInstance returns the instance itself, the networks it is in, the volumes it
// holds and the host ports it publishes.
func ofInstance(i topology.Instance, ports []topology.Port) map[string]use {
	out := map[string]use{"instance " + i.Name: owns}
	for network := range i.Networks {
		out["network "+network] = uses
		out["member "+network+" "+i.Name] = owns
	}
	for _, v := range i.Mounts {
		out["volume "+v.Volume] = uses
	}
	for _, p := range ports {
		out[fmt.Sprintf("port %d/%s", p.Host, p.Protocol)] = owns
	}
	return out
}

func ofNamed(live topology.Live, name string) map[string]use {
	out := running(live, name)
	if i := live.Named(name); i != nil {
		maps.Copy(out, ofInstance(*i, containerPorts(i.Workload)))
	}
	return out
}

// running returns what a start or a stop of an instance has to do with: that
// one holds a volume for writing matters as much as a port.
func running(live topology.Live, name string) map[string]use {
	out := map[string]use{"instance " + name: owns}
	i := live.Named(name)
	if i == nil {
		return out
	}
	for _, p := range containerPorts(i.Workload) {
		out[fmt.Sprintf("port %d/%s", p.Host, p.Protocol)] = owns
	}
	for _, v := range i.Mounts {
		if !v.ReadOnly && !shared(live, v.Volume) {
			out["writer "+v.Volume] = owns
		}
	}
	return out
}
