package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Read brings the state up to what is live.
func (r *relationshipResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.readBy(ctx, req, resp, r.current)
}

// current is its refresher.
func (r *relationshipResource) current(ctx context.Context, state tftypes.Value, from, to privateState) (identity, tftypes.Value, error) {
	return marked[topology.Relationship]{
		base: &r.base, name: func(v topology.Relationship) string { return v.Name },
		present: plan.PresentRelationship, write: r.present,
	}.current(ctx, state, from, to)
}

// present writes a relationship into a state. What consumers know of it is
// the plan's to say, but for one that was just imported.
func (r *relationshipResource) present(state tftypes.Value, v topology.Relationship, known bool) (tftypes.Value, error) {
	out, err := encode(state, v)
	if err != nil {
		return tftypes.Value{}, err
	}
	if !known {
		reference, _ := topology.RelationshipReference(v)
		if out, err = encode(out, reference); err != nil {
			return tftypes.Value{}, err
		}
	}
	a := r.at(v.Name)
	return withAttributes(out, map[string]any{
		"id": r.scope.ID(a), "network": r.scope.RelationshipNetwork(a.Name),
	})
}

// Create makes the network, or takes over that of ours which is there.
func (r *relationshipResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var want topology.Relationship
	_, err := decode(req.Plan.Raw, &want)
	var p plan.Plan
	if err == nil {
		p, err = r.make(ctx, want, keep{}, resp.Private, func(plan.Input) error { return nil }, true)
	}
	report(&resp.Diagnostics, "create", r.at(want.Name), err)
	if err == nil {
		warnTakenOver(&resp.Diagnostics, r.at(want.Name), p)
		resp.State.Raw = req.Plan.Raw
		resp.Identity.Raw = r.identify(identity{Name: want.Name})
	}
}

// Update leads the relationship to its planned target, if live is what the
// plan was made from.
func (r *relationshipResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var want topology.Relationship
	_, err := decode(req.Plan.Raw, &want)
	a := r.at(want.Name)
	if err == nil {
		err = r.update(ctx, want, req, resp)
	}
	report(&resp.Diagnostics, "update", a, err)
	if err == nil {
		resp.State.Raw = req.Plan.Raw
		resp.Identity.Raw = r.identify(identity{Name: want.Name})
	}
}

func (r *relationshipResource) update(ctx context.Context, want topology.Relationship, req resource.UpdateRequest, resp *resource.UpdateResponse) error {
	kept, known, err := recall(ctx, req.Private)
	if err != nil {
		return err
	}
	a := r.at(want.Name)
	unmoved := func(in plan.Input) error {
		if known && plan.Fingerprint(in.Live, a) != plan.Fingerprint(kept.Live.live(r.scope), a) {
			return errMoved(a)
		}
		return nil
	}
	_, err = r.make(ctx, want, kept, resp.Private, unmoved, false)
	return err
}

// make makes live what is wanted, checks that it is, and keeps it.
func (r *relationshipResource) make(ctx context.Context, want topology.Relationship, kept keep, private privateState, may func(plan.Input) error, create bool) (plan.Plan, error) {
	about := r.concerned(want.Name, kept, want.Target.TargetAddress)
	found := about
	if create { // all: consumers of what was there before have to be connected
		found = nil
	}
	live, err := r.runtime.Observe(ctx, r.scope, found...)
	if err != nil {
		return plan.Plan{}, err
	}
	in := r.input(want, live)
	in.Create = create
	if err := may(in); err != nil {
		return plan.Plan{}, err
	}
	done, err := r.execute(ctx, in, apply.LimitOf(r.at(want.Name), plan.ActionUpdate, nil))
	if err != nil {
		return done, err
	}
	if live, err = r.finish(ctx, r.input(want, live), about...); err != nil {
		return done, err
	}
	a := r.at(want.Name)
	kept.Live, kept.Generation = keptOf(plan.Own(live, a)), live.Generation(a)
	return done, remember(ctx, private, kept)
}

// concerned returns who is or was in the network of a relationship.
func (r *relationshipResource) concerned(name string, kept keep, target topology.Address) []topology.Address {
	about := []topology.Address{r.at(name)}
	if target.IsWorkload() {
		about = append(about, target)
	}
	for _, i := range kept.Live.Instances {
		about = append(about, i.Address)
	}
	slices.SortFunc(about, compareAddresses)
	return slices.Compact(about)
}

// Delete removes the network, unless another resource has taken it over.
func (r *relationshipResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var v topology.Relationship
	_, err := decode(req.State.Raw, &v)
	if err == nil {
		err = r.delete(ctx, v, req.Private)
	}
	report(&resp.Diagnostics, "delete", r.at(v.Name), err)
}

func (r *relationshipResource) delete(ctx context.Context, v topology.Relationship, private privateState) error {
	kept, _, err := recall(ctx, private)
	if err != nil {
		return err
	}
	a := r.at(v.Name)
	// All of the scope: whoever is in the network has to leave it.
	live, err := r.runtime.Observe(ctx, r.scope)
	if err != nil || outlived(live, a, kept) {
		return err
	}
	_, err = r.execute(ctx, plan.Input{Desired: r.nothing(), Live: live, About: []topology.Address{a}}, apply.LimitOf(a, plan.ActionDelete, nil))
	return err
}
