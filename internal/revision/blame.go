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

// Opened is a revision with what is sealed of it.
type Opened struct {
	Revision
	Content
}

// Value is one field of an address, or one key of it, with its value.
type Value struct {
	Field  string // as configuration names it: memory, env["A"]
	Value  any
	Hidden bool // the value is not to be shown
}

// Set is a value and the revision that set it.
type Set struct {
	Value
	By Revision
	// OrBefore says that the value is as old as the ledger, or older.
	OrBefore bool
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
			for _, key := range slices.SortedFunc(slices.Values(v.MapKeys()), func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) }) {
				out = append(out, c.value(a, f.Name+"["+strconv.Quote(key.String())+"]", v.MapIndex(key)))
			}
		default:
			out = append(out, c.value(a, f.Name, v))
		}
	}
	return out
}

func (c Content) value(a topology.Address, name string, v reflect.Value) Value {
	return Value{Field: name, Value: v.Interface(), Hidden: c.IsHidden(a, name)}
}

// IsHidden reports whether a value is not to be shown: of a field, or of one
// key of it, by the name that configuration has for it.
func (c Content) IsHidden(a topology.Address, name string) bool {
	root, _, _ := strings.Cut(name, "[")
	return slices.Contains(c.Hidden[a], name) || slices.Contains(c.Hidden[a], root)
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

// Blame returns which revision set each present value of an address, or of one
// field of it, from revisions in the order in which they were made. Those that
// came to nothing for the address have set nothing.
func Blame(revisions []Opened, a topology.Address, field string) []Set {
	effective := slices.DeleteFunc(slices.Clone(revisions), func(o Opened) bool { return !o.TookEffect(a) })
	if len(effective) == 0 {
		return nil
	}
	last := len(effective) - 1
	var out []Set
	for _, v := range effective[last].Values(a) {
		if root, _, _ := strings.Cut(v.Field, "["); field != "" && field != v.Field && field != root {
			continue
		}
		first := last
		for first > 0 && effective[first-1].has(a, v) {
			first--
		}
		by := effective[first].Revision
		out = append(out, Set{Value: v, By: by, OrBefore: first == 0 && !by.changed(a, v.Field)})
	}
	return out
}

// has reports whether an address has that value.
func (c Content) has(a topology.Address, want Value) bool {
	return slices.ContainsFunc(c.Values(a), func(v Value) bool {
		return v.Field == want.Field && plan.Equal(reflect.ValueOf(v.Value), reflect.ValueOf(want.Value))
	})
}

// changed reports whether a revision was planned to change a field of an address.
func (r Revision) changed(a topology.Address, field string) bool {
	return slices.ContainsFunc(r.Changes, func(c Change) bool {
		return c.Address == a && (c.Action == "create" || slices.Contains(c.Fields, field))
	})
}
