package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// refresher brings a state, with what is kept beside it, up to what is live: null
// when nothing is. One with nothing but a name was just imported. What it is of is
// also told with an error.
type refresher func(ctx context.Context, state tftypes.Value, from, to privateState) (identity, tftypes.Value, error)

// readBy is the Read of a resource whose state read brings up to date.
func (b *base) readBy(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse, read refresher) {
	of, now, err := read(ctx, req.State.Raw, req.Private, resp.Private)
	resp.Identity.Raw = b.identify(of)
	if err != nil {
		b.unread(&resp.Diagnostics, b.at(of.Name), err)
		return
	}
	resp.State.Raw = now
}
