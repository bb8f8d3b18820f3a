package provider

import (
	"bytes"
	"context"
	"sync/atomic"

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
	last       atomic.Pointer[reading]
}

// reading is what a configuration was read as: the one that is validated is
// planned next.
type reading struct {
	from    *tfprotov6.DynamicValue
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

// ValidateResourceConfig says what is wrong with a configuration.
func (s *directServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	r := s.resources[req.TypeName]
	read := s.read(r, req.Config)
	validated, can := s.configure(ctx, r).(resource.ResourceWithValidateConfig)
	if !read.ok || !can {
		return s.ProviderServer.ValidateResourceConfig(ctx, req)
	}
	var resp resource.ValidateConfigResponse
	validated.ValidateConfig(ctx, resource.ValidateConfigRequest{Config: read.config}, &resp)
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: onWire(resp.Diagnostics)}, nil
}

// PlanResourceChange says what a configuration leads to.
func (s *directServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	r := s.resources[req.TypeName]
	read := s.read(r, req.Config)
	planner, can := s.configure(ctx, r).(resource.ResourceWithModifyPlan)
	if !read.ok || !can || !bytes.Equal(req.PriorState.MsgPack, null) {
		return s.ProviderServer.PlanResourceChange(ctx, req)
	}
	resp := resource.ModifyPlanResponse{Plan: read.planned}
	planner.ModifyPlan(ctx, resource.ModifyPlanRequest{
		Config: read.config, Plan: read.planned, State: tfsdk.State{Raw: tftypes.NewValue(r.wire, nil), Schema: r.schema},
	}, &resp)
	state, err := tfprotov6.NewDynamicValue(r.wire, resp.Plan.Raw)
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: &state, Diagnostics: onWire(resp.Diagnostics)}, err
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
func (s *directServer) read(r directResource, from *tfprotov6.DynamicValue) *reading {
	if last := s.last.Load(); last != nil && last.from == from {
		return last
	}
	out := &reading{from: from}
	if r.make == nil {
		return out
	}
	raw, err := from.Unmarshal(r.wire)
	if err != nil || raw.IsNull() || !raw.IsKnown() {
		return out
	}
	out.config, out.planned = tfsdk.Config{Raw: raw, Schema: r.schema}, tfsdk.Plan{Schema: r.schema}
	out.planned.Raw, out.ok = r.rules.fill(raw)
	s.last.Store(out)
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
