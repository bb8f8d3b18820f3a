package config

import (
	"bytes"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// formatted finds provider blocks in a file as terraform fmt leaves them.
var formatted = regexp.MustCompile(`(?m)^provider "` + providerName + `" \{\n(?s:.*?)\n\}$`)

// ahead returns what the provider block in a text says, false where that is not to be
// told from it and the workspace alone. To parse the whole of a large configuration
// takes long, and what an engine does meanwhile takes no time. It is a guess: what is in
// the block may be overridden.
func (p *protocol) ahead(text []byte, workspace string) (tftypes.Value, bool) {
	found := formatted.Find(text)
	if found == nil || bytes.Contains(text, []byte("/*")) { // it may be a comment
		return tftypes.Value{}, false
	}
	file, diags := hclsyntax.ParseConfig(found, "", hcl.InitialPos)
	if diags.HasErrors() {
		return tftypes.Value{}, false
	}
	content, diags := file.Body.Content(rootSchema)
	if diags.HasErrors() || len(content.Blocks) != 1 {
		return tftypes.Value{}, false
	}
	known := namespaces{}
	known.put("terraform", "workspace", cty.StringVal(workspace))
	v, diags := hcldec.Decode(content.Blocks[0].Body, p.provider.spec, &hcl.EvalContext{Variables: known.values()})
	if diags.HasErrors() {
		return tftypes.Value{}, false
	}
	return toProvider(v, p.provider.wire), true
}
