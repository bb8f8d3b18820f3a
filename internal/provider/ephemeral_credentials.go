package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*credentials)(nil)

func newCredentials() ephemeral.EphemeralResource { return &credentials{} }

// credentials is the ephemeral resource bayplan_credentials.
type credentials struct{ *session }

// Configure takes what the provider's Configure made.
func (c *credentials) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	var err error
	if c.session, err = sessionOf(req.ProviderData); err != nil {
		resp.Diagnostics.AddError("Cannot configure the ephemeral resource", err.Error())
	}
}

func (c *credentials) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_credentials"
}

func (c *credentials) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	given := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	told := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	secret := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a consumer needs to use a service, its password among it, for what is not a consumer of its own: the settings " +
			"of another provider, a write-only attribute. Passwords are derived from the provider's key; this puts them into no state and no plan. " +
			"An app needs none of this: its `relationships` give it all of it.",
		Attributes: map[string]schema.Attribute{
			"relationship": schema.SingleNestedAttribute{
				Required:            true,
				MarkdownDescription: "What it is of: the service itself (`bayplan_service.db`), or a `bayplan_relationship` that leads to it.",
				Attributes: map[string]schema.Attribute{
					"address":        given("Address of the resource."),
					"target_address": given("Address of the service at the end."),
					"host":           given("Host name."),
					"port":           schema.Int64Attribute{Optional: true, MarkdownDescription: "Port."},
					"scheme":         given("URL scheme."),
					"path":           given("URL path."),
					"username":       given("User whose password is derived."),
					"database":       given("Name of the database."),
					"principal":      given("Name that the password is derived from; by default that of the target."),
				},
			},
			"url":      secret("All of it as one URL."),
			"host":     told("Host name that consumers know it by. It is known only in the networks of those."),
			"port":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Port."},
			"scheme":   told("URL scheme."),
			"path":     told("URL path."),
			"username": told("User."),
			"password": secret("Password of the user."),
			"database": told("Name of the database."),
		},
	}
}

// Open derives the password. It asks no engine.
func (c *credentials) Open(_ context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var of struct {
		Relationship topology.Reference `attr:"relationship"`
	}
	_, err := decode(req.Config.Raw, &of)
	if err == nil && of.Relationship.External() {
		err = errors.New("it leads outside, and no password is derived for that: give bayplan_service or bayplan_relationship itself")
	}
	var key topology.Key
	if err == nil {
		key, err = c.keys.get()
	}
	if err == nil {
		resp.Result.Raw, err = withAttributes(req.Config.Raw, c.access(of.Relationship, key))
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("relationship"), "Cannot tell the credentials", err.Error())
	}
}

// access returns what the attributes are.
func (c *credentials) access(r topology.Reference, key topology.Key) map[string]any {
	values := map[string]any{}
	for name, value := range plan.Access(c.scope, r, key) {
		values[strings.ToLower(name)] = value
	}
	if values["port"] = nil; r.Port != 0 {
		values["port"] = r.Port
	}
	return values
}
