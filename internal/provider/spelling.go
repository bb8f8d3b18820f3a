package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// keepSpelling plans the state's spelling of a value that means the same in
// the configuration, so that "0.5g" after "512m" is no change.
type keepSpelling[T ~string] struct{}

func (keepSpelling[T]) Description(context.Context) string {
	return "another spelling of the same is no change"
}

func (m keepSpelling[T]) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepSpelling[T]) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	before, after := T(req.StateValue.ValueString()), T(req.PlanValue.ValueString())
	if plan.Equal(reflect.ValueOf(before), reflect.ValueOf(after)) {
		resp.PlanValue = req.StateValue
	}
}
