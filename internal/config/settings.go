package config

import (
	"strings"

	goversion "github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

var settingsSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "required_version"}, {Name: "experiments"}, {Name: "language"}},
	Blocks: []hcl.BlockHeaderSchema{
		{Type: "required_providers"},
		{Type: "cloud"},
		{Type: "backend", LabelNames: []string{"type"}},
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
		source, more := sourceOf(name, a.Expr)
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		if name == providerName && !isOurs(source) {
			diags = append(diags, unsupported(a.Range, "Provider %q is here %s, and this command has only %s.", name, source, ProviderSource)...)
		}
		if name != providerName && isOurs(source) {
			diags = append(diags, unsupported(a.Range, "Provider %s is only known as %q, not as %q.", ProviderSource, providerName, name)...)
		}
		m.required = m.required || name == providerName
	}
	return diags
}

// sourceOf returns where one of required_providers comes from.
func sourceOf(name string, requirement hcl.Expression) (string, hcl.Diagnostics) {
	source := "hashicorp/" + name
	wrong := func(at hcl.Expression) hcl.Diagnostics {
		return errorf(at.Range(), "Not a provider requirement", "Write %s = { source = \"...\" }.", name)
	}
	pairs, diags := hcl.ExprMap(requirement)
	if diags.HasErrors() {
		return source, wrong(requirement)
	}
	for _, pair := range pairs {
		key, more := pair.Key.Value(nil)
		diags = append(diags, more...)
		switch {
		case more.HasErrors():
		case key.Type() != cty.String || key.IsNull():
			diags = append(diags, wrong(pair.Key)...)
		case key.AsString() == "source":
			value, more := pair.Value.Value(nil)
			diags = append(diags, more...)
			if !more.HasErrors() {
				diags = append(diags, literal(value, &source, pair.Value.Range())...)
			}
		}
	}
	return source, diags
}

// isOurs reports whether a provider's source is this one, on whichever registry.
func isOurs(source string) bool {
	return source == ProviderSource || strings.HasSuffix(source, "/"+ProviderSource)
}

// checkRequired warns of modules in which Terraform would take the provider for
// another one.
func (m *module) checkRequired() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if !m.required && len(m.resources) > 0 {
		diags = warnf(m.resources[0].declRange, "Provider without a source",
			"Terraform needs required_providers { %s = { source = %q } } in a terraform block of this module to find the provider.", providerName, ProviderSource)
	}
	for _, c := range m.calls {
		if c.module != nil {
			diags = append(diags, c.module.checkRequired()...)
		}
	}
	return diags
}
