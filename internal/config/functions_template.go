package config

import (
	"fmt"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

type libraryFunc = func() map[string]function.Function

// templateFile renders a file.
func templateFile(at location, library libraryFunc) function.Function {
	return rendering(parameter("path", cty.String), func(args []cty.Value) (cty.Value, error) {
		name := args[0].AsString()
		text, err := os.ReadFile(at.find(name))
		if err != nil {
			return cty.DynamicVal, function.NewArgError(0, err)
		}
		return render(string(text), name, args[1], library())
	})
}

// templateString renders a text, which must come from elsewhere: a template that
// is written where it is used needs no function.
func templateString(library libraryFunc) function.Function {
	return rendering(parameter("template", customdecode.ExpressionClosureType), func(args []cty.Value) (cty.Value, error) {
		closure := customdecode.ExpressionClosureFromVal(args[0])
		if _, diags := hcl.AbsTraversalForExpr(closure.Expression); diags.HasErrors() {
			return cty.DynamicVal, function.NewArgErrorf(0, "a reference to a string is wanted, not an expression")
		}
		text, diags := closure.Value()
		if diags.HasErrors() {
			return cty.DynamicVal, function.NewArgError(0, diags)
		}
		text, marks := text.Unmark()
		text, err := convert.Convert(text, cty.String)
		switch {
		case err != nil:
			return cty.DynamicVal, function.NewArgError(0, err)
		case text.IsNull():
			return cty.DynamicVal, function.NewArgErrorf(0, "a string is wanted, and it is null")
		case !text.IsKnown():
			return cty.UnknownVal(cty.String).WithMarks(marks), nil
		}
		v, err := render(text.AsString(), "<templatestring>", args[1], library())
		return v.WithMarks(marks), err
	})
}

func rendering(first function.Parameter, render func([]cty.Value) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{first, parameter("vars", cty.DynamicPseudoType)},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() || !args[1].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			v, err := render(args)
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}

func render(text, name string, vars cty.Value, library map[string]function.Function) (cty.Value, error) {
	if t := vars.Type(); !t.IsMapType() && !t.IsObjectType() {
		return cty.DynamicVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	values := vars.AsValueMap()
	for key := range values {
		if !hclsyntax.ValidIdentifier(key) {
			return cty.DynamicVal, function.NewArgErrorf(1, "invalid template variable name %q", key)
		}
	}
	for _, t := range expr.Variables() {
		if _, ok := values[t.RootName()]; !ok {
			return cty.DynamicVal, function.NewArgErrorf(1, "vars map does not contain key %q, referenced at %s", t.RootName(), t.SourceRange())
		}
	}
	v, diags := expr.Value(&hcl.EvalContext{Variables: values, Functions: library})
	if diags.HasErrors() {
		return cty.DynamicVal, fmt.Errorf("%w", diags)
	}
	return v, nil
}
