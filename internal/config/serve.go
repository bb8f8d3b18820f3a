package config

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// Raw returns Value as the provider's own framework takes it.
func (r *Resource) Raw() (tftypes.Value, error) { return r.planned.Unmarshal(r.schema.wire) }

// Replan makes Value what the provider's own framework has in its place.
func (r *Resource) Replan(raw tftypes.Value) error {
	planned, err := tfprotov6.NewDynamicValue(r.schema.wire, raw)
	if err != nil {
		return err
	}
	v, err := msgpack.Unmarshal(planned.MsgPack, r.schema.typ)
	if err != nil {
		return err
	}
	r.Value, r.planned = v, &planned
	return nil
}

func (s *schema) encode(v cty.Value) (*tfprotov6.DynamicValue, error) {
	packed, err := msgpack.Marshal(v, s.typ)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.DynamicValue{MsgPack: packed}, nil
}

// configure evaluates the provider block and, if that is asked for, configures the
// server with it.
func (ev *evaluator) configure(in *instance) hcl.Diagnostics {
	s, block := ev.protocol.provider, in.module.provider
	var diags hcl.Diagnostics
	one := &Resource{Address: "provider." + providerName, schema: s, body: hcl.EmptyBody()}
	v := s.null()
	if block != nil {
		one.body, one.DeclRange = block.body, block.declRange
		one.scope = ev.scope(in, dynblock.VariablesHCLDec(block.body, s.spec), repetition{})
		v, diags = hcldec.Decode(dynblock.Expand(block.body, one.scope), s.spec, one.scope)
		if diags.HasErrors() {
			return diags
		}
		v, _ = v.UnmarkDeep()
	}
	ev.provider = Provider{Value: v, DeclRange: one.DeclRange}
	config, err := s.encode(v)
	if err != nil {
		return append(diags, errorf(one.DeclRange, "Wrong provider block", "%v.", err)...)
	}
	valid, err := ev.protocol.server.ValidateProviderConfig(ev.ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		return append(diags, errorf(one.DeclRange, "Wrong provider block", "%v.", err)...)
	}
	diags = append(diags, one.diagnostics(valid.Diagnostics)...)
	if diags.HasErrors() || !ev.options.Configure {
		return diags
	}
	resp, err := ev.protocol.server.ConfigureProvider(ev.ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: LanguageVersion, Config: config})
	if err != nil {
		return append(diags, errorf(one.DeclRange, "Wrong provider block", "%v.", err)...)
	}
	return append(diags, one.diagnostics(resp.Diagnostics)...)
}

// validate asks the server whether the configuration of a resource is valid.
func (p *protocol) validate(ctx context.Context, r *Resource, config *tfprotov6.DynamicValue) hcl.Diagnostics {
	resp, err := p.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: r.Type, Config: config})
	if err != nil {
		return r.failed(err)
	}
	return r.diagnostics(resp.Diagnostics)
}

// plan asks the server what a new resource of this configuration would be.
func (p *protocol) plan(ctx context.Context, r *Resource, config *tfprotov6.DynamicValue) hcl.Diagnostics {
	proposed, err := r.schema.proposed(r.Config, config)
	if err != nil {
		return r.failed(err)
	}
	resp, err := p.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: r.Type, PriorState: r.schema.nothing, ProposedNewState: proposed, Config: config,
	})
	if err != nil {
		return r.failed(err)
	}
	diags := r.diagnostics(resp.Diagnostics)
	if diags.HasErrors() {
		return diags
	}
	if r.Value, err = msgpack.Unmarshal(resp.PlannedState.MsgPack, r.schema.typ); err != nil {
		return r.failed(err)
	}
	r.planned, r.Private = resp.PlannedState, resp.PlannedPrivate
	return diags
}

// proposed is a configuration without what is only ever written.
func (s *schema) proposed(config cty.Value, encoded *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	isWriteOnly := func(a *tfprotov6.SchemaAttribute) bool { return a.WriteOnly }
	if !slices.ContainsFunc(s.block.Attributes, isWriteOnly) {
		return encoded, nil
	}
	all := config.AsValueMap()
	for _, a := range s.block.Attributes {
		if isWriteOnly(a) {
			all[a.Name] = cty.NullVal(s.typ.AttributeType(a.Name))
		}
	}
	return s.encode(cty.ObjectVal(all))
}

func (r *Resource) failed(err error) hcl.Diagnostics {
	return errorf(r.DeclRange, "Cannot plan "+r.Address, "%v.", err)
}

var errNull = errors.New("it is null, and true or false is wanted")

// toBool reads the value of a condition; one that is not known is true.
func toBool(v cty.Value) (bool, error) {
	v, err := convert.Convert(v, cty.Bool)
	if err != nil {
		return false, err
	}
	if !v.IsKnown() {
		return true, nil
	}
	if v.IsNull() {
		return false, errNull
	}
	return v.True(), nil
}
