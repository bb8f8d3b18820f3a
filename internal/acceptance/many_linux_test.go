package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
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

// stuck is said of a network that the engine takes for one in use.
const stuck = "has active endpoints, though no container runs in it: restart the engine, then apply again"

// Many that start at once can make the engine forget who is in a network, which
// then cannot be removed (moby#42119). All of it is removed nonetheless, or it is
// said what helps, and that does.
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
		removal, _, said := w.prepare(append([]string{"destroy"}, once...)...)
		if removal.Run() != nil {
			if !strings.Contains(flat(said.String()), stuck) {
				t.Fatal(said)
			}
			t.Log(stuck)
			if err := errors.Join(h.machine.Stop(), h.machine.Start(w.ctx())); err != nil {
				t.Fatal(err)
			}
			w.bayplan(append([]string{"destroy"}, once...)...)
		}
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
