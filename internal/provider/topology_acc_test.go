package provider_test

import (
	"context"
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const chain = `
resource "bayplan_volume" "data" {
  name = "data"
}

resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}

resource "bayplan_relationship" "cache" {
  name       = "edge"
  target     = bayplan_service.cache
  constraint = ">= 6"
}

resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  memory        = "64m"
  relationships = { cache = bayplan_relationship.cache, direct = bayplan_service.cache }
  mounts        = { "/data" = { volume = bayplan_volume.data.id } }
}
`

// From nothing to a chain of all four kinds, a limit changed behind
// Terraform's back and put right, and back to nothing but data.
func TestAccChain(t *testing.T) {
	a := newAcceptance(t, "redis:7", "busybox:stable")
	web := "bayplan_app.web"
	a.run(
		resource.TestStep{
			Config: a.config(chain),
			ConfigPlanChecks: planned(
				plancheck.ExpectKnownValue(web, tfjsonpath.New("impact"), knownvalue.StringExact("creates 1 instance")),
				plancheck.ExpectKnownValue(web, tfjsonpath.New("relationships").AtMapKey("cache").AtMapKey("version"), knownvalue.StringExact("7")),
				plancheck.ExpectUnknownValue(web, tfjsonpath.New("instances")),
			),
			Check: func(*terraform.State) error {
				want := []string{a.name("cache-1-1"), a.name("web-1-1")}
				if got := a.containers(); !slices.Equal(got, want) {
					t.Errorf("containers: got %v; want %v", got, want)
				}
				if c := a.inspect("web-1-1"); c.HostConfig.Memory != 64<<20 || !c.HostConfig.ReadonlyRootfs {
					t.Errorf("web has memory %d and a read-only root: %v", c.HostConfig.Memory, c.HostConfig.ReadonlyRootfs)
				}
				return nil
			},
		},
		resource.TestStep{
			PreConfig: func() {
				_, err := a.docker.ContainerUpdate(context.Background(), a.name("web-1-1"), container.UpdateConfig{
					Resources: container.Resources{Memory: 32 << 20, MemorySwap: 32 << 20},
				})
				a.must(err)
			},
			Config: a.config(chain),
			ConfigPlanChecks: planned(only(web, "memory"),
				plancheck.ExpectKnownValue(web, tfjsonpath.New("impact"), knownvalue.StringExact("changes memory live, nothing restarts"))),
			Check: func(*terraform.State) error {
				if c := a.inspect("web-1-1"); c.HostConfig.Memory != 64<<20 {
					t.Errorf("web has memory %d after the repair", c.HostConfig.Memory)
				}
				return nil
			},
		},
		resource.TestStep{ResourceName: web, ImportState: true, ImportStateId: "default/web", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"impact"}},
	)
	want := []string{a.name("cache.data"), a.name("data")}
	if got := a.volumes(); !slices.Equal(got, want) {
		t.Errorf("volumes: got %v; want %v", got, want)
	}
}
