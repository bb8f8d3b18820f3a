package config

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func parameter(name string, t cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: t}
}

// truth says whether all of a list are true, or any of it. Null is not true.
func truth(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder {
			return b.NotNull()
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result, unknown := cty.BoolVal(all), false
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				switch {
				case !v.IsKnown():
					unknown = true
				case (!v.IsNull() && v.True()) != all:
					return cty.BoolVal(!all), nil
				}
			}
			if unknown {
				return cty.UnknownVal(cty.Bool), nil
			}
			return result, nil
		},
	})
}

// coalesceFunc returns the first argument that is neither null nor an empty string.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "vals", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		types := make([]cty.Type, len(args))
		for i, v := range args {
			types[i] = v.Type()
		}
		t, _ := convert.UnifyUnsafe(types)
		if t == cty.NilType {
			return t, errors.New("all arguments must have the same type")
		}
		return t, nil
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		for _, v := range args {
			v, err := convert.Convert(v, t)
			if err != nil {
				return cty.NilVal, err
			}
			switch {
			case !v.IsKnown():
				return cty.UnknownVal(t), nil
			case v.IsNull() || t == cty.String && v.AsString() == "":
				continue
			}
			return v, nil
		}
		return cty.NilVal, errors.New("no non-null, non-empty-string arguments")
	},
})

// indexFunc returns where a value is in a list.
var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("list", cty.DynamicPseudoType), parameter("value", cty.DynamicPseudoType)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if t := args[0].Type(); !t.IsListType() && !t.IsTupleType() {
			return cty.NilVal, errors.New("argument must be a list or tuple")
		}
		for it := args[0].ElementIterator(); it.Next(); {
			i, v := it.Element()
			same, err := stdlib.Equal(v, args[1])
			if err != nil {
				return cty.NilVal, err
			}
			if !same.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if same.True() {
				return i, nil
			}
		}
		return cty.NilVal, errors.New("item not found")
	},
})

// lengthFunc counts elements, attributes, or the characters of a string.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true, AllowMarked: true}},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		if t == cty.String || t.IsTupleType() || t.IsObjectType() || t.IsCollectionType() || t == cty.DynamicPseudoType {
			return cty.Number, nil
		}
		return cty.Number, errors.New("argument must be a string, a collection type, or a structural type")
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		t := v.Type()
		var n cty.Value
		var err error
		switch {
		case t == cty.DynamicPseudoType:
			n = cty.UnknownVal(cty.Number)
		case t.IsTupleType():
			n = cty.NumberIntVal(int64(len(t.TupleElementTypes())))
		case t.IsObjectType():
			n = cty.NumberIntVal(int64(len(t.AttributeTypes())))
		case t == cty.String:
			n, err = stdlib.Strlen(v)
		default:
			n = v.Length()
		}
		if err != nil {
			return cty.NilVal, err
		}
		return n.WithMarks(marks), nil
	},
})

// matchKeysFunc picks the values whose key, at the same place, is among some.
var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		parameter("values", cty.List(cty.DynamicPseudoType)), parameter("keys", cty.List(cty.DynamicPseudoType)),
		parameter("searchset", cty.List(cty.DynamicPseudoType)),
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		if t, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); t == cty.NilType {
			return t, errors.New("keys and searchset must be of the same type")
		}
		return args[0].Type(), nil
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if args[0].LengthInt() != args[1].LengthInt() {
			return cty.NilVal, errors.New("length of keys and values should be equal")
		}
		if !args[1].IsWhollyKnown() || !args[2].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		var picked []cty.Value
		common, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})
		keys, wanted := elements(args[1], common), elements(args[2], common)
		for i, v := range args[0].AsValueSlice() {
			for _, w := range wanted {
				if keys[i].RawEquals(w) {
					picked = append(picked, v)
					break
				}
			}
		}
		if len(picked) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(picked), nil
	},
})

// elements are those of a list, converted to a type that it converts to.
func elements(v cty.Value, t cty.Type) []cty.Value {
	if converted, err := convert.Convert(v, t); err == nil {
		v = converted
	}
	return v.AsValueSlice()
}

// elementFunc returns the element at an index, which may go around the list.
var elementFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "list", Type: cty.DynamicPseudoType, AllowMarked: true}, parameter("index", cty.DynamicPseudoType),
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		if index, err := convert.Convert(args[1], cty.Number); err == nil && index.IsKnown() && !index.IsNull() && index.AsBigFloat().Sign() < 0 {
			return cty.NilType, function.NewArgErrorf(1, "cannot use element function with a negative index")
		}
		return stdlib.ElementFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.ElementFunc.Call(args) },
})

// oneFunc returns the only element, null where there is none.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("list", cty.DynamicPseudoType)},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		switch {
		case t.IsListType() || t.IsSetType():
			return t.ElementType(), nil
		case !t.IsTupleType():
			return t, errors.New("must be a list, set, or tuple value with either zero or one elements")
		}
		switch all := t.TupleElementTypes(); len(all) {
		case 0:
			return cty.DynamicPseudoType, nil
		case 1:
			return all[0], nil
		}
		return t, errors.New("must be a list, set, or tuple value with either zero or one elements")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		switch n := args[0].LengthInt(); n {
		case 0:
			return cty.NullVal(t), nil
		case 1:
			return args[0].AsValueSlice()[0], nil
		default:
			return cty.NilVal, fmt.Errorf("must be a list, set, or tuple value with either zero or one elements, and there are %d", n)
		}
	},
})
