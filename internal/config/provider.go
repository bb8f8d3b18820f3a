package config

import (
	"github.com/hashicorp/hcl/v2"
)

// providerBlock is the provider block of the root module.
type providerBlock struct {
	body      hcl.Body
	declRange hcl.Range
}

var providerSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "alias"}, {Name: "version"}, {Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "_"}, {Type: "lifecycle"}, {Type: "locals"}},
}

func (m *module) readProvider(b *hcl.Block) hcl.Diagnostics {
	name := b.Labels[0]
	if name != providerName {
		return unsupported(b.DefRange, "Provider %q is not %s.", name, ProviderSource)
	}
	content, rest, diags := b.Body.PartialContent(providerSchema)
	_, aliased := content.Attributes["alias"]
	for _, meta := range sorted(content.Attributes) {
		a := content.Attributes[meta]
		switch meta {
		case "alias":
		case "version":
			diags = append(diags, warnf(a.Range, "Version in a provider block", "It is not used; required_providers is the place for it.")...)
		default:
			diags = append(diags, unsupported(a.Range, "There is only the one configuration of provider %q, without %s.", name, meta)...)
		}
	}
	for _, inner := range content.Blocks {
		diags = append(diags, errorf(inner.DefRange, "Reserved block", "A provider has no block %q.", inner.Type)...)
	}
	if m.parent != nil {
		return append(diags, unsupported(b.DefRange, "A provider is configured in the root module only.")...)
	}
	if aliased {
		m.aliases = append(m.aliases, b.DefRange)
		return diags
	}
	if m.provider != nil {
		return append(diags, errorf(b.DefRange, "Declared twice", "Provider %q is configured already, at %s.", name, m.provider.declRange)...)
	}
	m.provider = &providerBlock{rest, b.DefRange}
	return diags
}

// severalEngines refuses configurations of the provider beside the first: each can
// be of another engine.
func (m *module) severalEngines() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if m.provider == nil && len(m.aliases) > 0 {
		return errorf(m.aliases[0], "Only an alias", "The command uses the configuration of provider %q without an alias, and there is none.", providerName)
	}
	for _, at := range m.aliases {
		diags = append(diags, errorf(at, "Several engines", "The provider is configured here and at %s, and the command plans one engine at a time. "+
			"Give what is on the other one a directory of its own, and run the command for each, with --chdir. Terraform takes both together.",
			m.provider.declRange)...)
	}
	return diags
}
