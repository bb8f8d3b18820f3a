package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ resource.ResourceWithConfigure      = (*appResource)(nil)
	_ workable                            = (*appResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*appResource)(nil)
	_ resource.ResourceWithValidateConfig = (*appResource)(nil)
	_ resource.ResourceWithImportState    = (*appResource)(nil)
	_ resource.ResourceWithIdentity       = (*appResource)(nil)
	_ resource.ResourceWithMoveState      = (*appResource)(nil)
)

func newApp() resource.Resource {
	return &appResource{workloadResource{base{kind: topology.KindApp}}}
}

// appResource is bayplan_app. What it does is that of every workload.
type appResource struct{ workloadResource }

func (r *appResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := workloadAttributes(ctx)
	attributes["image"] = schema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "Image to run: exactly one of this and `build`. Its tag is resolved to a digest when a plan is made, and exactly that runs; " +
			"a tag that has moved is a change. That of a build has a name of its own.",
	}
	attributes["build"] = buildAttribute()
	attributes["base_images"] = schema.MapAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The images that `build` is on, and what they stand for, as in `image_digest`.",
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
	attributes["hooks"] = hooksAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "An app: containers that run your code. It is replaceable, may have several replicas, and starts when " +
			"what it needs is healthy.",
		Attributes: attributes,
	}
}

func buildAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "How the image is built, by the engine. It is told apart by what it is built from: the files of the context, with their modes, " +
			"the Dockerfile, `target`, `args`, and the digests of the images that the Dockerfile builds on, which `bayplan lock` locks and `pull` is about. " +
			"Where none of that has changed nothing is built, and neither the place of the context nor times of files are part of it.",
		Attributes: map[string]schema.Attribute{
			"context": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Directory whose files the build may use, such as `\"${path.module}/app\"`. What its `.dockerignore` lists is left out, and so are " +
					"Terraform's state and Bayplan's lock file.",
			},
			"dockerfile": schema.StringAttribute{
				Optional: true, Computed: true,
				Default:             stringdefault.StaticString(build.DefaultDockerfile),
				MarkdownDescription: "Name of the Dockerfile, within the context. Defaults to `Dockerfile`.",
			},
			"target": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Stage of the Dockerfile whose image it is. Defaults to the last.",
			},
			"args": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Build arguments. They stay in the image's history, for everyone who has the image: the command refuses a sensitive one, " +
					"and Terraform does not tell a provider which are.",
			},
		},
	}
}

func hooksAttribute() schema.SingleNestedAttribute {
	command := func(when string) schema.ListAttribute {
		return schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Program and arguments that run " + when,
		}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Commands that run once for each new version, each in a container of its own with the new image, the app's " +
			"variables, mounts and relationships, before anything of the old version is removed. One that fails fails the apply, and the old instances go on serving. " +
			"Scaling runs none. After an interrupted apply one may run again: a second run must do no harm.",
		Attributes: map[string]schema.Attribute{
			"deploy":      command("before new instances start, such as a migration of the database."),
			"post_deploy": command("when the new instances serve, before the old ones are removed."),
		},
	}
}
