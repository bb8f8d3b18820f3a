package provider

import (
	"context"
	"fmt"

	"github.com/distribution/reference"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newParseImage() function.Function { return parseImage{} }

// parseImage is the function parse_image.
type parseImage struct{}

// imageParts are what it returns.
type imageParts struct {
	Registry   string  `tfsdk:"registry"`
	Repository string  `tfsdk:"repository"`
	Tag        *string `tfsdk:"tag"`
	Digest     *string `tfsdk:"digest"`
}

func (parseImage) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_image"
}

func (parseImage) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Takes an image reference apart",
		MarkdownDescription: "Takes an image reference apart as the engine reads it: `redis:7` is `library/redis` of the registry `docker.io`, with the tag `7`. " +
			"What it does not say of `tag` and `digest` is null. It asks nobody whether there is such an image.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "reference", MarkdownDescription: "Reference, as the `image` of an app has it."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"registry": types.StringType, "repository": types.StringType, "tag": types.StringType, "digest": types.StringType,
		}},
	}
}

func (parseImage) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given string
	if resp.Error = req.Arguments.Get(ctx, &given); resp.Error != nil {
		return
	}
	named, err := reference.ParseNormalizedNamed(given)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%q is no image reference: %s", given, err))
		return
	}
	parts := imageParts{Registry: reference.Domain(named), Repository: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		tag := tagged.Tag()
		parts.Tag = &tag
	}
	if digested, ok := named.(reference.Digested); ok {
		digest := digested.Digest().String()
		parts.Digest = &digest
	}
	resp.Error = resp.Result.Set(ctx, parts)
}
