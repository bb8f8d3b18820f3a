package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
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

func (m marked[T]) read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior T
	_, err := decode(req.State.Raw, &prior)
	a := m.at(m.name(prior))
	resp.Identity.Raw = m.identify(a.Name)
	gone := false
	if err == nil {
		gone, err = m.readAt(ctx, a, prior, req, resp)
	}
	m.unread(&resp.Diagnostics, a, err)
	if err == nil && gone {
		resp.State.RemoveResource(ctx)
	}
}

func (m marked[T]) readAt(ctx context.Context, a topology.Address, prior T, req resource.ReadRequest, resp *resource.ReadResponse) (gone bool, err error) {
	kept, known, err := recall(ctx, req.Private)
	if err != nil {
		return false, err
	}
	live, err := m.runtime.Observe(ctx, m.scope)
	if err != nil {
		return false, err
	}
	like := &prior
	if !known {
		like, kept.Generation = nil, live.Generation(a)
	}
	v, ok := m.present(live, a, like)
	if !ok || outlived(live, a, kept) {
		return true, nil
	}
	kept.Live, kept.Dependants = keptOf(plan.Own(live, a)), plan.Dependants(live, a)
	if err := remember(ctx, resp.Private, kept); err != nil {
		return false, err
	}
	resp.State.Raw, err = m.write(req.State.Raw, v, known)
	return false, err
}
