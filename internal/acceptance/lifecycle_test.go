package acceptance

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

const chain = `
resource "bayplan_volume" "data" {
  name       = "data"
  on_destroy = "delete"
}
resource "bayplan_service" "cache" {
  name   = "cache"
  type   = "redis:7"
  mounts = { "/data" = { volume = bayplan_volume.data.id } }
}
resource "bayplan_relationship" "cache" {
  name   = "sessions"
  target = bayplan_service.cache
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { cache = bayplan_relationship.cache }
}
`

func TestApplyThenPlanIsEmptyThenDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(chain)
	w.settled()
	if out, code := w.exec(w.only("web").ID, "sh", "-c", "echo PING | nc -w 2 sessions.internal 6379"); out != "+PONG\r\n" {
		t.Errorf("the app does not reach what it has a relationship to: %q, exit code %d", out, code)
	}
	w.destroy()
	if left := w.objects(); len(left) > 0 {
		t.Errorf("destroy leaves %v", left)
	}
}
