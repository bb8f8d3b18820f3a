package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ resource.ResourceWithConfigure      = (*relationshipResource)(nil)
	_ workable                            = (*relationshipResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*relationshipResource)(nil)
	_ resource.ResourceWithValidateConfig = (*relationshipResource)(nil)
	_ resource.ResourceWithImportState    = (*relationshipResource)(nil)
	_ resource.ResourceWithIdentity       = (*relationshipResource)(nil)
	_ resource.ResourceWithMoveState      = (*relationshipResource)(nil)
)

func newRelationship() resource.Resource {
	return &relationshipResource{base{kind: topology.KindRelationship}}
}

// relationshipResource is bayplan_relationship.
type relationshipResource struct{ base }

func (r *relationshipResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An edge between those who need something and what they need: a network of its own, in which the target " +
			"answers to the relationship's host name. It can be led to another target without its consumers restarting. " +
			"Consumers of one relationship share its network; declare one each to keep them apart.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Name, a DNS label of at most 40 characters. Consumers reach the target as `<name>.internal`.",
			},
			"target": schema.SingleNestedAttribute{
				Required: true,
				MarkdownDescription: "What it leads to: the app or service itself, `target = bayplan_service.db`. " +
					"Another target is connected before the former one is disconnected.",
				Attributes: referenceAttributes(),
			},
			"endpoint": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Which of the target's `endpoints` it leads to. Without it, the target's own port.",
			},
			"constraint": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Versions of the target that will do, such as `>= 2.1, < 3.0`. A plan that does not meet it fails. " +
					"`8.4-bookworm` is version 8.4.",
			},
			"condition": schema.StringAttribute{
				Optional: true,
				Computed: true,
				Default:  stringdefault.StaticString(string(topology.ConditionHealthy)),
				MarkdownDescription: "What a consumer waits for before it starts: the target `started`, `healthy` or `completed`. " +
					"Defaults to `healthy`.",
			},
			"id":             computedString("Identifier, `<environment>/<name>`."),
			"address":        computedString("Address, such as `relationship.db`."),
			"target_address": computedString("Address of the app or service at the end."),
			"host":           computedString("Host name under which consumers reach the target."),
			"port":           schema.Int64Attribute{CustomType: whole{}, Computed: true, MarkdownDescription: "Port."},
			"scheme":         computedString("URL scheme."),
			"path":           computedString("URL path."),
			"username":       computedString("User that consumers connect as."),
			"database":       computedString("Name of the database."),
			"principal":      computedString("Name that the user's password is derived from."),
			"version":        computedString("Version of the target."),
			"endpoints":      computedEndpoints("What the target listens on, by name."),
			"network":        computedString("Name of the network, on the engine."),
			"impact":         impactAttribute(),
		},
	}
}

func computedEndpoints(description string) schema.MapNestedAttribute {
	a := endpointsAttribute(true, description)
	a.Optional = false
	return a
}

// ValidateConfig checks what is known without an engine.
func (r *relationshipResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validate(r, req, resp)
}

func (r *relationshipResource) check(config map[string]tftypes.Value) (diags diag.Diagnostics) {
	var v topology.Relationship
	unknown, err := decodeAttributes(config, &v)
	if err == nil {
		_, err = checkRelationship(v, unknown)
	}
	report(&diags, "validate", r.at(v.Name), err)
	return diags
}

// checkRelationship returns what consumers know of a relationship, and what is
// wrong with what is known of it.
func checkRelationship(v topology.Relationship, unknown unknowns) (topology.Reference, error) {
	reference, errs := topology.RelationshipReference(v)
	errs = append(topology.CheckRelationship(v), errs...)
	var left []*topology.FieldError
	for _, e := range errs {
		// Endpoint and constraint are judged by the target.
		if !unknown.any(e.Field) && (!unknown.any("target") || e.Field == "name" || e.Field == "condition") {
			left = append(left, e)
		}
	}
	return reference, joinFields(left)
}

// ModifyPlan fills in what follows from the target and says what a change does.
func (r *relationshipResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !req.Plan.Raw.IsNull() {
		modify(ctx, r, req, resp)
	}
}

func (r *relationshipResource) complete(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	a, err := r.fill(ctx, d, req)
	report(&resp.Diagnostics, "plan", a, err)
}

func (r *relationshipResource) fill(ctx context.Context, d *draft, req resource.ModifyPlanRequest) (topology.Address, error) {
	var want topology.Relationship
	unknown, err := d.decode(&want)
	if err != nil || unknown.any("name") {
		return r.at(want.Name), err
	}
	a := r.at(want.Name)
	reference, err := checkRelationship(want, unknown)
	if err != nil {
		return a, err
	}
	if err := d.fill(reference); err != nil {
		return a, err
	}
	if unknown.any("target", "endpoint") {
		d.forget("target_address", "port", "scheme", "path", "username", "database", "principal", "version", "endpoints")
	}
	if r.session != nil {
		d.set(map[string]any{"id": r.scope.ID(a), "network": r.scope.RelationshipNetwork(a.Name)})
	}
	if r.session != nil && len(unknown) == 0 {
		err = r.cost(ctx, d, req, want)
	}
	return a, err
}

// cost sets what the change does.
func (r *relationshipResource) cost(ctx context.Context, d *draft, req resource.ModifyPlanRequest, want topology.Relationship) error {
	a := r.at(want.Name)
	live, create := topology.Live{Scope: r.scope}, req.State.Raw.IsNull()
	var kept keep
	if create {
		if err := r.claims.name(a, true); err != nil {
			return err
		}
		if err := r.networkClash(ctx, a); err != nil {
			return err
		}
	} else {
		var err error
		if kept, _, err = recall(ctx, req.Private); err != nil {
			return err
		}
		live = kept.Live.live(r.scope)
	}
	if r.stateless { // what it costs is for the plan of the whole to say
		return nil
	}
	p, err := plan.Make(r.input(want, live))
	if err != nil {
		return err
	}
	impact := p.Changes[0].Impact
	impact.Hits = kept.Dependants
	return d.settle(req.State.Raw, impact.String())
}

func (r *relationshipResource) input(want topology.Relationship, live topology.Live) plan.Input {
	a := r.at(want.Name)
	return plan.Input{
		Desired: topology.Topology{Scope: r.scope, Relationships: map[topology.Address]topology.Relationship{a: want}},
		Live:    live, About: []topology.Address{a},
	}
}
