package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ resource.ResourceWithConfigure      = (*volumeResource)(nil)
	_ workable                            = (*volumeResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*volumeResource)(nil)
	_ resource.ResourceWithValidateConfig = (*volumeResource)(nil)
	_ resource.ResourceWithImportState    = (*volumeResource)(nil)
	_ resource.ResourceWithIdentity       = (*volumeResource)(nil)
	_ resource.ResourceWithMoveState      = (*volumeResource)(nil)
)

func newVolume() resource.Resource {
	return &volumeResource{base{kind: topology.KindVolume}}
}

// volumeResource is bayplan_volume.
type volumeResource struct{ base }

func (r *volumeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Storage that outlives the containers that use it and, unless it says otherwise, its own declaration. " +
			"One of the same name that an earlier declaration left behind is taken over with its data.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Name, a DNS label of at most 40 characters. Another name is another volume.",
			},
			"driver": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("local"),
				MarkdownDescription: "Volume driver of the engine. Defaults to `local`. Another driver is another volume.",
			},
			"driver_opts": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Options of the driver. Those of `local` are `type`, `o` and `device`, what is mounted and how, and `size`: " +
					"`{ type = \"nfs\", o = \"addr=files.example,rw\", device = \":/data\" }`, or `{ type = \"none\", o = \"bind\", device = \"/srv/data\" }` " +
					"for a directory of the host, which must be there and whose content no plan deletes. Others are another volume, as `labels` are.",
			},
			"shared": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
				MarkdownDescription: "Whether several may write to it at once. Otherwise a plan with a second writer fails, " +
					"and a writer stops before the one that replaces it starts. Defaults to `false`.",
			},
			"on_destroy": schema.StringAttribute{
				Optional: true,
				Computed: true,
				Default:  stringdefault.StaticString(topology.OnDestroyRetain),
				MarkdownDescription: "What becomes of the data when this is deleted: `retain` leaves the volume on the engine, " +
					"`delete` removes it and its data. Defaults to `retain`.",
			},
			"labels": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Labels of the volume. The engine cannot change them: other labels are another volume, " +
					"which `on_destroy = \"delete\"` allows while nothing uses this one. Names that start with `io.bayplan.` are taken.",
			},
			"id":          computedString("Identifier, `<environment>/<name>`, for `mounts`."),
			"address":     computedString("Address, such as `volume.data`."),
			"engine_name": computedString("Name of the volume, on the engine."),
			"impact":      impactAttribute(),
		},
	}
}

// ValidateConfig checks what is known without an engine.
func (r *volumeResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validate(r, req, resp)
}

func (r *volumeResource) check(config map[string]tftypes.Value) (diags diag.Diagnostics) {
	var v topology.Volume
	unknown, err := decodeAttributes(config, &v)
	if err == nil {
		err = checkVolume(v, unknown)
	}
	report(&diags, "validate", r.at(v.Name), err)
	return diags
}

func checkVolume(v topology.Volume, unknown unknowns) error {
	var left []*topology.FieldError
	for _, e := range topology.CheckVolume(v) {
		if !unknown.has(e.Field, e.Key) {
			left = append(left, e)
		}
	}
	return joinFields(left)
}

// ModifyPlan fills in what follows from the name and says what a change does.
func (r *volumeResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		a, err := r.planDelete(ctx, req, resp)
		report(&resp.Diagnostics, "delete", a, err)
		return
	}
	modify(ctx, r, req, resp)
}

