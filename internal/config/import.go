package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var importSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "id"}, {Name: "identity"}}}

// importBlock is an import block whose id says only when it is evaluated whether it adopts.
type importBlock struct {
	repeat repeat
	id     *hcl.Attribute
}

// readImport refuses the import of what others made. That it is adopted only
// Terraform's state says, so without one its address would be made a second time.
func (m *module) readImport(b *hcl.Block) hcl.Diagnostics {
	content, _, _ := b.Body.PartialContent(importSchema)
	if id := content.Attributes["id"]; id != nil {
		if hasEngineName(id.Expr) {
			return adopting(id.Range)
		}
		read := &importBlock{id: id}
		if each := content.Attributes["for_each"]; each != nil {
			read.repeat.forEach = each.Expr
		}
		m.imports = append(m.imports, read)
	}
	if identity := content.Attributes["identity"]; identity != nil && setsEngineName(identity.Expr) {
		return adopting(identity.Range)
	}
	return warnf(b.DefRange, "Import has no meaning here", "This command reads what is live and keeps no state, so there is nothing to import.")
}

func adopting(at hcl.Range) hcl.Diagnostics {
	return unsupported(at, "This adopts what others made, and what was adopted is known to Terraform's state alone. "+
		"Planned without it, there would be a second app or an empty volume.")
}

// adopts refuses the import blocks whose ids turn out to have a name on the engine.
// What else is wrong with them is Terraform's to say.
func (ev *evaluator) adopts() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, b := range ev.root.module.imports {
		_, each, _ := ev.repetitions(ev.root, b.repeat)
		for _, rep := range each {
			id, _ := ev.eval(ev.root, b.id.Expr, rep)
			if id, _ = id.Unmark(); strings.Contains(spelled(id), "=") {
				diags = append(diags, adopting(b.id.Range)...)
				break
			}
		}
	}
	return diags
}

// hasEngineName reports whether an import's id spells the equals sign that a name
// on the engine stands after. What only a variable says adopts sees.
func hasEngineName(id hcl.Expression) bool {
	node, native := id.(hclsyntax.Node)
	if !native {
		v, diags := id.Value(&hcl.EvalContext{})
		return !diags.HasErrors() && strings.Contains(spelled(v), "=")
	}
	found := false
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		if literal, ok := n.(*hclsyntax.LiteralValueExpr); ok {
			found = found || strings.Contains(spelled(literal.Val), "=")
		}
		return nil
	})
	return found
}

// spelled returns a text, "" for what is none.
func spelled(v cty.Value) string {
	if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return ""
	}
	return v.AsString()
}

// setsEngineName reports whether an import's identity has a name on the engine.
func setsEngineName(identity hcl.Expression) bool {
	pairs, _ := hcl.ExprMap(identity)
	for _, p := range pairs {
		key, _ := p.Key.Value(nil)
		if spelled(key) == "engine_name" {
			value, diags := p.Value.Value(nil)
			return diags.HasErrors() || !value.IsNull()
		}
	}
	return false
}
