package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// call is a module block.
type call struct {
	name        string
	source      string // "" when it is none that can be read
	sourceRange hcl.Range
	arguments   hcl.Attributes // the child's variables
	repeat      repeat
	dependsOn   []hcl.Traversal
	declRange   hcl.Range
	module      *module
}

var callSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "source", Required: true}, {Name: "version"}, {Name: "providers"}, {Name: "count"}, {Name: "for_each"}, {Name: "depends_on"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "_"}, {Type: "lifecycle"}, {Type: "locals"}, {Type: "provider", LabelNames: []string{"type"}}},
}

func (m *module) readCall(b *hcl.Block) hcl.Diagnostics {
	content, rest, diags := b.Body.PartialContent(callSchema)
	c := &call{name: b.Labels[0], declRange: b.DefRange, sourceRange: b.DefRange}
	m.calls = append(m.calls, c)
	diags = append(diags, checkName(b)...)
	if a, ok := content.Attributes["source"]; ok {
		c.sourceRange = a.Expr.Range()
		diags = append(diags, constant(content, "source", &c.source)...)
	}
	if c.source != "" && !isLocal(c.source) {
		diags = append(diags, unsupported(c.sourceRange, "Module %q is not a directory beside this one (./ or ../) but comes from %q.", c.name, c.source)...)
		c.source = ""
	}
	if a, ok := content.Attributes["version"]; ok && c.source != "" {
		diags = append(diags, errorf(a.Range, "Version of a local module", "Only modules from a registry have versions.")...)
	}
	if a, ok := content.Attributes["providers"]; ok {
		diags = append(diags, checkProviders(a.Expr)...)
	}
	diags = append(diags, c.repeat.read(content)...)
	if a, ok := content.Attributes["depends_on"]; ok {
		on, more := traversals(a.Expr)
		c.dependsOn, diags = on, append(diags, more...)
	}
	for _, inner := range content.Blocks {
		diags = append(diags, errorf(inner.DefRange, "Reserved block", "A module call has no block %q.", inner.Type)...)
	}
	arguments, more := rest.JustAttributes()
	c.arguments = arguments
	return append(diags, more...)
}

// checkProviders accepts that a module gets the provider that it has anyway.
func checkProviders(expr hcl.Expression) hcl.Diagnostics {
	pairs, diags := hcl.ExprMap(expr)
	for _, pair := range pairs {
		diags = append(diags, checkProvider(pair.Key)...)
		diags = append(diags, checkProvider(pair.Value)...)
	}
	return diags
}

// check holds the arguments against the variables of the module that is called.
func (c *call) check() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, name := range sorted(c.arguments) {
		if _, ok := c.module.variable(name); !ok {
			diags = append(diags, errorf(c.arguments[name].NameRange, "No such variable", "Module %q has no variable %q.", c.name, name)...)
		}
	}
	for _, v := range c.module.variables {
		if _, ok := c.arguments[v.name]; !ok && v.fallback == cty.NilVal {
			diags = append(diags, errorf(c.declRange, "Missing argument", "Module %q needs a value for its variable %q.", c.name, v.name)...)
		}
	}
	return diags
}
