package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// unquoted returns the expression in a string of the JSON syntax, where what is a
// reference in the native syntax has to be written as a string. Others are
// returned as they are.
func unquoted(expr hcl.Expression) (hcl.Expression, hcl.Diagnostics) {
	if !json.IsJSONExpression(expr) {
		return expr, nil
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return nil, diags
	}
	if v.IsNull() || v.Type() != cty.String {
		return nil, errorf(expr.Range(), "Not a reference", "A reference is written as a string here.")
	}
	at := expr.Range()
	return hclsyntax.ParseExpression([]byte(v.AsString()), at.Filename, at.Start)
}
