package provider

import (
	"encoding"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"strconv"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Encode returns a planned resource as a noun of a topology has it. What means
// the same stays as it is spelled.
func Encode(planned tftypes.Value, noun any) (tftypes.Value, error) { return encode(planned, noun) }

// encode returns object with the attributes that the struct from has fields
// for, by `attr` tag, as they are there. What already means the same stays as
// it is spelled, down to the single attribute and map key.
func encode(object tftypes.Value, from any) (tftypes.Value, error) {
	attributes, err := attributesOf(object)
	if err == nil {
		err = encodeInto(attributes, from, func(string) bool { return true })
	}
	if err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(object.Type(), attributes), nil
}

// encodeInto is encode for those of an object's attributes that want selects.
// Secrets are write-only and stay out.
func encodeInto(attributes map[string]tftypes.Value, from any, want func(name string) bool) (err error) {
	v := reflect.Indirect(reflect.ValueOf(from))
	for name, i := range fieldsOf(v.Type()) {
		old, ok := attributes[name]
		if !ok || !want(name) {
			continue
		}
		if _, secret := v.Field(i).Interface().(map[string]topology.Secret); secret {
			continue
		}
		if attributes[name], err = encodeValue(old.Type(), old, v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// attributesOf returns a copy of an object's attributes.
func attributesOf(object tftypes.Value) (map[string]tftypes.Value, error) {
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		return nil, err
	}
	return maps.Clone(attributes), nil
}

// encodeValue returns v as a value of type t, or old where that means the same.
func encodeValue(t tftypes.Type, old tftypes.Value, v reflect.Value) (tftypes.Value, error) {
	if same(old, v) {
		return old, nil
	}
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		s, err := text.MarshalText()
		return encodeString(t, string(s)), err
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return tftypes.NewValue(t, nil), nil
		}
		return encodeValue(t, old, v.Elem())
	case reflect.Struct:
		return encodeStruct(t, old, v)
	case reflect.Map:
		return encodeMap(t, old, v)
	case reflect.Slice:
		return encodeList(t, v)
	}
	return encodeScalar(t, v)
}

// same reports whether an old value is there, known, and means v. Null is not
// what a default means, be it false or the restart policy "no".
func same(old tftypes.Value, v reflect.Value) bool {
	if old.Type() == nil || !old.IsFullyKnown() || old.IsNull() && (v.Kind() == reflect.Bool || !v.IsZero()) {
		return false
	}
	known := reflect.New(v.Type()).Elem()
	d := decoder{unknown: unknowns{}}
	return d.value(old, known, nil) == nil && plan.Equal(known, v)
}

func encodeStruct(t tftypes.Type, old tftypes.Value, v reflect.Value) (tftypes.Value, error) {
	object, ok := t.(tftypes.Object)
	if !ok {
		return tftypes.Value{}, fmt.Errorf("a %s is no %s", v.Type(), t)
	}
	olds := map[string]tftypes.Value{}
	if old.Type() != nil && old.IsKnown() && !old.IsNull() {
		if err := old.As(&olds); err != nil {
			return tftypes.Value{}, err
		}
	}
	out := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		out[name] = tftypes.NewValue(of, nil)
		if o, ok := olds[name]; ok {
			out[name] = o
		}
	}
	for name, i := range fieldsOf(v.Type()) {
		of, ok := object.AttributeTypes[name]
		if !ok {
			continue
		}
		var err error
		if out[name], err = encodeValue(of, olds[name], v.Field(i)); err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return tftypes.NewValue(t, out), nil
}

func encodeMap(t tftypes.Type, old tftypes.Value, v reflect.Value) (tftypes.Value, error) {
	m, ok := t.(tftypes.Map)
	if !ok {
		return tftypes.Value{}, fmt.Errorf("a %s is no %s", v.Type(), t)
	}
	if v.Len() == 0 {
		return tftypes.NewValue(t, nil), nil
	}
	olds := map[string]tftypes.Value{}
	if old.Type() != nil && old.IsKnown() && !old.IsNull() {
		if err := old.As(&olds); err != nil {
			return tftypes.Value{}, err
		}
	}
	out := map[string]tftypes.Value{}
	for it := v.MapRange(); it.Next(); {
		key := it.Key().String()
		element, err := encodeElement(m.ElementType, olds[key], it.Value())
		if err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = element
	}
	return tftypes.NewValue(t, out), nil
}

func encodeList(t tftypes.Type, v reflect.Value) (tftypes.Value, error) {
	var of tftypes.Type
	switch t := t.(type) {
	case tftypes.List:
		of = t.ElementType
	case tftypes.Set:
		of = t.ElementType
	default:
		return tftypes.Value{}, fmt.Errorf("a %s is no %s", v.Type(), t)
	}
	if v.Len() == 0 {
		return tftypes.NewValue(t, nil), nil
	}
	var out []tftypes.Value
	for i := range v.Len() {
		element, err := encodeElement(of, tftypes.Value{}, v.Index(i))
		if err != nil {
			return tftypes.Value{}, err
		}
		out = append(out, element)
	}
	return tftypes.NewValue(t, out), nil
}

// encodeElement is encodeValue inside a list or map, where an empty string is a value.
func encodeElement(t tftypes.Type, old tftypes.Value, v reflect.Value) (tftypes.Value, error) {
	if v.Kind() == reflect.String && v.Len() == 0 {
		return tftypes.NewValue(t, ""), nil
	}
	return encodeValue(t, old, v)
}

// encodeScalar writes a string or number that is not set as null.
func encodeScalar(t tftypes.Type, v reflect.Value) (tftypes.Value, error) {
	switch v.Kind() {
	case reflect.String:
		return encodeString(t, v.String()), nil
	case reflect.Bool:
		return tftypes.NewValue(t, v.Bool()), nil
	case reflect.Int64:
		if v.Int() == 0 {
			return tftypes.NewValue(t, nil), nil
		}
		return tftypes.NewValue(t, new(big.Float).SetInt64(v.Int())), nil
	case reflect.Float64:
		if v.Float() == 0 {
			return tftypes.NewValue(t, nil), nil
		}
		return tftypes.NewValue(t, decimal(v.Float())), nil
	}
	return tftypes.Value{}, fmt.Errorf("no attribute is a %s", v.Type())
}

func encodeString(t tftypes.Type, s string) tftypes.Value {
	if s == "" {
		return tftypes.NewValue(t, nil)
	}
	return tftypes.NewValue(t, s)
}

// decimal returns the shortest decimal that means f, as Terraform has the
// numbers of a configuration: 0.1, not its nearest binary fraction.
func decimal(f float64) *big.Float {
	const precision = 512 // of cty's numbers
	d, _, err := big.ParseFloat(strconv.FormatFloat(f, 'g', -1, 64), 10, precision, big.ToNearestEven)
	if err != nil {
		return big.NewFloat(f)
	}
	return d
}
