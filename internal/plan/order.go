package plan

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Order returns the addresses of a whole topology in the order in which they
// are planned: what is needed before what needs it, then what is live and no
// longer desired, what needs before what is needed. What is to go and holds
// what something desired is to have, such as a host port, goes first. Volumes
// that are no longer desired are left out: they stay. A circle is an error that
// prints it; so is what one cannot give up before another takes it.
// Follows is as of Input.
func Order(desired topology.Topology, live topology.Live, follows map[topology.Address][]topology.Address) ([]topology.Address, error) {
	wanted := desiredNeeds(desired)
	for a, of := range follows {
		if _, there := wanted[a]; there {
			wanted[a] = slices.Concat(wanted[a], of)
		}
	}
	if err := handOver(wanted, desired, live); err != nil {
		return nil, err
	}
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
	claimed := sync.OnceValue(func() claims { return claimsOf(desired) })
	var first, last []topology.Address
	for _, a := range going {
		if every(live.Each(a), func(i *topology.Instance) bool { return claimed().inTheWay(desired, live, *i) == "" }) {
			last = append(last, a)
		} else {
			first = append(first, a)
		}
	}
	return slices.Concat(first, order, last), nil
}

// Everything returns the order in which everything of a topology, wanted or
// live, is taken down: what needs before what is needed, volumes last. Follows
// is as of Input.
func Everything(desired topology.Topology, live topology.Live, follows map[topology.Address][]topology.Address) ([]topology.Address, error) {
	needs := liveNeeds(live)
	for a, of := range desiredNeeds(desired) {
		// What is live needs what it was made with, whatever is declared now.
		if _, there := needs[a]; !there || a.Kind == topology.KindVolume {
			needs[a] = of
		}
	}
	for later, of := range follows {
		for _, a := range of {
			needs[a] = append(slices.Clone(needs[a]), later)
		}
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
	present := presentNames(t)
	for _, of := range needs {
		for i, a := range of {
			if now, ok := present[a]; ok {
				of[i] = now
			}
		}
	}
	return needs
}

// liveNeeds returns what is live, volumes aside, and what it needs.
func liveNeeds(live topology.Live) map[topology.Address][]topology.Address {
	needs := map[topology.Address][]topology.Address{}
	for i := range live.All() {
		needs[i.Address] = append(needs[i.Address], neededBy(i.Workload)...)
		for _, use := range i.Mounts {
			if v, ok := live.Volume(use.Volume); ok && v.Address.Kind == topology.KindVolume {
				needs[i.Address] = append(needs[i.Address], v.Address)
			}
		}
	}
	for _, h := range live.Hooks {
		needs[h.Address] = append(needs[h.Address], nil...)
	}
	for _, k := range live.Keepers {
		needs[k.Address] = append(needs[k.Address], nil...)
	}
	for _, v := range live.Vaults {
		needs[v.Address] = append(needs[v.Address], nil...)
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

// reachable reports whether an address needs another, at whatever remove.
func reachable(needs map[topology.Address][]topology.Address, from, to topology.Address) bool {
	seen := map[topology.Address]bool{}
	var visit func(a topology.Address) bool
	visit = func(a topology.Address) bool {
		if a == to {
			return true
		}
		if seen[a] {
			return false
		}
		seen[a] = true
		return slices.ContainsFunc(needs[a], visit)
	}
	return visit(from)
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
