package cli

import (
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// follows says of addresses which others they come after, though the topology
// does not say so: by depends_on, or by a reference that is no relationship.
type follows map[topology.Address][]topology.Address

// follows returns those of the configuration; to destroy, what is needed comes
// after what needs it.
func (p *project) follows(destroy bool) follows {
	if p.recorded != nil {
		return p.recorded.Follows
	}
	out, named := follows{}, p.named()
	for _, a := range slices.SortedFunc(maps.Keys(p.sources), byAddress) {
		var needed map[topology.Address]bool
		for _, b := range p.referred(a, named) {
			if needed == nil {
				needed = p.reach(a)
			}
			switch {
			case b == a || needed[b]:
			case destroy:
				out[b] = append(out[b], a)
			default:
				out[a] = append(out[a], b)
			}
		}
	}
	return out
}

// named returns the addresses by what a configuration refers to them by: that of
// a resource is of all its instances.
func (p *project) named() map[string][]topology.Address {
	out := map[string][]topology.Address{}
	for a, source := range p.sources {
		out[source.Address] = append(out[source.Address], a)
		for i, c := range source.Address {
			if c == '[' {
				out[source.Address[:i]] = append(out[source.Address[:i]], a)
			}
		}
	}
	return out
}

// referred returns the addresses that the configuration of one refers to, sorted.
func (p *project) referred(a topology.Address, named map[string][]topology.Address) []topology.Address {
	var out []topology.Address
	for _, name := range p.sources[a].DependsOn {
		out = append(out, named[name]...)
	}
	slices.SortFunc(out, byAddress)
	return slices.Compact(out)
}

// reach returns all that an address needs, at any remove.
func (p *project) reach(a topology.Address) map[topology.Address]bool {
	out := map[topology.Address]bool{}
	var add func(topology.Address)
	add = func(of topology.Address) {
		for _, n := range p.needs(of) {
			if !out[n] {
				out[n] = true
				add(n)
			}
		}
	}
	add(a)
	return out
}
