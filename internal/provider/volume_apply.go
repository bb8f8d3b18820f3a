package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Read brings the state up to what is live.
func (r *volumeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.readBy(ctx, req, resp, r.current)
}

// current is its refresher.
func (r *volumeResource) current(ctx context.Context, state tftypes.Value, from, to privateState) (identity, tftypes.Value, error) {
	if kept, _, err := recall(ctx, from); err != nil || kept.Adopted != "" {
		return r.currentAdopted(ctx, state, kept, err)
	}
	return marked[topology.Volume]{
		base: &r.base, name: func(v topology.Volume) string { return v.Name },
		present: plan.PresentVolume, write: r.present,
	}.current(ctx, state, from, to)
}

// currentAdopted is its refresher for a volume that was adopted: it is there, or not.
func (r *volumeResource) currentAdopted(ctx context.Context, state tftypes.Value, kept keep, err error) (identity, tftypes.Value, error) {
	v := topology.Volume{Driver: "local", OnDestroy: topology.OnDestroyRetain}
	if err == nil {
		_, err = decode(state, &v)
	}
	of := identity{Name: v.Name, EngineName: kept.Adopted}
	if err != nil {
		return of, state, err
	}
	foreign, err := r.runtime.ObserveForeign(ctx, r.scope)
	if err != nil || !foreign.Volumes[kept.Adopted] {
		return of, tftypes.NewValue(state.Type(), nil), err
	}
	now, err := encode(state, v)
	if err == nil {
		now, err = withAttributes(now, r.named(v.Name, kept))
	}
	return of, now, err
}

// named returns the attributes that follow from a volume's name, and from that of
// what it adopted.
func (r *volumeResource) named(name string, kept keep) map[string]any {
	a := r.at(name)
	if kept.Adopted != "" {
		return map[string]any{"address": a.String(), "id": r.scope.AdoptedVolumeID(kept.Adopted), "engine_name": kept.Adopted}
	}
	return map[string]any{"address": a.String(), "id": r.scope.ID(a), "engine_name": r.scope.VolumeName(name)}
}

// present writes a volume into a state.
func (r *volumeResource) present(state tftypes.Value, v topology.Volume, _ bool) (tftypes.Value, error) {
	out, err := encode(state, v)
	if err != nil {
		return tftypes.Value{}, err
	}
	return withAttributes(out, r.named(v.Name, keep{}))
}

// Create makes the volume, or takes over that of ours which is there, with its data.
func (r *volumeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var want topology.Volume
	_, err := decode(req.Plan.Raw, &want)
	if err == nil {
		err = r.create(ctx, want, resp.Private, &resp.Diagnostics)
	}
	report(&resp.Diagnostics, "create", r.at(want.Name), err)
	if err == nil {
		resp.State.Raw = req.Plan.Raw
		resp.Identity.Raw = r.identify(identity{Name: want.Name})
	}
}

func (r *volumeResource) create(ctx context.Context, want topology.Volume, private privateState, diags *diag.Diagnostics) error {
	a := r.at(want.Name)
	live, err := r.runtime.Observe(ctx, r.scope, a)
	if err != nil {
		return err
	}
	key, err := r.keys.get()
	if err != nil {
		return err
	}
	in := plan.Input{
		Desired: topology.Topology{Scope: r.scope, Volumes: map[topology.Address]topology.Volume{a: want}},
		Live:    live, Key: key, About: []topology.Address{a}, Create: true,
	}
	p, err := r.execute(ctx, in, apply.LimitOf(a, plan.ActionCreate, nil))
	if err != nil {
		return err
	}
	warnTakenOver(diags, a, p)
	if live, err = r.runtime.Observe(ctx, r.scope, a); err != nil {
		return err
	}
	return remember(ctx, private, keep{Live: keptOf(plan.Own(live, a)), Generation: live.Generation(a)})
}

// Update takes note of what only the planner knows of a volume: the engine can
// change nothing about one.
func (r *volumeResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var want topology.Volume
	_, err := decode(req.Plan.Raw, &want)
	report(&resp.Diagnostics, "update", r.at(want.Name), err)
	if err == nil {
		resp.State.Raw = req.Plan.Raw
		resp.Identity.Raw = r.identify(identity{Name: want.Name})
	}
}

// Delete removes the volume if its state says so and no other resource has
// taken it over since.
func (r *volumeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var v topology.Volume
	_, err := decode(req.State.Raw, &v)
	if err == nil {
		err = r.delete(ctx, v, req.Private, &resp.Diagnostics)
	}
	report(&resp.Diagnostics, "delete", r.at(v.Name), err)
}

func (r *volumeResource) delete(ctx context.Context, v topology.Volume, private privateState, diags *diag.Diagnostics) error {
	kept, _, err := recall(ctx, private)
	if err != nil {
		return err
	}
	a := r.at(v.Name)
	if kept.Adopted != "" {
		diags.AddWarning("The data of "+a.String()+" is retained", "Volume "+kept.Adopted+" was adopted: it stays on the engine, whatever on_destroy says.")
		return nil
	}
	live, err := r.runtime.Observe(ctx, r.scope, a)
	if err != nil || outlived(live, a, kept) {
		return err
	}
	p, err := r.execute(ctx, plan.Input{
		Desired: r.nothing(), Live: live, About: []topology.Address{a}, DeleteData: map[topology.Address]bool{a: v.OnDestroy == topology.OnDestroyDelete},
	}, apply.LimitOf(a, plan.ActionDelete, nil))
	if err != nil {
		return err
	}
	for _, change := range p.Changes {
		if names := change.Impact.KeepsData; len(names) > 0 {
			diags.AddWarning("The data of "+a.String()+" is retained",
				"Volume "+list(names)+" stays on the engine; a bayplan_volume of that name takes it over again. "+
					"With on_destroy = \"delete\" applied before, it would have been removed.")
		}
	}
	return nil
}
