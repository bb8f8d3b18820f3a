package provider

import (
	"encoding"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// place is a root attribute, or one key of a map there: as exactly as
// Terraform points at a diagnostic.
type place struct{ field, key string }

// placeError is what is wrong with a value that cannot be read.
type placeError struct {
	place
	err error
}

func (e *placeError) Error() string { return e.field + ": " + e.err.Error() }

func (e *placeError) Unwrap() error { return e.err }

// unknowns holds the places of values that are not known yet.
type unknowns map[place]bool

// has reports whether something about an attribute, or about one key of it, is
// not known.
func (u unknowns) has(field, key string) bool {
	if u[place{field, ""}] || u[place{field, key}] {
		return true
	}
	return key == "" && slices.ContainsFunc(slices.Collect(maps.Keys(u)), func(p place) bool { return p.field == field })
}

// any reports whether something about one of the attributes is not known.
func (u unknowns) any(fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return u.has(f, "") })
}

// decode reads an object into the struct that into points to: each attribute
// into the field whose `attr` tag names it. Attributes without a field are
// left out. What is null or not known leaves a field as it is; the latter is
// in the result.
func decode(object tftypes.Value, into any) (unknowns, error) {
	d := decoder{unknown: unknowns{}}
	err := d.value(object, reflect.ValueOf(into).Elem(), nil)
	return d.unknown, err
}

// decodeAttributes is decode for the attributes of an object.
func decodeAttributes(attributes map[string]tftypes.Value, into any) (unknowns, error) {
	d := decoder{unknown: unknowns{}}
	err := d.fields(attributes, reflect.ValueOf(into).Elem(), nil)
	return d.unknown, err
}

// known are the fields of types of structs, as fieldsOf returns them.
var known sync.Map

// fieldsOf returns the field of a struct for each attribute, which its `attr` tag names.
func fieldsOf(of reflect.Type) map[string]int {
	if fields, ok := known.Load(of); ok {
		return fields.(map[string]int)
	}
	out := map[string]int{}
	for i := range of.NumField() {
		if name := of.Field(i).Tag.Get("attr"); name != "" {
			out[name] = i
		}
	}
	known.Store(of, out)
	return out
}

type decoder struct{ unknown unknowns }

func (d *decoder) note(at []string) {
	at = append(at[:len(at):len(at)], "", "")
	d.unknown[place{at[0], at[1]}] = true
}

func (d *decoder) value(v tftypes.Value, into reflect.Value, at []string) error {
	if !v.IsKnown() {
		d.note(at)
		return nil
	}
	if v.IsNull() {
		return nil
	}
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		var s string
		if err := v.As(&s); err != nil {
			return fmt.Errorf("%v: %w", at, err)
		}
		if err := text.UnmarshalText([]byte(s)); err != nil {
			p := place{field: at[0]}
			if len(at) > 2 { // an attribute of a map's value
				p.key = at[1]
			}
			return &placeError{p, err}
		}
		return nil
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return d.value(v, into.Elem(), at)
	case reflect.Struct:
		return d.object(v, into, at)
	case reflect.Map:
		return d.mapping(v, into, at)
	case reflect.Slice:
		return d.list(v, into, at)
	}
	return d.scalar(v, into, at)
}

func (d *decoder) object(v tftypes.Value, into reflect.Value, at []string) error {
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		return fmt.Errorf("%v: %w", at, err)
	}
	return d.fields(attributes, into, at)
}

func (d *decoder) fields(attributes map[string]tftypes.Value, into reflect.Value, at []string) error {
	first, wrong := into.NumField(), error(nil)
	fields := fieldsOf(into.Type())
	for name, attribute := range attributes { // of which there are fewer than fields
		i, ok := fields[name]
		if !ok || i > first {
			continue
		}
		if err := d.value(attribute, into.Field(i), append(at[:len(at):len(at)], name)); err != nil {
			first, wrong = i, err
		}
	}
	return wrong
}

func (d *decoder) mapping(v tftypes.Value, into reflect.Value, at []string) error {
	var elements map[string]tftypes.Value
	if err := v.As(&elements); err != nil {
		return fmt.Errorf("%v: %w", at, err)
	}
	into.Set(reflect.MakeMap(into.Type()))
	for key, element := range elements {
		e := reflect.New(into.Type().Elem()).Elem()
		if err := d.value(element, e, append(at[:len(at):len(at)], key)); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(key), e)
	}
	return nil
}

func (d *decoder) list(v tftypes.Value, into reflect.Value, at []string) error {
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return fmt.Errorf("%v: %w", at, err)
	}
	into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
	for i, element := range elements {
		if err := d.value(element, into.Index(i), at); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) scalar(v tftypes.Value, into reflect.Value, at []string) (err error) {
	var (
		s string
		b bool
		n big.Float
	)
	switch into.Kind() {
	case reflect.String:
		err = v.As(&s)
		into.SetString(s)
	case reflect.Bool:
		err = v.As(&b)
		into.SetBool(b)
	case reflect.Int64:
		err = v.As(&n)
		whole, _ := n.Int64()
		into.SetInt(whole)
	case reflect.Float64:
		err = v.As(&n)
		float, _ := n.Float64()
		into.SetFloat(float)
	default:
		err = fmt.Errorf("no attribute is a %s", into.Type())
	}
	if err != nil {
		return fmt.Errorf("%v: %w", at, err)
	}
	return nil
}
