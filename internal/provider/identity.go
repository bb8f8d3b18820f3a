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
	EngineName  string `attr:"engine_name"` // of what was adopted and is not made anew yet
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
		"engine_name": identityschema.StringAttribute{
			OptionalForImport: true,
			Description:       "Name, on the engine, of a container or volume that Bayplan did not make and that is to be adopted.",
		},
	}}
}

// identify returns an identity in the provider's environment as Terraform has it.
func (b *base) identify(of identity) tftypes.Value {
	of.Environment = b.scope.Environment
	blank := tftypes.NewValue(tftypes.String, nil)
	t := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"environment": tftypes.String, "name": tftypes.String, "engine_name": tftypes.String,
	}}
	out, err := encode(tftypes.NewValue(t, map[string]tftypes.Value{"environment": blank, "name": blank, "engine_name": blank}), of)
	if err != nil {
		panic("provider: an identity has no form: " + err.Error())
	}
	return out
}
