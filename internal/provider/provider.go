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

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	query "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

var _ provider.Provider = (*bayplanProvider)(nil)

// EngineOptions says which engine to use and how.
type EngineOptions struct {
	Host        string          // such as "unix:///var/run/docker.sock"; "" is the engine that the docker command would use
	TLS         TLS             // of an engine at a tcp:// address; zero is that of the docker command
	Logins      registry.Logins // to registries, before those that the docker command has
	NetworkPool netip.Prefix    // where networks get their subnets from; invalid for the default
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
				MarkdownDescription: "Address of the engine, such as `unix:///var/run/docker.sock`, `tcp://engine.example:2376` or " +
					"`ssh://me@engine.example`. Defaults to the environment variable `DOCKER_HOST`, then to the current docker context. " +
					"See [Hosts and registries](guides/hosts.md).",
			},
			"tls":           tlsAttribute(),
			"registry_auth": registryAuthAttribute(),
			"image_policy":  imagePolicyAttribute(),
			"network_pool": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address range (CIDR) that networks get their subnets from: a /26 for each direct reference, and, while there is room, " +
					"a /24 for each relationship and a /22 for the way to the outside of each environment. Defaults to `10.213.0.0/16`.",
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

func tlsAttribute() schema.SingleNestedAttribute {
	file := func(of string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: of}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Files, as PEM, with which an engine at a `tcp://` address is reached over TLS. Defaults to those of " +
			"`DOCKER_CERT_PATH` and `DOCKER_TLS_VERIFY`, or of the docker context. The engine's certificate is always checked.",
		Attributes: map[string]schema.Attribute{
			"ca_file":   file("Certificates that the engine's may be signed by. Defaults to those of the system."),
			"cert_file": file("The client's certificate."),
			"key_file":  file("The client's key."),
		},
	}
}

func registryAuthAttribute() schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "Logins to image registries, by host, such as `registry.example:5000` or `docker.io`. For others the " +
			"docker command's configuration and its credential helpers are asked.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"username": schema.StringAttribute{Required: true, MarkdownDescription: "Who logs in."},
			"password": schema.StringAttribute{Required: true, Sensitive: true, MarkdownDescription: "Password, or a token that stands for one."},
		}},
	}
}

func imagePolicyAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "Which images may run. A plan with another is refused. See [Hosts and registries](guides/hosts.md).",
		Attributes: map[string]schema.Attribute{
			"allowed_registries": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Registries, or paths in them, that images may come from, such as `docker.io/library` or `registry.example:5000`.",
			},
			"require_digest": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether an image must be named by its digest or be in the lock file.",
			},
			"signatures": schema.MapNestedAttribute{
				Optional: true,
				MarkdownDescription: "Who must have signed images, by registry, path in one or repository, such as `registry.example:5000/shop`. " +
					"The closest counts; an image that is within none needs no signature, and an image id is refused.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"public_key": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The signer's key, in PEM: what `cosign generate-key-pair` writes into `cosign.pub`. Either this or `keyless`.",
					},
					"keyless": keylessAttribute(),
				}},
			},
		},
	}
}

func keylessAttribute() schema.SingleNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Who must have signed without a key, as `cosign sign` does without `--key`, and GitHub's attestations do: an identity " +
			"that an OpenID Connect issuer vouches for, by a certificate and an entry in a transparency log.",
		Attributes: map[string]schema.Attribute{
			"identity": text("The signer: a mail address, or a workflow such as " +
				"`https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main`."),
			"identity_regexp": text("Regular expression that the whole of the signer's identity matches, in place of `identity`."),
			"issuer":          text("Who vouches for the identity, such as `https://token.actions.githubusercontent.com` for workflows on GitHub."),
			"issuer_regexp":   text("Regular expression that the whole of the issuer matches, in place of `issuer`."),
			"trusted_root": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The certificates and logs that are believed, as JSON: what `cosign trusted-root create --with-default-services` " +
					"and `gh attestation trusted-root` write. They change some times a year.",
			},
		},
	}
}

// Configure reads the configuration. It contacts nothing and makes no key.
func (p *bayplanProvider) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	settings, diags := readSettings(req.Config.Raw)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	s, diags := newSession(settings, p.Dir, p.newRuntime)
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

func (p *bayplanProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newRestart, newHook}
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
