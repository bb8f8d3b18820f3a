package cli

import (
	"fmt"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// parseTargets reads the addresses of --target.
func parseTargets(texts []string) ([]topology.Address, error) {
	var out []topology.Address
	for _, text := range texts {
		a, err := topology.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("--target: %w", err)
		}
		out = append(out, a)
	}
	return out, nil
}

// only keeps of an order what the targets ask for: them and what they need or,
// to destroy, them and what needs them.
func (p *project) only(want intent, order []topology.Address, live topology.Live) ([]topology.Address, error) {
	if len(want.targets) == 0 {
		return order, nil
	}
	neededBy := p.neededBy(order)
	wanted := map[topology.Address]bool{}
	var add func(a topology.Address)
	add = func(a topology.Address) {
		if wanted[a] {
			return
		}
		wanted[a] = true
		next := p.needs(a)
		if want.destroy {
			next = append(plan.Dependants(live, a), neededBy[a]...)
		}
		for _, n := range next {
			add(n)
		}
	}
	for _, a := range want.targets {
		if !slices.Contains(order, a) {
			return nil, fmt.Errorf("--target: there is no %s, configured or live", a)
		}
		add(a)
	}
	var out []topology.Address
	for _, a := range order {
		if wanted[a] {
			out = append(out, a)
		}
	}
	return out, nil
}

// neededBy returns those of some addresses that need each as they are configured.
func (p *project) neededBy(of []topology.Address) map[topology.Address][]topology.Address {
	out := map[topology.Address][]topology.Address{}
	for _, a := range of {
		for _, n := range p.needs(a) {
			out[n] = append(out[n], a)
		}
	}
	return out
}

// needs returns what an address needs as it is configured.
func (p *project) needs(a topology.Address) []topology.Address {
	var out []topology.Address
	if r, ok := p.desired.Relationships[a]; ok {
		out = append(out, r.Target.Address, r.Target.TargetAddress)
	}
	w := p.desired.Workloads[a]
	for _, r := range w.Relationships {
		if !r.External() {
			out = append(out, r.Address, r.TargetAddress)
		}
	}
	for _, m := range w.Mounts {
		if v, err := p.Scope.VolumeOf(m.Volume); err == nil {
			out = append(out, v)
		}
	}
	return out
}
