package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func newHook() action.Action { return &hookAction{} }

// hookAction is the action bayplan_hook.
type hookAction struct{ actions }

func (x *hookAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hook"
}

func (x *hookAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a hook of an app once more, in a container of its own like those that are live. It fails when the hook does.",
		Attributes: map[string]schema.Attribute{
			"address": addressAttribute("the app"),
			"hook":    schema.StringAttribute{Required: true, MarkdownDescription: "Which of its `hooks`: `deploy` or `post_deploy`."},
		},
	}
}

// ValidateConfig checks what is known without an engine.
func (x *hookAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	x.actions.ValidateConfig(ctx, req, resp)
	var v actionValues
	unknown, err := decode(req.Config.Raw, &v)
	if err == nil && !unknown.any("hook") && !slices.Contains(topology.Hooks, v.Hook) {
		resp.Diagnostics.AddAttributeError(path.Root("hook"), "Wrong hook", fmt.Sprintf("%q is no hook: there are %s and %s.", v.Hook, topology.HookDeploy, topology.HookPostDeploy))
	}
}

// Invoke runs the hook.
func (x *hookAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	x.invoke(ctx, "run a hook of", req, resp, func(live topology.Live, a topology.Address, v actionValues) ([]plan.Step, error) {
		key, err := x.keys.get()
		if err == nil {
			err = checkKey(key, live, a)
		}
		if err != nil {
			return nil, err
		}
		return plan.RunHook(live, a, v.Hook, key)
	})
}
