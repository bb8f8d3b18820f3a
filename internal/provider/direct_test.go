package provider

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What the framework would do for a schema and directServer does not, no schema
// asks for.
func TestSchemasAskForNothingElse(t *testing.T) {
	for _, newResource := range New("test", nil)().Resources(t.Context()) {
		r := newResource()
		if _, ok := r.(resource.ResourceWithConfigValidators); ok {
			t.Errorf("%T has ConfigValidators", r)
		}
		var described resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &described)
		if len(described.Schema.Blocks) > 0 {
			t.Errorf("%T has blocks", r)
		}
		askNothingElse(t, fmt.Sprintf("%T", r), described.Schema.Attributes)
	}
}

func askNothingElse(t *testing.T, at string, attributes map[string]schema.Attribute) {
	t.Helper()
	idle := []any{keepSpelling[topology.Size]{}, keepSpelling[topology.Duration]{}, keepSpelling[topology.Signal]{}, stringplanmodifier.RequiresReplace()}
	for name, a := range attributes {
		at := at + "." + name
		v := reflect.ValueOf(a)
		if modifiers := v.FieldByName("PlanModifiers"); modifiers.IsValid() {
			for i := range modifiers.Len() {
				m := modifiers.Index(i).Interface()
				if !slices.ContainsFunc(idle, func(one any) bool { return reflect.TypeOf(one) == reflect.TypeOf(m) }) {
					t.Errorf("%s has a %T, which may change what is new", at, m)
				}
			}
		}
		switch a := a.(type) {
		case schema.BoolAttribute, schema.Int64Attribute, schema.StringAttribute:
		case schema.SingleNestedAttribute:
			askNothingElse(t, at, a.Attributes)
		case schema.MapNestedAttribute:
			if fallback := v.FieldByName("Default"); !fallback.IsNil() {
				t.Errorf("%s has a default", at)
			}
			askNothingElse(t, at, a.NestedObject.Attributes)
		case schema.Float64Attribute, schema.ListAttribute, schema.MapAttribute, schema.SetAttribute:
			if fallback := v.FieldByName("Default"); !fallback.IsNil() {
				t.Errorf("%s has a default", at)
			}
		default:
			t.Errorf("%s is a %T", at, a)
		}
	}
}
