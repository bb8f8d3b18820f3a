package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// identity is what tells a resource from all others of its type on an engine.
// The project is the provider's.
type identity struct {
	Environment string `attr:"environment"`
	Name        string `attr:"name"`
}

// IdentitySchema describes identity.
func (b *base) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"environment": identityschema.StringAttribute{
			OptionalForImport: true,
			Description:       "Environment that it is of. Defaults to that of the provider.",
		},
		"name": identityschema.StringAttribute{
			RequiredForImport: true,
			Description:       "Name, as in the configuration.",
		},
	}}
}

// identify returns the identity of what has a name in the provider's environment.
func (b *base) identify(name string) tftypes.Value {
	return tftypes.NewValue(
		tftypes.Object{AttributeTypes: map[string]tftypes.Type{"environment": tftypes.String, "name": tftypes.String}},
		map[string]tftypes.Value{
			"environment": tftypes.NewValue(tftypes.String, b.scope.Environment),
			"name":        tftypes.NewValue(tftypes.String, name),
		})
}
