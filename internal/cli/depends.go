package cli

import (
	"maps"
	"slices"
	"strings"

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
	out := follows{}
	for _, a := range slices.SortedFunc(maps.Keys(p.sources), byAddress) {
		needed := p.reach(a)
		for _, b := range p.referred(a) {
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

// referred returns the addresses that the configuration of one refers to.
func (p *project) referred(a topology.Address) []topology.Address {
	var out []topology.Address
	for _, b := range slices.SortedFunc(maps.Keys(p.sources), byAddress) {
		is := func(name string) bool {
			return p.sources[b].Address == name || strings.HasPrefix(p.sources[b].Address, name+"[")
		}
		if slices.ContainsFunc(p.sources[a].DependsOn, is) {
			out = append(out, b)
		}
	}
	return out
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
