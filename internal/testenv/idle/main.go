// Command idle is the Bayplan provider but for what it does: it has the schemas
// of all its resources, and leaves them as they are. A plan through it takes what
// Terraform and the framework need for such resources.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

func main() {
	_ = os.Setenv("TF_LOG_SDK", "off") // as the provider does, and garbage is collected as seldom
	debug.SetGCPercent(400)
	bayplan := provider.New("0.0.1", nil)
	err := providerserver.Serve(context.Background(), func() framework.Provider { return idle{bayplan()} },
		providerserver.ServeOpts{Address: "registry.terraform.io/bayplan/bayplan"})
	if err != nil {
		log.Fatal(err)
	}
}

type idle struct{ framework.Provider }

func (idle) Configure(context.Context, framework.ConfigureRequest, *framework.ConfigureResponse) {}

func (idle) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (i idle) Resources(ctx context.Context) []func() resource.Resource {
	resources := i.Provider.Resources(ctx)
	for n, newResource := range resources {
		resources[n] = func() resource.Resource { return still{newResource()} }
	}
	return resources
}

// still is a resource that is live as its state has it.
type still struct{ resource.Resource }

func (still) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// ModifyPlan plans what there is.
func (still) ModifyPlan(_ context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	resp.Plan.Raw = req.State.Raw
}
