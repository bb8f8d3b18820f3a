package config

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// InProcess is a server that takes and gives the attributes of a resource as they
// are, by name and without those that are null, which most are. On the wire all
// would be packed and unpacked again for every question.
type InProcess interface {
	tfprotov6.ProviderServer
	// ValidateAttributes says what is wrong with the configuration of a resource.
	ValidateAttributes(ctx context.Context, resource string, config map[string]tftypes.Value) ([]*tfprotov6.Diagnostic, error)
	// PlanAttributes says so too and, if it is valid, what a new resource of that
	// configuration would be.
	PlanAttributes(ctx context.Context, resource string, config map[string]tftypes.Value) (map[string]tftypes.Value, []*tfprotov6.Diagnostic, error)
}

// attributes returns those of an object that are not null, as a provider has them.
func (s *schema) attributes(object cty.Value) map[string]tftypes.Value {
	out := make(map[string]tftypes.Value, len(object.Type().AttributeTypes()))
	for name := range object.Type().AttributeTypes() {
		if v := object.GetAttr(name); !v.IsNull() {
			out[name] = toProvider(v, s.wire.AttributeTypes[name])
		}
	}
	return out
}

// toProvider returns a value as a provider has it.
func toProvider(v cty.Value, t tftypes.Type) tftypes.Value {
	switch {
	case !v.IsKnown():
		return tftypes.NewValue(t, tftypes.UnknownValue)
	case v.IsNull():
		return tftypes.NewValue(t, nil)
	}
	switch t := t.(type) {
	case tftypes.List:
		return tftypes.NewValue(t, eachOf(v, t.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(t, eachOf(v, t.ElementType))
	case tftypes.Map:
		out := make(map[string]tftypes.Value, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			out[key.AsString()] = toProvider(element, t.ElementType)
		}
		return tftypes.NewValue(t, out)
	case tftypes.Object:
		out := make(map[string]tftypes.Value, len(t.AttributeTypes))
		for name, of := range t.AttributeTypes {
			out[name] = toProvider(v.GetAttr(name), of)
		}
		return tftypes.NewValue(t, out)
	}
	switch v.Type() {
	case cty.String:
		return tftypes.NewValue(t, v.AsString())
	case cty.Bool:
		return tftypes.NewValue(t, v.True())
	}
	return tftypes.NewValue(t, v.AsBigFloat())
}

func eachOf(v cty.Value, of tftypes.Type) []tftypes.Value {
	out := make([]tftypes.Value, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		out = append(out, toProvider(element, of))
	}
	return out
}

// fromProvider returns what a provider's value is in the language.
func fromProvider(v tftypes.Value, t cty.Type) (cty.Value, error) {
	switch {
	case !v.IsKnown():
		return cty.UnknownVal(t), nil
	case v.IsNull():
		return cty.NullVal(t), nil
	case t == cty.String:
		var s string
		err := v.As(&s)
		return cty.StringVal(s), err
	case t == cty.Bool:
		var b bool
		err := v.As(&b)
		return cty.BoolVal(b), err
	case t == cty.Number:
		n := new(big.Float)
		err := v.As(n)
		return cty.NumberVal(n), err
	case t.IsObjectType() || t.IsMapType():
		return fromEntries(v, t)
	case t.IsListType() || t.IsSetType():
		return fromElements(v, t)
	}
	return cty.NilVal, fmt.Errorf("no attribute is a %s", t.FriendlyName())
}

func fromEntries(v tftypes.Value, t cty.Type) (cty.Value, error) {
	var entries map[string]tftypes.Value
	if err := v.As(&entries); err != nil {
		return cty.NilVal, err
	}
	out := make(map[string]cty.Value, len(entries))
	for name, entry := range entries {
		of := t.AttributeType
		if t.IsMapType() {
			of = func(string) cty.Type { return t.ElementType() }
		}
		var err error
		if out[name], err = fromProvider(entry, of(name)); err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case t.IsObjectType():
		return cty.ObjectVal(out), nil
	case len(out) == 0:
		return cty.MapValEmpty(t.ElementType()), nil
	}
	return cty.MapVal(out), nil
}

func fromElements(v tftypes.Value, t cty.Type) (cty.Value, error) {
	var all []tftypes.Value
	if err := v.As(&all); err != nil {
		return cty.NilVal, err
	}
	out := make([]cty.Value, len(all))
	for i, element := range all {
		var err error
		if out[i], err = fromProvider(element, t.ElementType()); err != nil {
			return cty.NilVal, err
		}
	}
	switch {
	case t.IsSetType() && len(out) == 0:
		return cty.SetValEmpty(t.ElementType()), nil
	case t.IsSetType():
		return cty.SetVal(out), nil
	case len(out) == 0:
		return cty.ListValEmpty(t.ElementType()), nil
	}
	return cty.ListVal(out), nil
}
