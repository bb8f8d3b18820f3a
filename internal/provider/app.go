package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ resource.ResourceWithConfigure      = (*appResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*appResource)(nil)
	_ resource.ResourceWithValidateConfig = (*appResource)(nil)
	_ resource.ResourceWithImportState    = (*appResource)(nil)
)

func newApp() resource.Resource {
	return &appResource{workloadResource{base{kind: topology.KindApp}}}
}

// appResource is bayplan_app. What it does is that of every workload.
type appResource struct{ workloadResource }

func (r *appResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app"
}

func (r *appResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := workloadAttributes(ctx)
	attributes["image"] = schema.StringAttribute{
		Required: true,
		MarkdownDescription: "Image to run. Its tag is resolved to a digest when a plan is made, and exactly that runs; " +
			"a tag that has moved is a change.",
	}
	attributes["restart"] = schema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "When an instance that ended is started again: `no`, `always`, `unless-stopped`, `on-failure` or " +
			"`on-failure:N`. Defaults to `unless-stopped`, for a job to `no`. Changed without a restart.",
	}
	attributes["egress"] = schema.BoolAttribute{
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(true),
		MarkdownDescription: "Whether it may open connections to the outside. With `ports` it can in any case: " +
			"to publish goes through the same network. Defaults to `true`.",
	}
	attributes["job"] = schema.BoolAttribute{
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(false),
		MarkdownDescription: "Whether it runs once, to success, and stays exited. Consumers of a job wait until it is completed. " +
			"Defaults to `false`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An app: containers that run your code. It is replaceable, may have several replicas, and starts when " +
			"what it needs is healthy.",
		Attributes: attributes,
	}
}
