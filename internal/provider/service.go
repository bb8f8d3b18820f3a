package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ resource.ResourceWithConfigure      = (*serviceResource)(nil)
	_ workable                            = (*serviceResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*serviceResource)(nil)
	_ resource.ResourceWithValidateConfig = (*serviceResource)(nil)
	_ resource.ResourceWithImportState    = (*serviceResource)(nil)
	_ resource.ResourceWithIdentity       = (*serviceResource)(nil)
)

func newService() resource.Resource {
	return &serviceResource{workloadResource{base{kind: topology.KindService}}}
}

// serviceResource is bayplan_service. What it does is that of every workload.
type serviceResource struct{ workloadResource }

func (r *serviceResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := workloadAttributes(ctx)
	attributes["type"] = schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Type and version, such as `postgresql:15`. The type supplies image, endpoint, health check, data path, " +
			"user and credentials. A later version takes over the data, which is a hazard where the earlier one may not read it then, and a plan fails where it does not read the data itself. Types: " + list(catalog.Names()) + "; the guide on services tells of each. Without it, `image` and `endpoints` say what to run.",
	}
	attributes["image"] = schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "Image to run in place of the type's. It must keep the contract of the type's official image.",
	}
	attributes["configuration"] = schema.MapAttribute{
		Optional:    true,
		ElementType: types.StringType,
		MarkdownDescription: "Settings by name, passed the way the type takes them: as arguments (`max_connections = \"200\"` for PostgreSQL) or as variables; " +
			"the guide on services says how each type does. They are no place for secrets: whoever may look at processes or containers sees them.",
	}
	attributes["credentials_version"] = schema.Int64Attribute{
		CustomType: whole{},
		Optional:   true,
		MarkdownDescription: "Any number; another one gives the service's user another password. The new instance is told it by the type's own command, " +
			"and consumers are replaced: until then they cannot connect anew. For mariadb, mysql, postgresql and rabbitmq.",
	}
	attributes["allow_downgrade"] = schema.BoolAttribute{
		Optional:            true,
		Computed:            true,
		Default:             booldefault.StaticBool(false),
		MarkdownDescription: "Whether an earlier version, or another type, may take over the data of the one before. Otherwise a plan for that fails. Defaults to `false`.",
	}
	attributes["restart"] = schema.StringAttribute{
		Optional: true,
		Computed: true,
		Default:  stringdefault.StaticString("unless-stopped"),
		MarkdownDescription: "When an instance that ended is started again: `no`, `always`, `unless-stopped`, `on-failure` or " +
			"`on-failure:N`. Defaults to `unless-stopped`. Changed without a restart.",
	}
	attributes["egress"] = schema.BoolAttribute{
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(false),
		MarkdownDescription: "Whether it may open connections to the outside. With `ports` it can in any case: " +
			"to publish goes through the same network. Defaults to `false`.",
	}
	attributes["username"] = computedString("User that consumers connect as. Its password is derived from the provider's key, and in no state.")
	attributes["database"] = computedString("Name of the database that consumers use.")
	attributes["principal"] = computedString("Name that the passwords of its users are derived from: that of the service when its data was made, and `credentials_version`.")
	attributes["data_volume"] = computedString("Name, on the engine, of the managed volume that holds the data, unless `mounts` names one. " +
		"It is retained when the service is deleted.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A backing service, by type and version: a database, a cache, a gateway. It owns its data, which outlives it.",
		Attributes:          attributes,
	}
}
