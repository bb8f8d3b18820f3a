package cli

import (
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// otherNames are the other names that apps and services had before or since.
type otherNames map[topology.Address][]topology.Address

// otherNames returns those that the revisions and one more topology tell of. One
// that contradicts itself tells nothing.
func (l *ledger) otherNames(key topology.Key, then topology.Topology) otherNames {
	known := []topology.Topology{then}
	for _, r := range l.revisions {
		if content, err := r.Open(key, l.Scope); err == nil { // what another key sealed tells nothing
			known = append(known, content.Topology)
		}
	}
	out := otherNames{}
	for _, t := range known {
		renamed, err := plan.Renames(t)
		if err != nil {
			continue
		}
		for present, former := range renamed {
			out[present] = append(out[present], former)
			out[former] = append(out[former], present)
		}
	}
	return out
}

// live returns what the apps and services that a topology wants and that are
// not live are called now.
func (n otherNames) live(then topology.Topology, live topology.Live) map[topology.Address]topology.Address {
	out := map[topology.Address]topology.Address{}
	for a := range then.Workloads {
		if len(live.Of(a)) > 0 {
			continue
		}
		seen := map[topology.Address]bool{a: true}
		for next := n[a]; len(next) > 0; {
			name := next[0]
			next = next[1:]
			if seen[name] {
				continue
			}
			seen[name] = true
			if _, wanted := then.Workloads[name]; !wanted && len(live.Of(name)) > 0 {
				out[a] = name
				break
			}
			next = append(next, n[name]...)
		}
	}
	return out
}
