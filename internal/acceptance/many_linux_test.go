package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// crowd is how many apps start at once, and how often.
var crowd = map[bool]struct{ apps, rounds int }{
	true: {12, 1}, false: {40, 3},
}[os.Getenv("BAYPLAN_CHAOS") == ""]

// manyApps are apps with a network each, in which all of them reach one.
func manyApps(n int) string {
	return idle("base", "") + fmt.Sprintf(`
resource "bayplan_app" "many" {
  count         = %d
  name          = "many-${count.index}"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { base = bayplan_app.base }
}
`, n)
}

// Many that start at once can make the engine forget who is in a network, which
// then cannot be removed (moby#42119). All of it is removed nonetheless.
func TestHurtByManyAtOnce(t *testing.T) {
	t.Parallel()
	h := hostStage{testenv.NewMachine(t, []string{"busybox:stable"})}
	w := h.run(t)
	w.write(manyApps(crowd.apps))
	once := []string{"--auto-approve", "--parallelism", "40"}
	for range crowd.rounds {
		tried(t, trial{"hurts to the host", fmt.Sprintf("%d starts at once", crowd.apps), "real"}, 1)
		w.proxy.Reset()
		w.bayplan(append([]string{"apply"}, once...)...)
		w.bayplan("plan", "--detailed-exitcode")
		w.bayplan(append([]string{"destroy"}, once...)...)
		if left := w.objects(); len(left) > 0 {
			t.Errorf("there is left %v", left)
		}
		refused := 0
		for _, c := range w.proxy.Writes() {
			if c.Key() == "DELETE /networks/{id}" && c.Status == http.StatusForbidden {
				refused++
			}
		}
		t.Logf("%d removals of networks were refused at first", refused)
	}
	w.whole()
}
