package config

import "github.com/hashicorp/hcl/v2"

// override merges the blocks of override files into those they change.
func override(blocks, changes hcl.Blocks) (hcl.Blocks, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	for _, b := range changes {
		diags = append(diags, unsupported(b.DefRange, "Override files are not merged.")...)
	}
	return blocks, diags
}
