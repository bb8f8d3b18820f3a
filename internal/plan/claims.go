package plan

import (
	"fmt"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// claims are the desired addresses that are to have what only one can have, by
// what that is, sorted.
type claims map[object][]topology.Address

func claimsOf(desired topology.Topology) claims {
	out := claims{}
	for _, a := range byAddress(desired.Workloads) {
		for _, what := range claimed(desired, a) {
			out[what] = append(out[what], a)
		}
	}
	return out
}

// claimed returns what a desired workload is to have and only one can have: host
// ports, and volumes that it writes to.
func claimed(desired topology.Topology, a topology.Address) []object {
	w := desired.Workloads[a]
	out := portsIn(w)
	for _, m := range containerMounts(desired.Scope, w) {
		if m.Volume != "" && !m.ReadOnly {
			out = append(out, object{kind: "writer", name: m.Volume})
		}
	}
	return out
}

// held returns what a live instance has and only one can have.
func held(i *topology.Instance) []object {
	out := portsIn(i.Workload)
	for _, use := range i.Mounts {
		if !use.ReadOnly {
			out = append(out, object{kind: "writer", name: use.Volume})
		}
	}
	return out
}

func portsIn(w topology.Workload) []object {
	var out []object
	for _, p := range containerPorts(w) {
		out = append(out, object{kind: "port", name: fmt.Sprintf("%d/%s", p.Host, p.Protocol)})
	}
	return out
}

// inTheWay says what of a live instance another, desired address is to have:
// its name, a host port, or a volume with one writer. "" is nothing.
func (c claims) inTheWay(desired topology.Topology, live topology.Live, i topology.Instance) string {
	var takers []topology.Address
	for _, kind := range []topology.Kind{topology.KindApp, topology.KindService} {
		a := topology.Address{Kind: kind, Name: i.Address.Name}
		if _, wanted := desired.Workloads[a]; wanted {
			takers = append(takers, a)
		}
	}
	for _, what := range held(&i) {
		takers = append(takers, c[what]...)
	}
	slices.SortFunc(takers, compareAddresses)
	for _, a := range takers {
		if a == i.Address {
			continue
		}
		if a.Name == i.Address.Name {
			return fmt.Sprintf("%s is to have its name", a)
		}
		if _, what := taken(desired, live, a, i); what != "" {
			return fmt.Sprintf("%s is to have %s", a, what)
		}
	}
	return ""
}

// taken says what a desired workload is to have that a live instance holds and
// only one can have, and in which field that is said.
func taken(desired topology.Topology, live topology.Live, a topology.Address, i topology.Instance) (field, what string) {
	w := desired.Workloads[a]
	for _, p := range containerPorts(w) {
		if slices.ContainsFunc(containerPorts(i.Workload), p.Clashes) {
			return "ports", fmt.Sprintf("host port %d", p.Host)
		}
	}
	for _, m := range containerMounts(desired.Scope, w) {
		for _, use := range i.Mounts {
			if m.Volume != "" && m.Volume == use.Volume && !m.ReadOnly && !use.ReadOnly && !shared(live, m.Volume) {
				return "mounts", fmt.Sprintf("volume %s, which has one writer", m.Volume)
			}
		}
	}
	return "", ""
}

// shared reports whether a volume may have several writers.
func shared(live topology.Live, volume string) bool {
	v, ok := live.Volume(volume)
	return ok && v.Declared.Shared
}

// handOver adds to what is needed that a host port, or a volume with one writer,
// is given up before another desired address takes it.
func handOver(needs map[topology.Address][]topology.Address, desired topology.Topology, live topology.Live) error {
	holding := map[object][]int{} // places in the list of instances
	for k := range live.Instances {
		i := &live.Instances[k]
		if _, wanted := desired.Workloads[i.Address]; !wanted {
			continue
		}
		for _, what := range held(i) {
			holding[what] = append(holding[what], k)
		}
	}
	if len(holding) == 0 {
		return nil
	}
	for _, taker := range byAddress(desired.Workloads) {
		var holders []int
		for _, what := range claimed(desired, taker) {
			holders = merged(holders, holding[what])
		}
		for _, k := range holders {
			i := live.Instances[k]
			if i.Address == taker || slices.Contains(needs[taker], i.Address) {
				continue
			}
			field, what := taken(desired, live, taker, i)
			if what == "" {
				continue
			}
			if reachable(needs, i.Address, taker) {
				return &topology.FieldError{
					Address: taker, Field: field,
					Err:  fmt.Errorf("%s is held by %s, which cannot give it up before %s has started", what, i.Address, taker),
					Hint: "Apply without it on either first.",
				}
			}
			needs[taker] = append(needs[taker], i.Address)
		}
	}
	return nil
}
