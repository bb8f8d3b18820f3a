package revision

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Value is one field of an address, or one key of it, with its value.
type Value struct {
	Field, Key string // the key of a map, or ""
	Value      any
	Hidden     bool // the value is not to be shown
}

// Name is the value's name as configuration has it: memory, env["A"].
func (v Value) Name() string {
	if v.Key == "" {
		return v.Field
	}
	return v.Field + "[" + strconv.Quote(v.Key) + "]"
}

// Values returns what is set of an address, in the order of its kind's fields
// and of keys; none when the topology has no such address.
func (c Content) Values(a topology.Address) []Value {
	table, noun := c.noun(a)
	var out []Value
	for _, f := range table {
		v := f.Get(noun)
		switch {
		case v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0:
		case v.Kind() == reflect.Map:
			for _, key := range sortedKeys(v) {
				out = append(out, c.value(a, Value{Field: f.Name, Key: key.String(), Value: v.MapIndex(key).Interface()}))
			}
		default:
			out = append(out, c.value(a, Value{Field: f.Name, Value: v.Interface()}))
		}
	}
	return out
}

func (c Content) value(a topology.Address, v Value) Value {
	v.Hidden = c.Hides(a, v.Field, v.Key)
	return v
}

func sortedKeys(m reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(m.MapKeys()), func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
}

// Hides reports whether the value of a field, or of one key of it, is not to be shown.
func (c Content) Hides(a topology.Address, field, key string) bool {
	return slices.Contains(c.Hidden[a], field) || slices.Contains(c.Hidden[a], Value{Field: field, Key: key}.Name())
}

// noun returns what the topology has of an address, with its field table.
func (c Content) noun(a topology.Address) ([]plan.Field, any) {
	switch a.Kind {
	case topology.KindRelationship:
		if r, ok := c.Topology.Relationships[a]; ok {
			return plan.RelationshipFields, &r
		}
	case topology.KindVolume:
		if v, ok := c.Topology.Volumes[a]; ok {
			return plan.VolumeFields, &v
		}
	default:
		if w, ok := c.Topology.Workloads[a]; ok {
			return plan.WorkloadFields, &w
		}
	}
	return nil, nil
}

// Addresses returns what the topology has, sorted.
func (c Content) Addresses() []topology.Address {
	return slices.SortedFunc(func(yield func(topology.Address) bool) {
		for _, keys := range [][]topology.Address{
			slices.Collect(maps.Keys(c.Topology.Workloads)),
			slices.Collect(maps.Keys(c.Topology.Relationships)),
			slices.Collect(maps.Keys(c.Topology.Volumes)),
		} {
			for _, a := range keys {
				if !yield(a) {
					return
				}
			}
		}
	}, func(x, y topology.Address) int { return strings.Compare(x.String(), y.String()) })
}
