package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Evaluate evaluates an expression with the functions of the language.
func Evaluate(dir, text string) (cty.Value, error) {
	expr, diags := hclsyntax.ParseExpression([]byte(text), "expression", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	v, diags := expr.Value(&hcl.EvalContext{Functions: libraryIn(newLocation(dir, Copy{}), time.Now())})
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return v, nil
}

// Library returns the functions of the language.
func Library() map[string]function.Function { return libraryIn(newLocation(".", Copy{}), time.Now()) }
