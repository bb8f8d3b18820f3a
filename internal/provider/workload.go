package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// workloadResource is what bayplan_app and bayplan_service have in common: all
// but their schemas.
type workloadResource struct{ base }

// ValidateConfig checks what is known without an engine.
func (r *workloadResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validate(r, req, resp)
}

func (r *workloadResource) check(config map[string]tftypes.Value) (diags diag.Diagnostics) {
	var w topology.Workload
	unknown, err := decodeAttributes(config, &w)
	a := r.at(w.Name)
	if err != nil {
		report(&diags, "validate", a, err)
		return diags
	}
	if w.Replicas == 0 {
		w.Replicas = 1
	}
	scope := topology.Scope{}
	if r.session != nil {
		scope = r.scope
	}
	err = checkGiven(a, config)
	if w.Build == nil || w.Image == "" {
		err = errors.Join(err, checkWorkload(scope, a, &w, unknown))
	}
	report(&diags, "validate", a, err)
	return diags
}

// checkGiven refuses what is to be seen in a configuration alone: a limit of
// nothing, which to the engine is none, and two images.
func checkGiven(a topology.Address, config map[string]tftypes.Value) error {
	var given struct {
		Pids  *topology.Limit `attr:"pids"`
		Image string          `attr:"image"`
		Build *topology.Build `attr:"build"`
	}
	if _, err := decodeAttributes(config, &given); err != nil {
		return err
	}
	if given.Pids != nil && *given.Pids == 0 {
		return &topology.FieldError{
			Address: a, Field: "pids", Err: errors.New("with 0 processes nothing runs"), Hint: "Say -1 for no limit, or leave it out for 2048.",
		}
	}
	if given.Build != nil && given.Image != "" {
		return &topology.FieldError{
			Address: a, Field: "build", Err: errors.New("an app has an image or a build, not both"), Hint: "Remove one of the two.",
		}
	}
	return nil
}

// checkWorkload completes a workload and returns what is wrong with what is
// known of it.
func checkWorkload(scope topology.Scope, a topology.Address, w *topology.Workload, unknown unknowns) error {
	completed, errs := catalog.Complete(scope, a, *w)
	*w = completed
	errs = append(errs, topology.CheckWorkload(scope, a, completed)...)
	return joinFields(slices.DeleteFunc(errs, func(e *topology.FieldError) bool {
		return unknown.has(e.Field, e.Key) || e.Field == "image" && unknown.has("build", "") ||
			e.Field == "secrets_version" && unknown.has("secrets", "")
	}))
}

// Read brings the state up to what is live.
func (r *workloadResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.readBy(ctx, req, resp, r.current)
}

// current is its refresher.
func (r *workloadResource) current(ctx context.Context, state tftypes.Value, from, to privateState) (of identity, now tftypes.Value, err error) {
	var prior topology.Workload
	if _, err := decode(state, &prior); err != nil {
		return of, now, err
	}
	of.Name = prior.Name
	a := r.at(prior.Name)
	kept, known, err := recall(ctx, from)
	if err == nil {
		of.EngineName, err = r.takeIn(ctx, a, kept)
	}
	if apply.IsNotFound(err) {
		return of, tftypes.NewValue(state.Type(), nil), nil
	}
	if err != nil {
		return of, now, err
	}
	known = known && !kept.fresh()
	all, err := r.runtime.Observe(ctx, r.scope)
	if err != nil {
		return of, now, err
	}
	live, like := plan.Own(all, a), &prior
	if known {
		live, err = owned(live, a, kept.Generation, state)
	} else { // it was just imported
		like, kept.Generation = nil, live.Generation(a)
	}
	if err != nil {
		return of, now, err
	}
	w, status, ok := plan.Present(live, a, like)
	if !ok {
		return of, tftypes.NewValue(state.Type(), nil), nil
	}
	if !known {
		w.Relationships = plan.Current(all, w.Relationships)
	}
	before := kept.Image
	if w.Build != nil {
		kept.Image, err = r.refreshBuild(ctx, w)
	} else {
		kept.Image, err = r.refresh(ctx, w.Image, w.Pull, w.ImageDigest)
	}
	if err != nil {
		return of, now, err
	}
	tagged, _ := catalog.Complete(r.scope, a, topology.Workload{Image: w.Image})
	if before.Digest == kept.Image.Digest && before.Version == tagged.Version {
		kept.Image.Version = before.Version // before it was pulled, nobody knew what it says of itself
	}
	if kept.fresh() { // there is no label that has them
		w.FreezeTimeout, w.Version = defaultFreeze, cmp.Or(kept.Image.Version, w.Version)
	}
	kept.Live, kept.Dependants = keptOf(live), plan.Dependants(all, a)
	if err := remember(ctx, to, kept); err != nil {
		return of, now, err
	}
	now, err = r.present(state, a, w, map[string]any{
		"instances": instancesOf(live, a), "status": string(status),
	})
	return of, now, err
}
