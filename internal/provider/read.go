package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// refresher brings a state, with what is kept beside it, up to what is live: null
// when nothing is. One with nothing but a name was just imported. The address is
// also told with an error.
type refresher func(ctx context.Context, state tftypes.Value, from, to privateState) (topology.Address, tftypes.Value, error)

// readBy is the Read of a resource whose state read brings up to date.
func (b *base) readBy(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse, read refresher) {
	a, now, err := read(ctx, req.State.Raw, req.Private, resp.Private)
	resp.Identity.Raw = b.identify(a.Name)
	if err != nil {
		b.unread(&resp.Diagnostics, a, err)
		return
	}
	resp.State.Raw = now
}
