package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Rooted returns those of the addresses whose instances would run as root
// because their image says so. Of an image that the engine has not, nobody knows.
func (s Session) Rooted(ctx context.Context, of topology.Topology, about []topology.Address) (map[topology.Address]bool, error) {
	out := map[topology.Address]bool{}
	for _, a := range about {
		w, wanted := of.Workloads[a]
		if _, own := plan.OwnUser(w); own || !wanted {
			continue
		}
		user, known, err := s.runtime.ImageUser(ctx, w.Image, w.ImageDigest)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
		if known && plan.IsRoot(user) {
			out[a] = true
		}
	}
	return out, nil
}

// rooted says that what a plan makes runs as root, where it did not before. It
// is no part of what is planned: an image may be pulled before that is applied.
func (w *workloadDraft) rooted(ctx context.Context, diags *diag.Diagnostics) error {
	same := !w.create && w.prior.ImageDigest == w.want.ImageDigest && w.prior.User == w.want.User
	if w.session == nil || w.stateless || !w.makes || same || w.unknown.any("user", "type", "image") {
		return nil
	}
	user, own := plan.OwnUser(w.want)
	if !own {
		var known bool
		var err error
		if user, known, err = w.runtime.ImageUser(ctx, w.want.Image, w.want.ImageDigest); err != nil || !known {
			return err
		}
	}
	if plan.IsRoot(user) {
		diags.AddAttributeWarning(path.Root("user"), "Instances run as root",
			fmt.Sprintf("The processes of %s are root's, without capabilities that it does not name.\n\nSet user, or one in the image.", w.address))
	}
	return nil
}
