// Package provider is the Terraform side of Bayplan: the schemas of its
// resources, which are their only description, and the way from Terraform's
// values to a plan and back.
//
// It decides nothing and calls no engine: what a difference means is decided in
// package plan, and an engine is an apply.Runtime that New is given.
package provider

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	query "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

var _ provider.Provider = (*bayplanProvider)(nil)

// EngineOptions says which engine to use and how.
type EngineOptions struct {
	Host        string       // such as "unix:///var/run/docker.sock"; "" is the engine that the docker command would use
	NetworkPool netip.Prefix // where networks get their subnets from; invalid for the default
}

// NewRuntime connects to an engine, at the latest with the first call to it.
type NewRuntime func(EngineOptions) (apply.Runtime, error)

// New returns what makes the provider: a version to tell, and the engine it works with.
func New(version string, newRuntime NewRuntime) func() provider.Provider {
	return func() provider.Provider {
		return &bayplanProvider{version: version, newRuntime: newRuntime}
	}
}

type bayplanProvider struct {
	version    string
	newRuntime NewRuntime
	// Dir is the directory whose name a project has by default; "" is the working directory.
	Dir string
}

type providerModel struct {
	Project     types.String `tfsdk:"project"`
	Environment types.String `tfsdk:"environment"`
	Host        types.String `tfsdk:"host"`
	NetworkPool types.String `tfsdk:"network_pool"`
	Key         types.String `tfsdk:"key"`
	LockFile    types.String `tfsdk:"lock_file"`
}

func (p *bayplanProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "bayplan"
	resp.Version = p.version
}

func (p *bayplanProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs an application's containers on a container engine: apps, services, the relationships " +
			"between them and their volumes, planned field by field against what is live on the engine.",
		Attributes: map[string]schema.Attribute{
			"project": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name of the project, a part of the name of every object on the engine. Defaults to the " +
					"environment variable `BAYPLAN_PROJECT`, then to the name of the working directory.",
			},
			"environment": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name of the environment, which keeps several copies of a project apart. Defaults to the " +
					"environment variable `BAYPLAN_ENVIRONMENT`, then to `default`. `terraform.workspace` is a natural setting.",
			},
			"host": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address of the engine, such as `unix:///var/run/docker.sock`. Defaults to the environment " +
					"variable `DOCKER_HOST`, then to the current docker context.",
			},
			"network_pool": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Address range (CIDR) that networks get their subnets from.",
			},
			"key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Secret that the passwords of services are derived from. Defaults to the environment variable " +
					"`BAYPLAN_KEY`, then, for an engine on this machine, to a key file that is made on first use in the user's " +
					"configuration directory. Another key means other passwords: keep it.",
			},
			"lock_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name of the lock file, which says which image each reference stands for. Defaults to the " +
					"environment variable `BAYPLAN_LOCK_FILE`, then to `bayplan.lock.hcl` in the working directory, where there is one.",
			},
		},
	}
}

// Configure reads the configuration. It contacts nothing and makes no key.
func (p *bayplanProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	for name, v := range map[string]types.String{
		"project": m.Project, "environment": m.Environment, "host": m.Host, "network_pool": m.NetworkPool, "key": m.Key,
		"lock_file": m.LockFile,
	} {
		if v.IsUnknown() {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Cannot configure the provider",
				"The value must be known when a plan is made. Set it from a variable, or apply what it depends on first with -target.")
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	s, diags := newSession(m, p.Dir, p.newRuntime)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = s, s, s
	resp.ListResourceData, resp.ActionData = s, s
}

func (p *bayplanProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newApp, newService, newRelationship, newVolume}
}

func (p *bayplanProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newImageData, newTopologyData}
}

func (p *bayplanProvider) ListResources(context.Context) []func() query.ListResource {
	return []func() query.ListResource{newAppList, newServiceList, newRelationshipList, newVolumeList}
}

func (p *bayplanProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newCredentials}
}

func (p *bayplanProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newParseImage}
}

// sessionOf returns what Configure made, nil while the provider is not configured.
func sessionOf(data any) (*session, error) {
	switch s := data.(type) {
	case nil:
		return nil, nil
	case *session:
		return s, nil
	}
	return nil, fmt.Errorf("the provider's data is a %T", data)
}
