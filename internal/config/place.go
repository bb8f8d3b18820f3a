package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// Range returns where the value at a path is written: as deep as the expressions
// are literal, the attribute otherwise, and the block's header for what is not
// written at all.
func (r *Resource) Range(path cty.Path) hcl.Range {
	if len(path) == 0 {
		return r.DeclRange
	}
	name, ok := path[0].(cty.GetAttrStep)
	if !ok || r.schema.attribute(name.Name) == nil {
		return r.DeclRange
	}
	content, _, _ := r.body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name.Name}}})
	a, ok := content.Attributes[name.Name]
	if !ok {
		return r.DeclRange
	}
	return r.inside(a.Expr, path[1:])
}

// inside follows a path into an expression as far as it is a literal.
func (r *Resource) inside(expr hcl.Expression, path cty.Path) hcl.Range {
	for _, s := range path {
		next := r.element(expr, s)
		if next == nil {
			break
		}
		expr = next
	}
	return expr.Range()
}

// element returns the expression of one element of a literal, nil when it is none
// or has no such element.
func (r *Resource) element(expr hcl.Expression, s cty.PathStep) hcl.Expression {
	var key cty.Value
	switch s := s.(type) {
	case cty.GetAttrStep:
		key = cty.StringVal(s.Name)
	case cty.IndexStep:
		key = s.Key
	}
	if key.Type() == cty.Number {
		items, diags := hcl.ExprList(expr)
		i, _ := key.AsBigFloat().Int64()
		if diags.HasErrors() || i < 0 || int(i) >= len(items) {
			return nil
		}
		return items[i]
	}
	if key.Type() != cty.String {
		return nil
	}
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return nil
	}
	for _, pair := range pairs {
		if name, ok := r.text(pair.Key); ok && name == key.AsString() {
			return pair.Value
		}
	}
	return nil
}

// text evaluates the key of a literal.
func (r *Resource) text(expr hcl.Expression) (string, bool) {
	v, diags := expr.Value(r.scope)
	v, _ = v.Unmark()
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		return "", false
	}
	return v.AsString(), true
}

// diagnostics gives what the server says its place.
func (r *Resource) diagnostics(all []*tfprotov6.Diagnostic) hcl.Diagnostics {
	var out hcl.Diagnostics
	for _, d := range all {
		severity := hcl.DiagError
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			severity = hcl.DiagWarning
		}
		out = append(out, &hcl.Diagnostic{Severity: severity, Summary: d.Summary, Detail: d.Detail, Subject: place(r.Range(pathOf(d.Attribute)))})
	}
	return out
}

func pathOf(a *tftypes.AttributePath) cty.Path {
	var path cty.Path
	if a == nil {
		return nil
	}
	for _, s := range a.Steps() {
		switch s := s.(type) {
		case tftypes.AttributeName:
			path = path.GetAttr(string(s))
		case tftypes.ElementKeyString:
			path = path.Index(cty.StringVal(string(s)))
		case tftypes.ElementKeyInt:
			path = path.Index(cty.NumberIntVal(int64(s)))
		default:
			return path
		}
	}
	return path
}
