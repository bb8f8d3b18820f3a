package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// live reads the topology once everything is applied.
const live = `
resource "bayplan_volume" "files" {
  name = "files"
}
resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { cache = bayplan_service.cache }
  mounts        = { "/files" = { volume = bayplan_volume.files.id } }
}
data "bayplan_topology" "now" {
  depends_on = [bayplan_app.web]
}
output "now" {
  value = data.bayplan_topology.now
}
`

func TestAccTopologyData(t *testing.T) {
	a := newAcceptance(t, "redis:7", "busybox:stable")
	is := func(check knownvalue.Check, path ...string) statecheck.StateCheck {
		at := tfjsonpath.New(path[0])
		for _, step := range path[1:] {
			at = at.AtMapKey(step)
		}
		return statecheck.ExpectKnownOutputValueAtPath("now", at, check)
	}
	a.run(
		resource.TestStep{Config: a.config(live), ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.StringExact(a.project), "project"),
			is(knownvalue.Bool(true), "healthy"),
			is(knownvalue.MapSizeExact(3), "resources"),
			is(knownvalue.StringExact("healthy"), "resources", "service.cache", "state"),
			is(knownvalue.StringExact("running"), "resources", "app.web", "state"),
			is(knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact(a.name("web-1-1"))}), "resources", "app.web", "instances"),
			is(knownvalue.ListExact([]knownvalue.Check{
				knownvalue.StringExact("service.cache"), knownvalue.StringExact("volume.files"),
			}), "resources", "app.web", "needs"),
			is(knownvalue.StringExact("present"), "resources", "volume.files", "state"),
			is(knownvalue.StringExact(strings.Join([]string{
				"flowchart LR",
				`  app_web["app.web"]`,
				`  service_cache(["service.cache"])`,
				`  volume_files[("volume.files")]`,
				`  app_web -->|"cache"| service_cache`,
				`  app_web -->|"/files"| volume_files`,
				"",
			}, "\n")), "graph"),
		}},
	)
}

func TestAccImageData(t *testing.T) {
	a := newAcceptance(t, "busybox:stable")
	a.run(
		resource.TestStep{
			Config: a.config(`
data "bayplan_image" "web" {
  reference = "busybox:stable"
}
resource "bayplan_app" "web" {
  name        = "web"
  image       = data.bayplan_image.web.pinned
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}
output "same" {
  value = bayplan_app.web.image_digest == data.bayplan_image.web.digest && data.bayplan_image.web.local
}
`),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
		},
		resource.TestStep{
			Config:      a.config("data \"bayplan_image\" \"web\" {\n  reference = \"busybox:of-nobody\"\n}\n"),
			ExpectError: regexp.MustCompile(`(?s)Cannot look up image "busybox:of-nobody".*is not on the engine; ask its registry`),
		},
	)
}
