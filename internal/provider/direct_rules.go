package provider

import (
	"context"
	"math/big"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// rules hold what a schema asks of the attributes of an object that is new.
type rules map[string]rule

// filledIn returns which of the attributes a plan fills in.
func (all rules) filledIn() map[string]bool {
	out := map[string]bool{}
	for name, r := range all {
		if r.unknown.Type() != nil {
			out[name] = true
		}
	}
	return out
}

type rule struct {
	required, readOnly, whole bool
	writeOnly                 bool          // no plan has it
	left                      bool          // to the framework, where it is configured
	fallback                  tftypes.Value // what stands for null; its type is nil when nothing does
	unknown                   tftypes.Value // what a plan fills in where it is null; its type is nil when it does not
	nested                    rules         // of the object, or of the objects in the map
}

func rulesOf(ctx context.Context, attributes map[string]schema.Attribute) rules {
	out := rules{}
	for name, a := range attributes {
		r := rule{writeOnly: a.IsWriteOnly(), required: a.IsRequired(), readOnly: !a.IsRequired() && !a.IsOptional(), left: asksMore(a)}
		_, r.whole = a.GetType().(whole)
		r.fallback = fallbackOf(ctx, a)
		if isFilledIn(a) {
			r.unknown = tftypes.NewValue(a.GetType().TerraformType(ctx), tftypes.UnknownValue)
		}
		switch a := a.(type) {
		case schema.SingleNestedAttribute:
			r.nested = rulesOf(ctx, a.Attributes)
		case schema.MapNestedAttribute:
			r.nested = rulesOf(ctx, a.NestedObject.Attributes)
		}
		out[name] = r
	}
	return out
}

// asksMore reports whether the framework does more for a value of an attribute
// than this package does.
func asksMore(a schema.Attribute) bool {
	if number, is := a.(schema.Int64Attribute); is && number.CustomType == (whole{}) {
		number.CustomType = nil
		a = number
	}
	return slices.ContainsFunc([]string{"CustomType", "DeprecationMessage", "Validators"}, func(field string) bool {
		return !reflect.ValueOf(a).FieldByName(field).IsZero()
	})
}

func fallbackOf(ctx context.Context, a schema.Attribute) tftypes.Value {
	var v interface {
		ToTerraformValue(context.Context) (tftypes.Value, error)
	}
	switch a := a.(type) {
	case schema.BoolAttribute:
		if a.Default != nil {
			var resp defaults.BoolResponse
			a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
			v = resp.PlanValue
		}
	case schema.Int64Attribute:
		if a.Default != nil {
			var resp defaults.Int64Response
			a.Default.DefaultInt64(ctx, defaults.Int64Request{}, &resp)
			v = resp.PlanValue
		}
	case schema.StringAttribute:
		if a.Default != nil {
			var resp defaults.StringResponse
			a.Default.DefaultString(ctx, defaults.StringRequest{}, &resp)
			v = resp.PlanValue
		}
	}
	if v == nil {
		return tftypes.Value{}
	}
	out, err := v.ToTerraformValue(ctx)
	if err != nil {
		return tftypes.Value{}
	}
	return out
}

// draft returns the draft of a resource that is new, false when there is
// something in its configuration that the schema refuses.
func (r directResource) draft(config map[string]tftypes.Value) (*draft, bool) {
	d := &draft{config: config, attributes: make(map[string]tftypes.Value, len(config)+len(r.filledIn)), filledIn: r.filledIn}
	for name, r := range r.rules {
		v, written := config[name]
		switch {
		case written && !v.IsNull():
			filled, ok := r.fill(v)
			if !ok {
				return d, false
			}
			d.attributes[name] = filled
		case r.unknown.Type() != nil:
			d.attributes[name] = r.unknown
		case r.fallback.Type() != nil:
			d.attributes[name] = r.fallback
		case r.required:
			return d, false
		}
	}
	return d, true
}

// fill returns an object with what stands for its nulls, false when there is
// something in it that the schema refuses.
func (all rules) fill(object tftypes.Value) (tftypes.Value, bool) {
	attributes, err := attributesOf(object)
	if err != nil {
		return object, false
	}
	for name, r := range all {
		filled, ok := r.fill(attributes[name])
		if !ok {
			return object, false
		}
		attributes[name] = filled
	}
	return tftypes.NewValue(object.Type(), attributes), true
}

func (r rule) fill(v tftypes.Value) (tftypes.Value, bool) {
	switch {
	case v.IsNull() && r.fallback.Type() != nil:
		return r.fallback, true
	case v.IsNull():
		return v, !r.required
	case r.readOnly || r.left:
		return v, false
	case r.writeOnly:
		return tftypes.NewValue(v.Type(), nil), true
	case !v.IsKnown():
		return v, true
	case r.whole:
		var n big.Float
		err := v.As(&n)
		_, accuracy := n.Int64()
		return v, err == nil && accuracy == big.Exact
	case v.Type().Is(tftypes.Map{}) && r.nested != nil:
		return r.nested.fillEach(v)
	case r.nested != nil:
		return r.nested.fill(v)
	}
	return v, true
}

func (all rules) fillEach(m tftypes.Value) (tftypes.Value, bool) {
	elements, err := attributesOf(m)
	if err != nil {
		return m, false
	}
	for key, element := range elements {
		if element.IsNull() || !element.IsKnown() {
			return m, false
		}
		filled, ok := all.fill(element)
		if !ok {
			return m, false
		}
		elements[key] = filled
	}
	return tftypes.NewValue(m.Type(), elements), true
}
