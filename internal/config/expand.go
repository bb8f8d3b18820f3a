package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"
)

// expansion is the instances that a count or for_each makes, in order.
type expansion[T any] struct {
	repeat repeat
	keys   []cty.Value // cty.NilVal for the one that has none
	all    []T
}

// value collects what the instances are, as references to the whole see it.
func (e expansion[T]) value(of func(T) cty.Value) cty.Value {
	values := make([]cty.Value, len(e.all))
	for i, one := range e.all {
		values[i] = of(one)
	}
	switch {
	case e.repeat.count != nil:
		return cty.TupleVal(values)
	case e.repeat.forEach != nil:
		byKey := map[string]cty.Value{}
		for i, key := range e.keys {
			byKey[key.AsString()] = values[i]
		}
		return cty.ObjectVal(byKey)
	}
	return values[0]
}

// repetitions returns what each instance that a repeat makes has as each and count.
// Nil keys say that how many there are is not known, and need not be.
func (ev *evaluator) repetitions(in *instance, r repeat) (keys []cty.Value, each []repetition, diags hcl.Diagnostics) {
	switch {
	case r.count != nil:
		n, diags := ev.count(in, r.count)
		if n >= 0 {
			keys = []cty.Value{}
		}
		for i := range n {
			index := cty.NumberIntVal(int64(i))
			keys, each = append(keys, index), append(each, repetition{index: index})
		}
		return keys, each, diags
	case r.forEach != nil:
		v, diags := ev.forEach(in, r.forEach)
		if diags.HasErrors() || !v.IsKnown() {
			return nil, nil, diags
		}
		keys = []cty.Value{}
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			if v.Type().IsSetType() {
				key = value
			}
			keys, each = append(keys, key), append(each, repetition{eachKey: key, eachValue: value})
		}
		return keys, each, diags
	}
	return []cty.Value{cty.NilVal}, []repetition{{}}, nil
}

// count returns how many instances there are, -1 when that is not known and need
// not be.
func (ev *evaluator) count(in *instance, expr hcl.Expression) (int, hcl.Diagnostics) {
	v, diags := ev.eval(in, expr, repetition{})
	if diags.HasErrors() {
		return 0, diags
	}
	v, _ = v.Unmark()
	n, err := convert.Convert(v, cty.Number)
	count := 0
	switch {
	case err != nil || n.IsNull():
		diags = errorf(expr.Range(), "Wrong count", "A whole number is wanted.")
	case !n.IsKnown() && ev.options.UnsetUnknown:
		return -1, diags
	case !n.IsKnown():
		diags = errorf(expr.Range(), "Count is not known yet", "How many there are must be known when a plan is made, and it follows from what only an apply can tell.")
	case gocty.FromCtyValue(n, &count) != nil || count < 0:
		diags = errorf(expr.Range(), "Wrong count", "A whole number that is not negative is wanted.")
	}
	return max(count, 0), diags
}

func (ev *evaluator) forEach(in *instance, expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	v, diags := ev.eval(in, expr, repetition{})
	if diags.HasErrors() {
		return v, diags
	}
	known, wrong := keysOf(v)
	switch {
	case wrong != "":
		return v, errorf(expr.Range(), "Wrong for_each", "%s", wrong)
	case known:
		return v, diags
	case ev.options.UnsetUnknown:
		return cty.UnknownVal(v.Type()), diags
	}
	return v, errorf(expr.Range(), "Wrong for_each", "It must be known when a plan is made, and it follows from what only an apply can tell.")
}

// keysOf says whether the keys that a for_each has are known, or what is wrong
// with it.
func keysOf(v cty.Value) (known bool, wrong string) {
	t := v.Type()
	switch {
	case v.HasMark(sensitive):
		return false, "It is sensitive, and the keys of instances are shown."
	case v.IsNull():
		return false, "It is null."
	case !v.IsKnown():
		return false, ""
	case t.IsMapType() || t.IsObjectType():
		return true, ""
	case !t.IsSetType():
		return false, "A map, or a set of strings, is wanted, and this is " + t.FriendlyName() + "."
	case !v.IsWhollyKnown():
		return false, ""
	case v.LengthInt() > 0 && t.ElementType() != cty.String:
		return false, "A map, or a set of strings, is wanted, and this is a set of " + t.ElementType().FriendlyName() + "."
	case slices.ContainsFunc(v.AsValueSlice(), cty.Value.IsNull):
		return false, "A set with a null in it cannot name instances."
	}
	return true, ""
}
