package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

// data is what every data source is built on.
type data struct{ *session }

// Configure takes what the provider's Configure made.
func (d *data) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	var err error
	if d.session, err = sessionOf(req.ProviderData); err != nil {
		resp.Diagnostics.AddError("Cannot configure the data source", err.Error())
	}
}

func readString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}
