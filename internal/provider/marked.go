package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// marked reads a resource whose generation is in markers, a volume or a
// relationship, of which at most one object is live.
type marked[T any] struct {
	*base
	name func(T) string
	// present returns what is live of an address, like what was last known of it.
	present func(live topology.Live, a topology.Address, like *T) (T, bool)
	// write writes a value into a state; known tells that it was not just imported.
	write func(state tftypes.Value, v T, known bool) (tftypes.Value, error)
}

// current is its refresher.
func (m marked[T]) current(ctx context.Context, state tftypes.Value, from, to privateState) (of identity, now tftypes.Value, err error) {
	var prior T
	if _, err := decode(state, &prior); err != nil {
		return of, now, err
	}
	of.Name = m.name(prior)
	a := m.at(of.Name)
	kept, known, err := recall(ctx, from)
	if err != nil {
		return of, now, err
	}
	live, err := m.runtime.Observe(ctx, m.scope)
	if err != nil {
		return of, now, err
	}
	like := &prior
	if !known {
		like, kept.Generation = nil, live.Generation(a)
	}
	v, ok := m.present(live, a, like)
	if !ok || outlived(live, a, kept) {
		return of, tftypes.NewValue(state.Type(), nil), nil
	}
	kept.Live, kept.Dependants = keptOf(plan.Own(live, a)), plan.Dependants(live, a)
	if err := remember(ctx, to, kept); err != nil {
		return of, now, err
	}
	now, err = m.write(state, v, known)
	return of, now, err
}