func (r *volumeResource) planDelete(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (topology.Address, error) {
	var prior topology.Volume
	_, err := decode(req.State.Raw, &prior)
	a := r.at(prior.Name)
	if err != nil {
		return a, err
	}
	kept, _, err := recall(ctx, req.Private)
	if err == nil && kept.Adopted == "" {
		warnDeletesData(&resp.Diagnostics, a, prior, kept.Dependants)
	}
	return a, err
}

// warnDeletesData says of a volume that is about to be deleted, by itself or
// for another, that its data goes with it, where it does.
func warnDeletesData(diags *diag.Diagnostics, a topology.Address, v topology.Volume, dependants []topology.Address) {
	if v.OnDestroy != topology.OnDestroyDelete || v.Elsewhere() {
		return
	}
	detail := "Its on_destroy is \"delete\"; with on_destroy = \"retain\" applied before, its data would stay."
	if len(dependants) > 0 {
		detail = "It is in use by " + listAddresses(dependants) + ". " + detail
	}
	diags.AddWarning(a.String()+": deletes the data of volume "+v.Name, detail)
}

func listAddresses(all []topology.Address) string {
	var words []string
	for _, a := range all {
		words = append(words, a.String())
	}
	return list(words)
}

func (r *volumeResource) complete(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	a, err := r.fill(ctx, d, req, resp)
	report(&resp.Diagnostics, "plan", a, err)
}

func (r *volumeResource) fill(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (topology.Address, error) {
	var want topology.Volume
	unknown, err := d.decode(&want)
	if err != nil || unknown.any("name") {
		return r.at(want.Name), err
	}
	a := r.at(want.Name)
	if err := checkVolume(want, unknown); err != nil {
		return a, err
	}
	d.set(map[string]any{"address": a.String()})
	if r.session != nil {
		err = r.cost(ctx, d, req, resp, want, unknown)
	}
	return a, err
}

// cost sets what depends on the scope and what the change does.
func (r *volumeResource) cost(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, want topology.Volume, unknown unknowns) error {
	a := r.at(want.Name)
	kept, err := r.kept(ctx, req, want)
	if err != nil {
		return err
	}
	named := r.named(a.Name, kept)
	if id, ok := named["id"].(string); ok && !unknown.any("shared") {
		r.claims.declare(id, want.Shared)
	}
	d.set(named)
	if len(unknown) > 0 {
		return nil
	}
	check := func() error { return r.renew(ctx, req, want, resp) }
	if req.State.Raw.IsNull() {
		if err := r.claims.name(a, true); err != nil {
			return err
		}
		check = func() error { return r.volumeClash(ctx, a) }
	}
	if err := check(); err != nil {
		return err
	}
	return d.settle(req.State.Raw, "")
}

// kept returns what is kept of a volume that has its name still.
func (r *volumeResource) kept(ctx context.Context, req resource.ModifyPlanRequest, want topology.Volume) (keep, error) {
	var prior topology.Volume
	if req.State.Raw.IsNull() {
		return keep{}, nil
	}
	if _, err := decode(req.State.Raw, &prior); err != nil || prior.Name != want.Name {
		return keep{}, err
	}
	kept, _, err := recall(ctx, req.Private)
	return kept, err
}

// renew asks for another volume where this one cannot change, and refuses
// where this one would be in its way: retained, or in use.
func (r *volumeResource) renew(ctx context.Context, req resource.ModifyPlanRequest, want topology.Volume, resp *resource.ModifyPlanResponse) error {
	var prior topology.Volume
	if _, err := decode(req.State.Raw, &prior); err != nil {
		return err
	}
	kept, _, err := recall(ctx, req.Private)
	if err != nil {
		return err
	}
	if kept.Adopted != "" {
		prior.OnDestroy = topology.OnDestroyRetain
	}
	renewed := prior.Name != want.Name // the schema asks for that
	for _, f := range plan.VolumeFields {
		if prior.Name != want.Name || f.Effect != plan.EffectRenew || plan.Equal(f.Get(prior), f.Get(want)) {
			continue
		}
		if err := renewable(r.at(prior.Name), f.Name, prior, kept.Dependants); err != nil {
			return err
		}
		resp.RequiresReplace.Append(path.Root(f.Name))
		renewed = true
	}
	if renewed {
		warnDeletesData(&resp.Diagnostics, r.at(prior.Name), prior, kept.Dependants)
	}
	return nil
}

// renewable refuses to make a volume anew, for one of its fields, that is
// retained or in use.
func renewable(a topology.Address, field string, prior topology.Volume, dependants []topology.Address) error {
	if prior.OnDestroy != topology.OnDestroyDelete {
		return &topology.FieldError{
			Address: a, Field: field, Err: errors.New("a volume's " + field + " cannot change, and this one is retained with its data under its name"),
			Hint: "Undo the change, give the volume another name, or, if its data is of no use, apply on_destroy = \"delete\" first.",
		}
	}
	if len(dependants) > 0 {
		return &topology.FieldError{
			Address: a, Field: field, Err: errors.New(a.String() + " is in use by " + listAddresses(dependants) + ", and another " + field + " is another volume"),
			Hint: "Remove it there first, or undo the change.",
		}
	}
	return nil
}
