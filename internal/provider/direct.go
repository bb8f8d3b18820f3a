package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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

// reading is what a configuration was read as.
type reading struct {
	config  tfsdk.Config
	planned tfsdk.Plan
	ok      bool
}

type directResource struct {
	make   func() resource.Resource
	schema schema.Schema
	wire   tftypes.Type
	rules  rules
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
		s.resources[named.TypeName] = directResource{
			make: newResource, schema: described.Schema,
			wire: described.Schema.Type().TerraformType(ctx), rules: rulesOf(ctx, described.Schema.Attributes),
		}
	}
	return s
}

// ValidateValue says what is wrong with a configuration.
func (s *directServer) ValidateValue(ctx context.Context, name string, config tftypes.Value) ([]*tfprotov6.Diagnostic, error) {
	r := s.resources[name]
	read := s.read(r, config)
	validated, can := s.configure(ctx, r).(resource.ResourceWithValidateConfig)
	if !read.ok || !can {
		packed, err := tfprotov6.NewDynamicValue(r.wire, config)
		if err != nil {
			return nil, err
		}
		resp, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: &packed, ClientCapabilities: writes})
		if err != nil {
			return nil, err
		}
		return resp.Diagnostics, nil
	}
	return onWire(validate(ctx, validated, read)), nil
}

func validate(ctx context.Context, r resource.ResourceWithValidateConfig, read *reading) diag.Diagnostics {
	var resp resource.ValidateConfigResponse
	r.ValidateConfig(ctx, resource.ValidateConfigRequest{Config: read.config}, &resp)
	return resp.Diagnostics
}

// workable is what the resources of this provider are.
type workable interface {
	resource.ResourceWithValidateConfig
	resource.ResourceWithModifyPlan
}

// PlanValue says that and, if nothing is, what it leads to.
func (s *directServer) PlanValue(ctx context.Context, name string, config tftypes.Value) (tftypes.Value, []*tfprotov6.Diagnostic, error) {
	r := s.resources[name]
	read := s.read(r, config)
	planner, can := s.configure(ctx, r).(workable)
	if !read.ok || !can {
		return s.planOnWire(ctx, name, config)
	}
	diags := validate(ctx, planner, read)
	if diags.HasError() {
		return tftypes.Value{}, onWire(diags), nil
	}
	resp := resource.ModifyPlanResponse{Plan: read.planned, Diagnostics: diags}
	planner.ModifyPlan(ctx, resource.ModifyPlanRequest{
		Config: read.config, Plan: read.planned, State: tfsdk.State{Raw: tftypes.NewValue(r.wire, nil), Schema: r.schema},
	}, &resp)
	return resp.Plan.Raw, onWire(resp.Diagnostics), nil
}

// planOnWire leaves both to the framework.
func (s *directServer) planOnWire(ctx context.Context, name string, config tftypes.Value) (tftypes.Value, []*tfprotov6.Diagnostic, error) {
	wire := s.resources[name].wire
	packed, err := tfprotov6.NewDynamicValue(wire, config)
	if err != nil {
		return tftypes.Value{}, nil, err
	}
	valid, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: &packed, ClientCapabilities: writes})
	if err != nil {
		return tftypes.Value{}, nil, err
	}
	if slices.ContainsFunc(valid.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
		return tftypes.Value{}, valid.Diagnostics, nil
	}
	resp, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: &tfprotov6.DynamicValue{MsgPack: null}, ProposedNewState: &packed, Config: &packed,
	})
	if err != nil || resp.PlannedState == nil {
		return tftypes.Value{}, nil, err
	}
	planned, err := resp.PlannedState.Unmarshal(wire)
	return planned, slices.Concat(valid.Diagnostics, resp.Diagnostics), err
}

// configure returns a resource that is configured, nil for a type that there is not.
func (s *directServer) configure(ctx context.Context, r directResource) resource.Resource {
	if r.make == nil {
		return nil
	}
	made := r.make()
	if configurable, ok := made.(resource.ResourceWithConfigure); ok {
		configurable.Configure(ctx, resource.ConfigureRequest{ProviderData: s.configured()}, &resource.ConfigureResponse{})
	}
	return made
}

// read returns a configuration and the draft of a plan that it makes, not ok
// when it is not what the schema describes.
func (s *directServer) read(r directResource, raw tftypes.Value) *reading {
	out := &reading{}
	if r.make == nil || raw.IsNull() || !raw.IsKnown() {
		return out
	}
	out.config, out.planned = tfsdk.Config{Raw: raw, Schema: r.schema}, tfsdk.Plan{Schema: r.schema}
	out.planned.Raw, out.ok = r.rules.fill(raw)
	return out
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
