package config

import (
	"fmt"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

type libraryFunc = func() map[string]function.Function

// templateFile renders a file.
func templateFile(dir string, library libraryFunc) function.Function {
	return rendering("path", library, func(name string) (string, string, error) {
		text, err := os.ReadFile(inDir(dir, name))
		return string(text), name, err
	})
}

// templateString renders a text.
func templateString(library libraryFunc) function.Function {
	return rendering("template", library, func(text string) (string, string, error) { return text, "<templatestring>", nil })
}

func rendering(first string, library libraryFunc, read func(string) (text, name string, err error)) function.Function {
	render := func(args []cty.Value) (cty.Value, error) {
		text, name, err := read(args[0].AsString())
		if err != nil {
			return cty.DynamicVal, function.NewArgError(0, err)
		}
		return render(text, name, args[1], library())
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{parameter(first, cty.String), parameter("vars", cty.DynamicPseudoType)},
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
