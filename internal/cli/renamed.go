package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	return namesIn(known...)
}

// namesIn returns those that topologies tell of.
func namesIn(known ...topology.Topology) otherNames {
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
	return n.among(then, func(a topology.Address) bool { return len(live.Of(a)) > 0 })
}

// among returns what the apps and services that a topology wants and that are not
// there are called where they are there: each another one.
func (n otherNames) among(then topology.Topology, there func(topology.Address) bool) map[topology.Address]topology.Address {
	out := map[topology.Address]topology.Address{}
	taken := map[topology.Address]bool{}
	for _, a := range slices.SortedFunc(maps.Keys(then.Workloads), byAddress) {
		if there(a) {
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
			if _, wanted := then.Workloads[name]; !wanted && there(name) && !taken[name] {
				out[a], taken[name] = name, true
				break
			}
			next = append(next, n[name]...)
		}
	}
	return out
}

// leavesData returns an error when a service would start empty while what the
// revisions know as the same under another name is removed, as it is after a
// revert over a renaming.
func (p *project) leavesData(ctx context.Context, key topology.Key, live topology.Live, about []topology.Address) error {
	leftover := slices.ContainsFunc(live.Instances, func(i topology.Instance) bool {
		_, wanted := p.desired.Workloads[i.Address]
		return !wanted
	})
	if !leftover {
		return nil
	}
	var names map[topology.Address]topology.Address
	if l, unread := readLedger(ctx, p.Session); unread == nil { // else it tells nothing
		names = l.otherNames(key, p.desired).live(p.desired, live)
	}
	var errs []error
	for _, a := range about {
		name, there := names[a]
		if !there || a.Kind != topology.KindService {
			continue
		}
		if want, has := p.desired.Workloads[a], live.Of(name)[0].Workload; sameType(want, has) && want.DataVolume != has.DataVolume {
			errs = append(errs, &topology.FieldError{
				Address: a, Field: "renamed_from",
				Err:  fmt.Errorf("%s would start empty, and %s, which has its data, would be removed", a, name),
				Hint: fmt.Sprintf("Say renamed_from = %q or, to start empty, first take the other down: bayplan destroy --target %s.", name.Name, name),
			})
		}
	}
	return p.located(errors.Join(errs...))
}

// sameType reports whether two services are of the same type, in whatever version.
func sameType(x, y topology.Workload) bool {
	of, _, _ := strings.Cut(x.Type, ":")
	other, _, _ := strings.Cut(y.Type, ":")
	return of == other
}
