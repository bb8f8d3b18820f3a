package config

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// secretBlock reports whether a schema says of anything that it must not be shown.
func secretBlock(block *tfprotov6.SchemaBlock) bool {
	return secretAttributes(block.Attributes) ||
		slices.ContainsFunc(block.BlockTypes, func(b *tfprotov6.SchemaNestedBlock) bool { return secretBlock(b.Block) })
}

func secretAttributes(all []*tfprotov6.SchemaAttribute) bool {
	return slices.ContainsFunc(all, func(a *tfprotov6.SchemaAttribute) bool {
		return a.Sensitive || a.NestedType != nil && secretAttributes(a.NestedType.Attributes)
	})
}

// sensitive returns the paths of a value that its schema says must not be shown.
func (s *schema) sensitive(v cty.Value) []cty.PathValueMarks {
	var out []cty.PathValueMarks
	sensitiveBlock(s.block, v, nil, &out)
	return out
}

func sensitiveBlock(block *tfprotov6.SchemaBlock, v cty.Value, at cty.Path, out *[]cty.PathValueMarks) {
	sensitiveAttributes(block.Attributes, v, at, out)
	if v.IsNull() || !v.IsKnown() {
		return
	}
	for _, b := range block.BlockTypes {
		inner, path := v.GetAttr(b.TypeName), at.Copy().GetAttr(b.TypeName)
		eachObject(inner, path, func(v cty.Value, at cty.Path) { sensitiveBlock(b.Block, v, at, out) })
	}
}

func sensitiveAttributes(all []*tfprotov6.SchemaAttribute, v cty.Value, at cty.Path, out *[]cty.PathValueMarks) {
	if v.IsNull() || !v.IsKnown() {
		return
	}
	for _, a := range all {
		path := at.Copy().GetAttr(a.Name)
		if a.Sensitive {
			*out = append(*out, cty.PathValueMarks{Path: path, Marks: cty.NewValueMarks(sensitive)})
		} else if a.NestedType != nil {
			eachObject(v.GetAttr(a.Name), path, func(v cty.Value, at cty.Path) { sensitiveAttributes(a.NestedType.Attributes, v, at, out) })
		}
	}
}

// eachObject calls back for an object, or for each element of a collection of them.
func eachObject(v cty.Value, at cty.Path, do func(v cty.Value, at cty.Path)) {
	switch {
	case v.IsNull() || !v.IsKnown() || v.Type().IsSetType():
	case v.Type().IsObjectType():
		do(v, at)
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			do(element, at.Copy().Index(key))
		}
	}
}
