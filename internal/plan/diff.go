package plan

import (
	"cmp"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Equal reports whether two values of a field mean the same: sizes, durations
// and restart policies however they are spelled, and nothing at all however it
// is written.
func Equal(a, b reflect.Value) bool {
	if a.IsZero() && b.IsZero() {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface()) || reflect.DeepEqual(meaning(a), meaning(b))
}

// meaning returns a value in which every spelling of the same thing is the same.
func meaning(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case topology.Size:
		if bytes, err := value.Bytes(); err == nil {
			return bytes
		}
	case topology.Duration:
		if d, err := value.Value(); err == nil {
			return d
		}
	case topology.Restart:
		if name, retries, err := value.Policy(); err == nil {
			return [2]any{cmp.Or(name, "no"), retries}
		}
	case topology.Signal:
		v = reflect.ValueOf(value.Name())
	case topology.Secret:
		return value.Print
	case topology.Limit:
		v = reflect.ValueOf(max(value, 0))
	case float64:
		return math.Round(value * 1e9) // the engine counts in billionths
	}
	if v.IsZero() {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return meaning(v.Elem())
	case reflect.Struct:
		return meaningOfStruct(v)
	case reflect.Map:
		return meaningOfMap(v)
	case reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			items[i] = meaning(v.Index(i))
		}
		if len(items) > 0 {
			return items
		}
		return nil
	}
	return v.Interface()
}

func meaningOfStruct(v reflect.Value) any {
	fields := make([]any, v.NumField())
	for i := range fields {
		fields[i] = meaning(v.Field(i))
	}
	if slices.ContainsFunc(fields, func(field any) bool { return field != nil }) {
		return fields
	}
	return nil
}

func meaningOfMap(v reflect.Value) any {
	items := map[string]any{}
	for it := v.MapRange(); it.Next(); {
		items[it.Key().String()] = []any{meaning(it.Value())}
	}
	if len(items) > 0 {
		return items
	}
	return nil
}

// diff lists what differs between two values of a type with the given field
// table, in the table's order; maps key by key.
func diff(table []Field, before, after any) []FieldDiff {
	var out []FieldDiff
	for _, f := range table {
		x, y := f.Get(before), f.Get(after)
		switch {
		case Equal(x, y):
		case x.Kind() == reflect.Map:
			out = append(out, diffMap(f, x, y)...)
		default:
			out = append(out, FieldDiff{Field: f.Name, Old: shown(x), New: shown(y), Effect: f.Effect})
		}
	}
	return out
}

func diffMap(f Field, x, y reflect.Value) []FieldDiff {
	keys := map[string]bool{}
	for _, m := range []reflect.Value{x, y} {
		for _, k := range m.MapKeys() {
			keys[k.String()] = true
		}
	}
	var out []FieldDiff
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		before, after := x.MapIndex(reflect.ValueOf(key)), y.MapIndex(reflect.ValueOf(key))
		if before.IsValid() && after.IsValid() && Equal(before, after) {
			continue
		}
		d := FieldDiff{Field: f.Name, Key: key, Effect: f.Effect}
		if before.IsValid() {
			d.Old = before.Interface()
		}
		if after.IsValid() {
			d.New = after.Interface()
		}
		if f.Name == "relationships" {
			d.Effect = referenceEffect(d)
		}
		out = append(out, d)
	}
	return out
}

// referenceEffect is what a difference in one relationship means: variables of
// a container cannot change, its networks can, and the rest is only known.
func referenceEffect(d FieldDiff) Effect {
	before, was := d.Old.(topology.Reference)
	after, is := d.New.(topology.Reference)
	switch {
	case !was || !is || !sameInjection(before, after):
		return EffectReplace
	case before.Address != after.Address:
		return EffectLive
	}
	return EffectNone
}

func shown(v reflect.Value) any {
	if v.IsZero() && v.Kind() != reflect.Bool {
		return nil
	}
	return v.Interface()
}

// label is how a difference is named: memory, env["A"].
func (d FieldDiff) label() string {
	if d.Key == "" {
		return d.Field
	}
	return d.Field + "[" + quote(d.Key) + "]"
}
