package config

import (
	"strings"

	goversion "github.com/hashicorp/go-version"
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
	blocks, more := override(blocks, changes)
	diags = append(diags, more...)
	m.required = map[string]hcl.Range{}
	for _, b := range blocks {
		if b.Type == "terraform" {
			diags = append(diags, m.readSettings(b)...)
		}
	}
	for _, b := range blocks {
		diags = append(diags, m.readBlock(b, p)...)
	}
	return append(diags, m.duplicates()...)
}

func (m *module) readBlock(b *hcl.Block, p *protocol) hcl.Diagnostics {
	switch b.Type {
	case "provider":
		return m.readProvider(b, p)
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
		return warnf(b.DefRange, "Import has no meaning here", "This command reads what is live and keeps no state, so there is nothing to import.")
	case "data":
		return m.readData(b, p)
	case "ephemeral":
		return unsupported(b.DefRange, "Ephemeral resource %s.%s is not one of this command's.", b.Labels[0], b.Labels[1])
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
	for _, c := range m.calls {
		add("module call", c.name, c.declRange)
	}
	return diags
}

var settingsSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "required_version"}, {Name: "experiments"}, {Name: "language"}},
	Blocks: []hcl.BlockHeaderSchema{
		{Type: "required_providers"}, {Type: "cloud"}, {Type: "backend", LabelNames: []string{"type"}},
		{Type: "provider_meta", LabelNames: []string{"provider"}},
	},
}

// readSettings reads a terraform block.
func (m *module) readSettings(b *hcl.Block) hcl.Diagnostics {
	content, diags := b.Body.Content(settingsSchema)
	if a, ok := content.Attributes["required_version"]; ok {
		diags = append(diags, checkVersion(a)...)
	}
	if a, ok := content.Attributes["experiments"]; ok {
		diags = append(diags, unsupported(a.Range, "Experiments are Terraform's.")...)
	}
	for _, inner := range content.Blocks {
		switch inner.Type {
		case "required_providers":
			diags = append(diags, m.readRequired(inner)...)
		case "provider_meta":
			diags = append(diags, unsupported(inner.DefRange, "There is nothing that provider_meta could tell this provider.")...)
		default:
			diags = append(diags, warnf(inner.DefRange, "State settings are not used",
				"This command keeps no state, so it does not use the %s block. Terraform does.", inner.Type)...)
		}
	}
	return diags
}

func checkVersion(a *hcl.Attribute) hcl.Diagnostics {
	var wanted string
	text, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return diags
	}
	if diags := literal(text, &wanted, a.Expr.Range()); diags.HasErrors() {
		return diags
	}
	constraints, err := goversion.NewConstraint(wanted)
	if err != nil {
		return errorf(a.Expr.Range(), "Not a version constraint", "%v.", err)
	}
	if !constraints.Check(goversion.Must(goversion.NewVersion(LanguageVersion))) {
		return errorf(a.Expr.Range(), "Another version is required",
			"The configuration wants Terraform %s, and this command speaks the language of Terraform %s.", wanted, LanguageVersion)
	}
	return diags
}

// readRequired reads required_providers: which local names are ours.
func (m *module) readRequired(b *hcl.Block) hcl.Diagnostics {
	attributes, diags := b.Body.JustAttributes()
	for _, name := range sorted(attributes) {
		a := attributes[name]
		pairs, more := hcl.ExprMap(a.Expr)
		if more.HasErrors() {
			diags = append(diags, errorf(a.Expr.Range(), "Not a provider requirement", "Write %s = { source = \"...\" }.", name)...)
			continue
		}
		source := "hashicorp/" + name
		for _, pair := range pairs {
			key, more := pair.Key.Value(nil)
			diags = append(diags, more...)
			if more.HasErrors() || key.AsString() != "source" {
				continue
			}
			value, more := pair.Value.Value(nil)
			diags = append(diags, more...)
			if !more.HasErrors() {
				diags = append(diags, literal(value, &source, pair.Value.Range())...)
			}
		}
		if name == providerName && !isOurs(source) {
			diags = append(diags, unsupported(a.Range, "Provider %q is here %s, and this command has only %s.", name, source, ProviderSource)...)
		}
		if name != providerName && isOurs(source) {
			diags = append(diags, unsupported(a.Range, "Provider %s is only known as %q, not as %q.", ProviderSource, providerName, name)...)
		}
		m.required[name] = a.Range
	}
	return diags
}

// isOurs reports whether a provider's source is this one, on whichever registry.
func isOurs(source string) bool {
	return source == ProviderSource || strings.HasSuffix(source, "/"+ProviderSource)
}
