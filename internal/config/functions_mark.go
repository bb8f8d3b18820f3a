package config

import (
	"maps"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// anything is a parameter that takes what there is, as it is.
var anything = function.Parameter{
	Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowNull: true, AllowMarked: true, AllowDynamicType: true,
}

// changing makes a function that returns its argument, changed.
func changing(change func(cty.Value) cty.Value) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anything},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return change(args[0]), nil },
	})
}

var (
	sameFunc      = changing(func(v cty.Value) cty.Value { return v })
	sensitiveFunc = changing(func(v cty.Value) cty.Value { return v.Mark(sensitive) })
	// nonsensitiveFunc takes the mark from the value itself, not from what is in it.
	nonsensitiveFunc = changing(func(v cty.Value) cty.Value {
		plain, marks := v.Unmark()
		marks = maps.Clone(marks)
		delete(marks, sensitive)
		return plain.WithMarks(marks)
	})
)

// isSensitiveFunc reports whether a value itself is marked.
var isSensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{anything},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch v := args[0]; {
		case v.HasMark(sensitive):
			return cty.True, nil
		case !v.IsKnown():
			return cty.UnknownVal(cty.Bool), nil
		}
		return cty.False, nil
	},
})

// converting makes a function that converts to a type. What is sensitive in its
// argument is so in the same place of the result.
func converting(to cty.Type) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anything},
		Type: func(args []cty.Value) (cty.Type, error) {
			v, err := convert.Convert(args[0], to)
			if err != nil {
				return cty.NilType, function.NewArgErrorf(0, "cannot convert %s to %s: %w", args[0].Type().FriendlyName(), to.FriendlyName(), err)
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) { return convert.Convert(args[0], t) },
	})
}
