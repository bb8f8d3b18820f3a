package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// dropped warns of keys in a literal that no nested attribute takes. They are
// dropped without a word otherwise, since a whole resource may be given there.
func (r *Resource) dropped(written hcl.Attributes) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, a := range r.schema.block.Attributes {
		if a.NestedType == nil {
			continue
		}
		if literal, ok := written[a.Name]; ok {
			diags = append(diags, r.droppedIn(a, literal.Expr)...)
		}
	}
	return diags
}

func (r *Resource) droppedIn(a *tfprotov6.SchemaAttribute, expr hcl.Expression) hcl.Diagnostics {
	var objects []hcl.Expression
	switch a.NestedType.Nesting {
	case tfprotov6.SchemaObjectNestingModeMap:
		pairs, _ := hcl.ExprMap(expr)
		for _, pair := range pairs {
			objects = append(objects, pair.Value)
		}
	case tfprotov6.SchemaObjectNestingModeList, tfprotov6.SchemaObjectNestingModeSet:
		objects, _ = hcl.ExprList(expr)
	default:
		objects = []hcl.Expression{expr}
	}
	var diags hcl.Diagnostics
	for _, object := range objects {
		diags = append(diags, r.droppedFrom(a, object)...)
	}
	return diags
}

func (r *Resource) droppedFrom(a *tfprotov6.SchemaAttribute, object hcl.Expression) hcl.Diagnostics {
	pairs, _ := hcl.ExprMap(object)
	var diags hcl.Diagnostics
	for _, pair := range pairs {
		name, ok := r.text(pair.Key)
		if !ok {
			continue
		}
		inner := attributeOf(a.NestedType.Attributes, name)
		if inner == nil {
			all := attributeNames(a.NestedType.Attributes)
			diags = append(diags, warnf(pair.Key.Range(), "Key without effect", "%s takes no %q, and drops it.%s", a.Name, name, similar(name, all))...)
		} else if inner.NestedType != nil {
			diags = append(diags, r.droppedIn(inner, pair.Value)...)
		}
	}
	return diags
}

func attributeNames(all []*tfprotov6.SchemaAttribute) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.Name)
	}
	slices.Sort(out)
	return out
}
