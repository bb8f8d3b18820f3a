package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// Attributes returns Value as the provider's own framework takes it, by attribute.
// What is not there is null. It is not to be changed.
func (r *Resource) Attributes() map[string]tftypes.Value { return r.planned }

// Raw returns Value as the provider's own framework takes it.
func (r *Resource) Raw() tftypes.Value {
	all := make(map[string]tftypes.Value, len(r.schema.wire.AttributeTypes))
	for name, t := range r.schema.wire.AttributeTypes {
		var planned bool
		if all[name], planned = r.planned[name]; !planned {
			all[name] = tftypes.NewValue(t, nil)
		}
	}
	return tftypes.NewValue(r.schema.wire, all)
}

// Replan makes Value what the provider's own framework has in its place.
func (r *Resource) Replan(raw tftypes.Value) error {
	r.planned, r.value = nil, cty.NilVal
	return raw.As(&r.planned)
}

// Value returns what the configuration makes of the resource, of the schema's type
// and without marks: with defaults and all that the provider fills in. The first
// call makes it, so that calls must not overlap.
func (r *Resource) Value() (cty.Value, error) {
	if r.value != cty.NilVal {
		return r.value, nil
	}
	all := maps.Clone(r.schema.nulls)
	for name, v := range r.planned {
		var err error
		if all[name], err = fromProvider(v, r.schema.typ.AttributeType(name)); err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
	}
	r.value = cty.ObjectVal(all)
	return r.value, nil
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
		_, written := s.concerning(block.body)
		diags = append(diags, one.dropped(written)...)
	}
	ev.provider = Provider{Value: v, DeclRange: one.DeclRange, wire: s.wire}
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

// question is what a server is asked of a resource.
type question struct {
	*Resource
	protocol   *protocol
	attributes map[string]tftypes.Value // the configuration, for a server in process
	config     cty.Value                // the same for another, with all that nobody wrote,
	packed     *tfprotov6.DynamicValue  // and on the wire
}

// ask prepares to ask about a resource or, which is always done on the wire, a data source.
func (p *protocol) ask(r *Resource, data bool) (question, error) {
	q := question{Resource: r, protocol: p}
	if p.inProcess != nil && !data {
		q.attributes = r.schema.attributes(r.Config)
		return q, nil
	}
	q.config = r.schema.whole(r.Config)
	var err error
	q.packed, err = r.schema.encode(q.config)
	return q, err
}

// validate asks whether the configuration is valid.
func (q question) validate(ctx context.Context) hcl.Diagnostics {
	if q.protocol.inProcess != nil {
		said, err := q.protocol.inProcess.ValidateAttributes(ctx, q.Type, q.attributes)
		if err != nil {
			return q.failed(err)
		}
		return q.diagnostics(said)
	}
	resp, err := q.protocol.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: q.Type, Config: q.packed})
	if err != nil {
		return q.failed(err)
	}
	return q.diagnostics(resp.Diagnostics)
}

// plan asks so too and, if it is, what a new resource of it would be.
func (q question) plan(ctx context.Context) hcl.Diagnostics {
	if q.protocol.inProcess != nil {
		planned, said, err := q.protocol.inProcess.PlanAttributes(ctx, q.Type, q.attributes)
		if err != nil {
			return q.failed(err)
		}
		q.planned = planned
		return q.diagnostics(said)
	}
	diags := q.validate(ctx)
	if diags.HasErrors() {
		return diags
	}
	proposed, err := q.schema.proposed(q.config, q.packed)
	if err != nil {
		return append(diags, q.failed(err)...)
	}
	resp, err := q.protocol.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: q.Type, PriorState: q.schema.nothing, ProposedNewState: proposed, Config: q.packed,
	})
	if err != nil {
		return append(diags, q.failed(err)...)
	}
	if diags = append(diags, q.diagnostics(resp.Diagnostics)...); diags.HasErrors() {
		return diags
	}
	q.Private = resp.PlannedPrivate
	raw, err := resp.PlannedState.Unmarshal(q.schema.wire)
	return q.take(raw, diags, err)
}

// take notes what a resource would be, unless there are errors.
func (q question) take(raw tftypes.Value, diags hcl.Diagnostics, err error) hcl.Diagnostics {
	if err == nil && !diags.HasErrors() {
		err = q.Replan(raw)
	}
	if err != nil {
		return append(diags, q.failed(err)...)
	}
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
