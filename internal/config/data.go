package config

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// read asks whether the configuration of a data source is valid and, if it is and
// the server is configured, what it reads. Otherwise that is not known.
func (q question) read(ctx context.Context, configured bool) hcl.Diagnostics {
	server := q.protocol.server
	valid, err := server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: q.Type, Config: q.packed})
	if err != nil {
		return q.failed(err)
	}
	diags := q.diagnostics(valid.Diagnostics)
	if diags.HasErrors() {
		return diags
	}
	if q.value = q.schema.unread(q.config); !configured || !q.config.IsWhollyKnown() {
		return diags
	}
	resp, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: q.Type, Config: q.packed})
	if err != nil {
		return append(diags, q.failed(err)...)
	}
	if diags = append(diags, q.diagnostics(resp.Diagnostics)...); diags.HasErrors() {
		return diags
	}
	raw, err := resp.State.Unmarshal(q.schema.wire)
	return q.take(raw, diags, err)
}

// unread returns a configuration with what is to be read, and is not known yet.
func (s *schema) unread(config cty.Value) cty.Value {
	all := config.AsValueMap()
	for _, a := range s.block.Attributes {
		if a.Computed && all[a.Name].IsNull() {
			all[a.Name] = cty.UnknownVal(s.typ.AttributeType(a.Name))
		}
	}
	return cty.ObjectVal(all)
}
