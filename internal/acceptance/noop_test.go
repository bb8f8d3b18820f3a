package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// fleet declares a number of apps, every tenth of which needs the first by a
// declared relationship.
func fleet(apps int) string {
	return fmt.Sprintf(`
resource "bayplan_app" "first" {
  name        = "first"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  port        = 80
  egress      = false
}
resource "bayplan_relationship" "first" {
  name   = "first"
  target = bayplan_app.first
}
resource "bayplan_app" "many" {
  count         = %d
  name          = "app${count.index}"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  memory        = "64m"
  egress        = false
  env           = { NUMBER = count.index }
  relationships = count.index %% 10 == 0 ? { first = bayplan_relationship.first } : null
}
`, apps-1)
}

// noop plans what changes nothing, and returns the calls to the engine and the
// bytes of its answers.
func (w *workspace) noop(p *testenv.Proxy) (calls int, bytes int64) {
	w.t.Helper()
	p.Reset()
	start := time.Now()
	w.empty()
	w.t.Logf("a plan in %s: %d calls, %d bytes, %v", time.Since(start).Round(time.Millisecond), len(p.Calls()), p.Bytes(), p.Counts())
	if writes := p.Writes(); len(writes) > 0 {
		w.t.Errorf("a plan writes: %v", writes)
	}
	return len(p.Calls()), p.Bytes()
}

func TestNoopPlanReadsInProportion(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	w, p := newWorkspace(t), testenv.NewProxy(t, nil)
	w.through(p)
	perApp := map[int]int64{}
	for _, apps := range []int{10, 50} {
		w.write(fleet(apps))
		start := time.Now()
		w.apply()
		t.Logf("%d apps, applied in %s", apps, time.Since(start).Round(time.Millisecond))
		calls, bytes := w.noop(p)
		if limit := apps + 10; calls > limit {
			t.Errorf("a plan over %d apps makes %d calls, more than %d: %v", apps, calls, limit, p.Counts())
		}
		perApp[apps] = bytes / int64(apps)
	}
	if few, many := perApp[10], perApp[50]; 2*many > 3*few || many == 0 {
		t.Errorf("bytes for each app: %v; want them to be much the same", perApp)
	}
	// A change of one reads what concerns that one.
	w.write(fleet(49))
	p.Reset()
	w.apply()
	counts := p.Counts()
	t.Logf("one app is removed with %v", counts)
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		if call == "DELETE /containers/{id}" && counts[call] != 1 {
			t.Errorf("%s: %d times, want once", call, counts[call])
		}
	}
	w.destroy()
	if left := w.objects(); len(left) > 0 {
		t.Errorf("destroy leaves %v", left)
	}
}
