package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"},
	{Type: "required_providers"},
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "module", LabelNames: []string{"name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "ephemeral", LabelNames: []string{"type", "name"}},
	{Type: "action", LabelNames: []string{"type", "name"}},
	{Type: "moved"},
	{Type: "import"},
	{Type: "removed"},
	{Type: "check", LabelNames: []string{"name"}},
}}

// read takes what files declare.
func (m *module) read(primary, overrides []*hcl.File, p *protocol) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var blocks, changes hcl.Blocks
	for _, file := range primary {
		content, more := file.Body.Content(rootSchema)
		diags, blocks = append(diags, more...), append(blocks, content.Blocks...)
	}
	for _, file := range overrides {
		content, more := file.Body.Content(rootSchema)
		diags, changes = append(diags, more...), append(changes, content.Blocks...)
	}
	blocks, left, more := override(blocks, changes)
	diags = append(diags, more...)
	for _, b := range blocks {
		diags = append(diags, m.readBlock(b, p)...)
	}
	for _, b := range left {
		if b.Type == "locals" {
			diags = append(diags, m.overrideLocals(b)...)
		} else {
			diags = append(diags, m.readSettings(b)...)
		}
	}
	diags = append(diags, m.severalEngines()...)
	return append(diags, m.duplicates()...)
}

func (m *module) readBlock(b *hcl.Block, p *protocol) hcl.Diagnostics {
	switch b.Type {
	case "terraform":
		return m.readSettings(b)
	case "provider":
		return m.readProvider(b)
	case "variable":
		return m.readVariable(b)
	case "locals":
		return m.readLocals(b)
	case "output":
		return m.readOutput(b)
	case "module":
		return m.readCall(b)
	case "resource":
		return m.readResource(b, p)
	case "moved":
		return m.readMoved(b)
	case "import":
		return m.readImport(b)
	case "data":
		return m.readData(b, p)
	case "ephemeral":
		return unsupported(b.DefRange, "Ephemeral resource %s.%s is not one of this command's.", b.Labels[0], b.Labels[1])
	case "action":
		return unsupported(b.DefRange, "Action %s.%s is Terraform's to invoke.", b.Labels[0], b.Labels[1])
	case "removed":
		return unsupported(b.DefRange, "A removed block is about a state file, and there is none.")
	case "check":
		return unsupported(b.DefRange, "Check %q asserts what is live.", b.Labels[0])
	case "required_providers":
		return errorf(b.DefRange, "Misplaced block", "A required_providers block belongs into a terraform block.")
	}
	return nil
}

func checkName(b *hcl.Block) hcl.Diagnostics {
	name := b.Labels[len(b.Labels)-1]
	if hclsyntax.ValidIdentifier(name) {
		return nil
	}
	return errorf(b.LabelRanges[len(b.LabelRanges)-1], "Not a name",
		"%q cannot name a %s: a name starts with a letter or underscore and has only letters, digits, underscores and dashes.", name, b.Type)
}

// duplicates returns an error for what is declared twice.
func (m *module) duplicates() hcl.Diagnostics {
	var diags hcl.Diagnostics
	seen := map[string]hcl.Range{}
	add := func(what, name string, at hcl.Range) {
		if first, ok := seen[what+" "+name]; ok {
			diags = append(diags, errorf(at, "Declared twice", "There is a %s %q already, at %s.", what, name, first)...)
			return
		}
		seen[what+" "+name] = at
	}
	for _, v := range m.variables {
		add("variable", v.name, v.declRange)
	}
	for _, l := range m.locals {
		add("local value", l.name, l.declRange)
	}
	for _, o := range m.outputs {
		add("output", o.name, o.declRange)
	}
	for _, r := range m.resources {
		add("resource", r.address(), r.declRange)
	}
	for _, r := range m.data {
		add("data source", r.address(), r.declRange)
	}
	for _, c := range m.calls {
		add("module call", c.name, c.declRange)
	}
	return diags
}
