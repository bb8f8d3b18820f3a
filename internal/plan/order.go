package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Order returns the addresses of a whole topology in the order in which they
// are planned: what is needed before what needs it, then what is live and no
// longer desired, what needs before what is needed. What is to go and holds a
// host port that something desired publishes goes first. Volumes that are no
// longer desired are left out: they stay. A circle is an error that prints it.
func Order(desired topology.Topology, live topology.Live) ([]topology.Address, error) {
	wanted := desiredNeeds(desired)
	order, err := sorted(wanted)
	if err != nil {
		return nil, err
	}
	leftover := liveNeeds(live)
	for a := range wanted {
		delete(leftover, a)
	}
	going, err := sorted(leftover)
	if err != nil {
		return nil, err
	}
	slices.Reverse(going)
	var first, last []topology.Address
	for _, a := range going {
		if slices.ContainsFunc(live.Of(a), func(i topology.Instance) bool { return inTheWay(desired, i) }) {
			first = append(first, a)
		} else {
			last = append(last, a)
		}
	}
	return slices.Concat(first, order, last), nil
}

// Everything returns the order in which everything of a topology, wanted or
// live, is taken down: what needs before what is needed, volumes last.
func Everything(desired topology.Topology, live topology.Live) ([]topology.Address, error) {
	needs := liveNeeds(live)
	for a, of := range desiredNeeds(desired) {
		needs[a] = append(needs[a], of...)
	}
	order, err := sorted(needs)
	slices.Reverse(order)
	return order, err
}

func desiredNeeds(t topology.Topology) map[topology.Address][]topology.Address {
	needs := map[topology.Address][]topology.Address{}
	for a := range t.Volumes {
		needs[a] = nil
	}
	for a, r := range t.Relationships {
		needs[a] = []topology.Address{r.Target.Address, r.Target.TargetAddress}
	}
	for a, w := range t.Workloads {
		needs[a] = neededBy(w)
		for _, m := range w.Mounts {
			if v, err := t.Scope.VolumeOf(m.Volume); err == nil {
				needs[a] = append(needs[a], v)
			}
		}
	}
	return needs
}

// liveNeeds returns what is live, volumes aside, and what it needs.
func liveNeeds(live topology.Live) map[topology.Address][]topology.Address {
	needs := map[topology.Address][]topology.Address{}
	for _, i := range live.Instances {
		needs[i.Address] = append(needs[i.Address], neededBy(i.Workload)...)
	}
	for _, n := range live.Networks {
		switch n.Kind {
		case topology.NetworkRelationship:
			needs[n.Owner] = append(needs[n.Owner], live.TargetOf(n))
		case topology.NetworkImplied: // it outlived its consumer
			needs[n.Owner] = append(needs[n.Owner], n.Target)
		}
	}
	for _, m := range live.Markers {
		if m.Address.Kind == topology.KindRelationship {
			needs[m.Address] = append(needs[m.Address], m.Target)
		}
	}
	return needs
}

func neededBy(w topology.Workload) []topology.Address {
	var out []topology.Address
	for _, key := range sortedKeys(w.Relationships) {
		if r := w.Relationships[key]; !r.External() {
			out = append(out, r.Address, r.TargetAddress)
		}
	}
	return out
}

// sorted orders addresses so that each comes after what it needs, and else by
// kind and name. What is needed and not listed is no matter.
func sorted(needs map[topology.Address][]topology.Address) ([]topology.Address, error) {
	addresses := byAddress(needs)
	var out, path []topology.Address
	const visiting, done = 1, 2
	state := map[topology.Address]int{}
	var visit func(a topology.Address) error
	visit = func(a topology.Address) error {
		path = append(path, a)
		defer func() { path = path[:len(path)-1] }()
		if state[a] == visiting {
			return fmt.Errorf("circle: %s", circle(path))
		}
		if _, listed := needs[a]; !listed || state[a] == done {
			return nil
		}
		state[a] = visiting
		of := slices.SortedFunc(slices.Values(needs[a]), compareAddresses)
		for _, n := range of {
			if n == a {
				continue
			}
			if err := visit(n); err != nil {
				return err
			}
		}
		state[a] = done
		out = append(out, a)
		return nil
	}
	for _, a := range addresses {
		if err := visit(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func circle(path []topology.Address) string {
	last := path[len(path)-1]
	var names []string
	for _, a := range path[slices.Index(path, last):] {
		names = append(names, a.String())
	}
	return strings.Join(names, " -> ")
}

// inTheWay reports whether a live instance publishes a host port that
// something desired publishes too.
func inTheWay(desired topology.Topology, i topology.Instance) bool {
	for a, w := range desired.Workloads {
		for _, p := range containerPorts(w) {
			if a != i.Address && slices.ContainsFunc(containerPorts(i.Workload), p.Clashes) {
				return true
			}
		}
	}
	return false
}

func byAddress[T any](m map[topology.Address]T) []topology.Address {
	out := make([]topology.Address, 0, len(m))
	for a := range m {
		out = append(out, a)
	}
	slices.SortFunc(out, compareAddresses)
	return out
}

func compareAddresses(x, y topology.Address) int {
	switch {
	case x == y:
		return 0
	case x.Less(y):
		return -1
	}
	return 1
}
