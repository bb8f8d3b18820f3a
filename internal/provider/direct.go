package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// directServer is the framework's server of a provider, but for the two things
// that the command asks of every resource: whether its configuration is valid,
// and what would be new of it. The framework walks the schema several times for
// each, which takes milliseconds, where a pass over the attributes will do. Both
// say the same: what the pass does not find in order is left to the framework.
type directServer struct {
	tfprotov6.ProviderServer
	configured func() any // what resources are configured with, nil for nothing
	resources  map[string]directResource
}

type directResource struct {
	make  func() workable
	wire  tftypes.Object
	new   tfsdk.State // what there is of one that is new
	rules rules
	// filledIn is which attributes a plan fills in.
	filledIn map[string]bool
}

// workable is what the resources of this provider are. Attributes are by name;
// those that are null may be left out.
type workable interface {
	Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse)
	// check says what is wrong with a configuration, as far as that is known
	// without an engine.
	check(config map[string]tftypes.Value) diag.Diagnostics
	// complete fills in a draft, and says what is wrong with it: at least what
	// check does, where the name is known. Of the request it uses the state and
	// what is kept beside it.
	complete(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse)
}

// validate is the ValidateConfig of a resource.
func validate(r workable, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, err := attributesOf(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the configuration", err.Error())
		return
	}
	resp.Diagnostics.Append(r.check(config)...)
}

// modify is the ModifyPlan of a resource that is wanted.
func modify(ctx context.Context, r workable, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	d, err := newDraft(req.Plan, req.Config)
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the plan", err.Error())
		return
	}
	r.complete(ctx, d, req, resp)
	resp.Plan.Raw = tftypes.NewValue(req.Plan.Raw.Type(), d.attributes)
}

// null is a null in MessagePack: no prior state.
var null = []byte{0xc0}

// writes says that write-only values are understood.
var writes = &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}

func newDirectServer(ctx context.Context, p provider.Provider, configured func() any) *directServer {
	s := &directServer{ProviderServer: providerserver.NewProtocol6(p)(), configured: configured, resources: map[string]directResource{}}
	var said provider.MetadataResponse
	p.Metadata(ctx, provider.MetadataRequest{}, &said)
	for _, newResource := range p.Resources(ctx) {
		var named resource.MetadataResponse
		var described resource.SchemaResponse
		r := newResource()
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: said.TypeName}, &named)
		r.Schema(ctx, resource.SchemaRequest{}, &described)
		wire := described.Schema.Type().TerraformType(ctx).(tftypes.Object)
		rules := rulesOf(ctx, described.Schema.Attributes)
		s.resources[named.TypeName] = directResource{
			make: func() workable { return newResource().(workable) }, wire: wire, rules: rules, filledIn: rules.filledIn(),
			new: tfsdk.State{Raw: tftypes.NewValue(wire, nil), Schema: described.Schema},
		}
	}
	return s
}

// ValidateAttributes says what is wrong with a configuration.
func (s *directServer) ValidateAttributes(ctx context.Context, name string, config map[string]tftypes.Value) ([]*tfprotov6.Diagnostic, error) {
	r := s.resources[name]
	if _, ok := r.draft(config); ok {
		return onWire(s.configure(ctx, r).check(config)), nil
	}
	packed, err := r.pack(config)
	if err != nil {
		return nil, err
	}
	resp, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: packed, ClientCapabilities: writes})
	if err != nil {
		return nil, err
	}
	return resp.Diagnostics, nil
}

// PlanAttributes says that and, if nothing is, what it leads to.
func (s *directServer) PlanAttributes(ctx context.Context, name string, config map[string]tftypes.Value) (map[string]tftypes.Value, []*tfprotov6.Diagnostic, error) {
	r := s.resources[name]
	d, ok := r.draft(config)
	if !ok {
		return s.planOnWire(ctx, name, config)
	}
	planner := s.configure(ctx, r)
	var resp resource.ModifyPlanResponse
	planner.complete(ctx, d, resource.ModifyPlanRequest{State: r.new}, &resp)
	if resp.Diagnostics.HasError() || !config["name"].IsKnown() {
		if wrong := planner.check(config); wrong.HasError() { // comes first
			return nil, onWire(wrong), nil
		}
	}
	return d.attributes, onWire(resp.Diagnostics), nil
}

// planOnWire leaves both to the framework.
func (s *directServer) planOnWire(ctx context.Context, name string, config map[string]tftypes.Value) (map[string]tftypes.Value, []*tfprotov6.Diagnostic, error) {
	r := s.resources[name]
	packed, err := r.pack(config)
	if err != nil {
		return nil, nil, err
	}
	valid, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: packed, ClientCapabilities: writes})
	if err != nil {
		return nil, nil, err
	}
	if slices.ContainsFunc(valid.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
		return nil, valid.Diagnostics, nil
	}
	resp, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: &tfprotov6.DynamicValue{MsgPack: null}, ProposedNewState: packed, Config: packed,
	})
	if err != nil || resp.PlannedState == nil {
		return nil, nil, err
	}
	said := slices.Concat(valid.Diagnostics, resp.Diagnostics)
	planned, err := resp.PlannedState.Unmarshal(r.wire)
	if err != nil || planned.IsNull() {
		return nil, said, err
	}
	attributes, err := attributesOf(planned)
	return attributes, said, err
}

// pack writes attributes, and null for those that are left out, as the protocol has them.
func (r directResource) pack(attributes map[string]tftypes.Value) (*tfprotov6.DynamicValue, error) {
	all := map[string]tftypes.Value{}
	for name, of := range r.wire.AttributeTypes {
		var ok bool
		if all[name], ok = attributes[name]; !ok {
			all[name] = tftypes.NewValue(of, nil)
		}
	}
	packed, err := tfprotov6.NewDynamicValue(r.wire, tftypes.NewValue(r.wire, all))
	return &packed, err
}

// configure returns a resource that is configured.
func (s *directServer) configure(ctx context.Context, r directResource) workable {
	made := r.make()
	made.Configure(ctx, resource.ConfigureRequest{ProviderData: s.configured()}, &resource.ConfigureResponse{})
	return made
}

// onWire writes diagnostics as the protocol has them.
func onWire(diags diag.Diagnostics) []*tfprotov6.Diagnostic {
	var out []*tfprotov6.Diagnostic
	for _, d := range diags {
		one := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: d.Summary(), Detail: d.Detail()}
		if d.Severity() == diag.SeverityWarning {
			one.Severity = tfprotov6.DiagnosticSeverityWarning
		}
		if placed, ok := d.(diag.DiagnosticWithPath); ok {
			one.Attribute = pathOnWire(placed.Path())
		}
		out = append(out, one)
	}
	return out
}

// pathOnWire writes a path of attributes and map keys, which are all that a
// resource points at.
func pathOnWire(p path.Path) *tftypes.AttributePath {
	out := tftypes.NewAttributePath()
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			out = out.WithAttributeName(string(step))
		case path.PathStepElementKeyString:
			out = out.WithElementKeyString(string(step))
		}
	}
	return out
}
