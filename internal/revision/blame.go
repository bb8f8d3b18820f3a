package revision

import (
	"reflect"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Opened is a revision with what is sealed of it.
type Opened struct {
	Revision
	Content
}

// Set is a value and the revision that set it.
type Set struct {
	Value
	By Revision
	// OrBefore says that the value is as old as the ledger, or older.
	OrBefore bool
}

// Blame returns which revision set each present value of an address, or of one
// field of it, from revisions in the order in which they were made, also under the
// names that it had before. Those that came to nothing for the address have set
// nothing.
func Blame(revisions []Opened, a topology.Address, field string) []Set {
	effective := slices.DeleteFunc(slices.Clone(revisions), func(o Opened) bool { return !o.TookEffect(a) })
	if len(effective) == 0 {
		return nil
	}
	last := len(effective) - 1
	var out []Set
	for _, v := range effective[last].Values(a) {
		if field != "" && field != v.Field && field != v.Name() && field != v.Field+"."+v.Key {
			continue
		}
		first, at := last, a
		for i, earlier := range slices.Backward(effective[:last]) {
			name := effective[first].before(at, earlier.Content)
			if !earlier.TookEffect(name) {
				continue
			}
			if !earlier.has(name, v) {
				break
			}
			first, at = i, name
		}
		by := effective[first].Revision
		out = append(out, Set{Value: v, By: by, OrBefore: first == 0 && !by.changed(at, v.Name())})
	}
	return out
}

// before returns what an address was called in the content before it.
func (c Content) before(a topology.Address, earlier Content) topology.Address {
	former := topology.Address{Kind: a.Kind, Name: c.Topology.Workloads[a].RenamedFrom}
	_, there := earlier.Topology.Workloads[a]
	if _, was := earlier.Topology.Workloads[former]; was && !there {
		return former
	}
	return a
}

// has reports whether an address has that value.
func (c Content) has(a topology.Address, want Value) bool {
	return slices.ContainsFunc(c.Values(a), func(v Value) bool {
		return v.Name() == want.Name() && plan.Equal(reflect.ValueOf(v.Value), reflect.ValueOf(want.Value))
	})
}

// changed reports whether a revision was planned to change a field of an address.
func (r Revision) changed(a topology.Address, field string) bool {
	return slices.ContainsFunc(r.Changes, func(c Change) bool {
		return c.Address == a && (c.Action == "create" || slices.Contains(c.Fields, field))
	})
}
