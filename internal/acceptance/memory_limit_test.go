package acceptance

import (
	"regexp"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// eater is an app that is never ready, and takes what memory there is where it is hungry.
func eater(does, ready string) string {
	return `
resource "bayplan_app" "eater" {
  name        = "eater"
  image       = "busybox:stable"
  command     = ["sh", "-c", "` + does + `"]
  stop_signal = "SIGKILL"
  memory      = "16m"
  restart     = "no"
  healthcheck = { test = ["test", "-e", "` + ready + `"], interval = "1s", retries = 300 }
}
`
}

// An app that wants more memory than it may have does not replace one that does not:
// that serves on, and the reason is said. A process beside the app's own that does is no change.
func TestHurtByAMemoryLimit(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	tried(t, trial{"hurts to the host", "memory limit hit", "real"}, 1)
	w := newWorkspace(t)
	w.write(eater("sleep 3600", "/etc/passwd"))
	w.bayplan("apply", "--auto-approve")
	calm := w.only("eater")
	w.write(eater("tail /dev/zero", "/never"))
	if said := w.bayplanRefuses("apply", "--auto-approve"); !regexp.MustCompile(`^bayplan: app\.eater: wait until instance ".*" is healthy: .*killed for want of memory`).MatchString(said) {
		t.Errorf("it says\n%s", said)
	}
	if now := w.only("eater"); now.ID != calm.ID || !now.State.Running || now.State.StartedAt != calm.State.StartedAt {
		t.Errorf("the one that served is %+v", now.State)
	}
	w.write(eater("sleep 3600", "/etc/passwd"))
	if _, code := w.exec(calm.ID, "tail", "/dev/zero"); code == 0 {
		t.Error("there is no limit")
	}
	w.bayplan("plan", "--detailed-exitcode")
	w.bayplan("destroy", "--auto-approve")
	if left := w.objects(); len(left) > 0 {
		t.Errorf("there is left %v", left)
	}
}
