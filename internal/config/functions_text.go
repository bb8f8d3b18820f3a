package config

import (
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var (
	hasPrefix = strings.HasPrefix
	hasSuffix = strings.HasSuffix
	contains  = strings.Contains
)

// compareTexts makes a function of two strings that is true or false.
func compareTexts(second string, holds func(s, other string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter("str", cty.String), parameter(second, cty.String)},
		Type:   function.StaticReturnType(cty.Bool),
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder {
			return b.NotNull()
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(holds(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// replaceFunc replaces a text, or, where it is written between slashes, what a
// regular expression finds.
var replaceFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("str", cty.String), parameter("substr", cty.String), parameter("replace", cty.String)},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		s, old, by := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(old) > 1 && old[0] == '/' && old[len(old)-1] == '/' {
			re, err := regexp.Compile(old[1 : len(old)-1])
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(re.ReplaceAllString(s, by)), nil
		}
		return stdlib.Replace(args[0], cty.StringVal(old), cty.StringVal(by))
	},
})

// timeCompareFunc says which of two moments is first: -1, 0 or 1.
var timeCompareFunc = function.New(&function.Spec{
	Params: []function.Parameter{parameter("timestamp_a", cty.String), parameter("timestamp_b", cty.String)},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var moments [2]time.Time
		for i := range moments {
			at, err := time.Parse(time.RFC3339, args[i].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(i, err)
			}
			moments[i] = at
		}
		return cty.NumberIntVal(int64(moments[0].Compare(moments[1]))), nil
	},
})

// constantFunc returns a text that is known beforehand.
func constantFunc(text string) function.Function {
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return cty.StringVal(text), nil },
	})
}
