package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func newRestart() action.Action { return &restartAction{} }

// restartAction is the action bayplan_restart.
type restartAction struct{ actions }

func (x *restartAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_restart"
}

func (x *restartAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Restarts the instances of an app or service, one after the other: none stops before the one before it is healthy again.",
		Attributes:          map[string]schema.Attribute{"address": addressAttribute("the app or service")},
	}
}

// Invoke restarts.
func (x *restartAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	x.invoke(ctx, "restart", req, resp, func(live topology.Live, a topology.Address, _ actionValues) ([]plan.Step, error) {
		return plan.Restart(live, a)
	})
}
