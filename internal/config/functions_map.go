package config

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// lookupFunc returns the element of a map or object under a key, or a fallback.
var lookupFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "inputMap", Type: cty.DynamicPseudoType, AllowMarked: true}, {Name: "key", Type: cty.String, AllowMarked: true},
	},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		if len(args) > 3 {
			return cty.NilType, fmt.Errorf("lookup() takes two or three arguments, got %d", len(args))
		}
		switch t := args[0].Type(); {
		case t.IsMapType():
			if len(args) == 3 {
				if _, err := convert.Convert(args[2], t.ElementType()); err != nil {
					return cty.NilType, function.NewArgErrorf(2, "the default value must have the same type as the map elements")
				}
			}
			return t.ElementType(), nil
		case t.IsObjectType():
			return lookupType(t, args)
		}
		return cty.NilType, function.NewArgErrorf(0, "lookup() requires a map as the first argument")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		from, marks := args[0].Unmark()
		key, more := args[1].Unmark()
		v, err := lookUp(from, key.AsString(), args[2:], t)
		return v.WithMarks(marks, more), err
	},
})

func lookupType(t cty.Type, args []cty.Value) (cty.Type, error) {
	key, _ := args[1].Unmark()
	switch {
	case !key.IsKnown():
		return cty.DynamicPseudoType, nil
	case t.HasAttribute(key.AsString()):
		return t.AttributeType(key.AsString()), nil
	case len(args) == 3:
		return args[2].Type(), nil
	}
	return cty.NilType, function.NewArgErrorf(0, "the given object has no attribute %q", key.AsString())
}

func lookUp(from cty.Value, key string, fallback []cty.Value, t cty.Type) (cty.Value, error) {
	switch {
	case from.Type().IsObjectType() && from.Type().HasAttribute(key):
		return from.GetAttr(key), nil
	case from.Type().IsMapType():
		has := from.HasIndex(cty.StringVal(key))
		if !has.IsKnown() {
			return cty.UnknownVal(t), nil
		}
		if has.True() {
			return from.Index(cty.StringVal(key)), nil
		}
	}
	if len(fallback) == 0 {
		return cty.UnknownVal(t), fmt.Errorf("lookup failed to find key %q", key)
	}
	return convert.Convert(fallback[0], t)
}

// transposeFunc swaps the keys and the values of a map of lists.
var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("values", cty.Map(cty.List(cty.String)))},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		swapped := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			key, list := it.Element()
			if list.IsNull() {
				return cty.NilVal, errors.New("input must not be null")
			}
			for _, v := range list.AsValueSlice() {
				if v.IsNull() {
					return cty.NilVal, errors.New("input must not contain null list elements")
				}
				swapped[v.AsString()] = append(swapped[v.AsString()], key)
			}
		}
		out := map[string]cty.Value{}
		for key, list := range swapped {
			out[key] = cty.ListVal(list)
		}
		if len(out) == 0 {
			return cty.MapValEmpty(t.ElementType()), nil
		}
		return cty.MapVal(out), nil
	},
})

// sumFunc adds up the numbers of a list, set or tuple.
var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("list", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		t := args[0].Type()
		if !t.IsListType() && !t.IsSetType() && !t.IsTupleType() {
			return cty.NilVal, errors.New("argument must be list, set, or tuple")
		}
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		all := args[0].AsValueSlice()
		if len(all) == 0 {
			return cty.NilVal, errors.New("cannot sum an empty list")
		}
		total := cty.Zero
		for _, v := range all {
			n, err := convert.Convert(v, cty.Number)
			if err != nil || n.IsNull() {
				return cty.NilVal, errors.New("argument must be list, set, or tuple of number values")
			}
			total = total.Add(n)
		}
		return total, nil
	},
})
