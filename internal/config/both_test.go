package config_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// both is the provider's server as the command has it. It asks the framework's
// as well, and that they do not say the same is an error.
type both struct {
	tfprotov6.ProviderServer
	framework tfprotov6.ProviderServer
}

// offline is the provider without an engine.
func offline() tfprotov6.ProviderServer {
	noEngine := func(provider.EngineOptions) (apply.Runtime, error) { return nil, errors.New("there is no engine") }
	return both{
		provider.NewCommand("test", noEngine).Server(context.Background()),
		providerserver.NewProtocol6(provider.New("test", noEngine)())(),
	}
}

func (b both) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	got, err := b.ProviderServer.ValidateResourceConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	want, err := b.framework.ValidateResourceConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	return got, agree(want.Diagnostics, got.Diagnostics)
}

func (b both) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	got, err := b.ProviderServer.PlanResourceChange(ctx, req)
	if err != nil {
		return nil, err
	}
	want, err := b.framework.PlanResourceChange(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := agree(want.Diagnostics, got.Diagnostics); err != nil {
		return nil, err
	}
	schemas, err := b.framework.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	wire := schemas.ResourceSchemas[req.TypeName].ValueType()
	wanted, err := want.PlannedState.Unmarshal(wire)
	if err != nil {
		return nil, err
	}
	planned, err := got.PlannedState.Unmarshal(wire)
	if err == nil && !planned.Equal(wanted) {
		err = fmt.Errorf("the framework plans\n%s\nand the command\n%s", wanted, planned)
	}
	return got, err
}

func agree(framework, command []*tfprotov6.Diagnostic) error {
	paths := cmp.Comparer(func(a, b *tftypes.AttributePath) bool { return a.Equal(b) })
	if diff := cmp.Diff(framework, command, paths); diff != "" {
		return fmt.Errorf("the framework says - and the command +:\n%s", diff)
	}
	return nil
}
