package acceptance

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// configurable returns the path of every attribute that a configuration can
// set, "app.healthcheck.http", but for those that only hold others.
func configurable(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, newResource := range provider.New("test", inProcess)().Resources(t.Context()) {
		r := newResource()
		var named resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "bayplan"}, &named)
		var has resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &has)
		of := named.TypeName[len("bayplan_"):]
		out = append(out, leaves(of, has.Schema.Attributes)...)
	}
	return out
}

func leaves(under string, attributes map[string]schema.Attribute) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a, path := attributes[name], under+"."+name
		if !a.IsRequired() && !a.IsOptional() {
			continue
		}
		switch nested := a.(type) {
		case schema.SingleNestedAttribute:
			out = append(out, leaves(path, nested.Attributes)...)
		case schema.MapNestedAttribute:
			out = append(out, leaves(path, nested.NestedObject.Attributes)...)
		default:
			out = append(out, path)
		}
	}
	return out
}
