package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var _ datasource.DataSourceWithConfigure = (*imageData)(nil)

func newImageData() datasource.DataSource { return &imageData{} }

// imageData is the data source bayplan_image.
type imageData struct{ data }

// imageValues are its attributes.
type imageValues struct {
	Reference string            `attr:"reference"`
	Digest    string            `attr:"digest"`
	Pinned    string            `attr:"pinned"`
	Version   string            `attr:"version"`
	Labels    map[string]string `attr:"labels"`
	Platforms []string          `attr:"platforms"`
	Local     bool              `attr:"local"`
}

func (d *imageData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_image"
}

func (d *imageData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What an image reference stands for: as the lock file has it, else on the engine, else in its registry. Nothing is pulled.",
		Attributes: map[string]schema.Attribute{
			"reference": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Reference, as the `image` of an app has it.",
			},
			"digest":  readString("What it stands for: the repository digest, or the id of an image that is only on the engine."),
			"pinned":  readString("Reference to exactly this image, whatever becomes of its tag."),
			"version": readString("Its label `org.opencontainers.image.version`, if it is on the engine and has one."),
			"labels": schema.MapAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Its labels, if it is on the engine: a registry does not tell them.",
			},
			"platforms": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "What it runs on, such as `linux/amd64`, if it is not on the engine and its registry told.",
			},
			"local": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is on the engine."},
		},
	}
}

// Read looks the reference up.
func (d *imageData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var v imageValues
	_, err := decode(req.Config.Raw, &v)
	if err == nil {
		err = d.lookUp(ctx, &v)
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("reference"), fmt.Sprintf("Cannot look up image %q", v.Reference), withHint(err.Error(), imageHint(err)))
		return
	}
	if resp.State.Raw, err = encode(req.Config.Raw, v); err != nil {
		resp.Diagnostics.AddError("Cannot read the image", err.Error())
	}
}

func (d *imageData) lookUp(ctx context.Context, v *imageValues) error {
	image, err := d.session.image(ctx, v.Reference, topology.PullMissing)
	if err != nil {
		return err
	}
	v.Digest, v.Version, v.Labels, v.Platforms, v.Local = image.Digest, image.Version, image.Labels, image.Platforms, image.Local
	v.Pinned = pinned(v.Reference, image)
	return nil
}

// pinned returns a reference to exactly an image.
func pinned(reference string, image apply.Image) string {
	switch {
	case strings.Contains(reference, "@"):
		return reference
	case image.Published:
		return reference + "@" + image.Digest
	}
	return image.Digest
}
