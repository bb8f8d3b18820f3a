package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	_ action.ActionWithConfigure      = (*restartAction)(nil)
	_ action.ActionWithValidateConfig = (*restartAction)(nil)
	_ action.ActionWithConfigure      = (*hookAction)(nil)
	_ action.ActionWithValidateConfig = (*hookAction)(nil)
)

// actions is what every action is built on.
type actions struct{ *session }

// actionValues are the attributes of all actions.
type actionValues struct {
	Address string        `attr:"address"`
	Hook    topology.Hook `attr:"hook"`
}

// Configure takes what the provider's Configure made.
func (x *actions) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	var err error
	if x.session, err = sessionOf(req.ProviderData); err != nil {
		resp.Diagnostics.AddError("Cannot configure the action", err.Error())
	}
}

// ValidateConfig checks what is known without an engine.
func (x *actions) ValidateConfig(_ context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var v actionValues
	unknown, err := decode(req.Config.Raw, &v)
	if err == nil && !unknown.any("address") {
		_, err = workloadAddress(v.Address)
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("address"), "Wrong address", err.Error())
	}
}

func addressAttribute(of string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: "Address of " + of + ", such as `bayplan_app.web.address`."}
}

// invoke does the steps that an action comes to, and tells of each.
func (x *actions) invoke(ctx context.Context, verb string, req action.InvokeRequest, resp *action.InvokeResponse,
	steps func(live topology.Live, a topology.Address, v actionValues) ([]plan.Step, error),
) {
	var v actionValues
	_, err := decode(req.Config.Raw, &v)
	var a topology.Address
	if err == nil {
		a, err = workloadAddress(v.Address)
	}
	var live topology.Live
	if err == nil {
		live, err = x.runtime.Observe(ctx, x.scope)
	}
	var todo []plan.Step
	if err == nil {
		todo, err = steps(live, a, v)
	}
	if err == nil {
		_, err = apply.Run(ctx, x.runtime, x.scope, todo, apply.Options{Sink: func(e apply.Event) {
			if started, ok := e.(apply.StepStarted); ok {
				resp.SendProgress(action.InvokeProgressEvent{Message: started.Op.String()})
			}
		}})
	}
	report(&resp.Diagnostics, verb, a, err)
}

// workloadAddress reads the address of an app or service.
func workloadAddress(text string) (topology.Address, error) {
	a, err := topology.ParseAddress(text)
	if err == nil && !a.IsWorkload() {
		err = fmt.Errorf("%s has no instances: want app.NAME or service.NAME", a)
	}
	return a, err
}
