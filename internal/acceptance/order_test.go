package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// idle declares an app that does nothing.
func idle(name, more string) string {
	return fmt.Sprintf(`
resource "bayplan_app" %[1]q {
  name        = %[1]q
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  egress      = false
  port        = 80
%[2]s
}
`, name, more)
}

// needing declares relationships to other apps.
func needing(others ...string) string {
	var all strings.Builder
	for _, other := range others {
		fmt.Fprintf(&all, "    %s = bayplan_app.%s\n", other, other)
	}
	return "  relationships = {\n" + all.String() + "  }\n"
}

const checked = `  healthcheck = { test = ["true"], interval = "1s" }` + "\n"

// Apps that need nothing of each other start at once, as many as are asked for
// and never more.
func TestApplyOverlapsAsFarAsItMay(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	const apps, parallelism = 40, 5
	w := newWorkspace(t)
	p := testenv.NewProxy(t, nil)
	w.through(p)
	var all strings.Builder
	for i := range apps {
		all.WriteString(idle(fmt.Sprintf("app%d", i), ""))
	}
	w.write(all.String())
	said := w.chronicle()
	f := newFlow(0, parallelism)
	p.SetHook(f.hook)
	w.bayplan("apply", "--auto-approve", fmt.Sprintf("--parallelism=%d", parallelism))
	if f.most != parallelism {
		t.Errorf("%d calls that change something run at once; want %d", f.most, parallelism)
	}
	f.gathered(t)
	said.wait(t, apps, "start")
	said.wait(t, apps, "create")
	p.SetHook(nil)
	w.bayplan("destroy", "--auto-approve")
	said.wait(t, apps, "destroy")
}

// In a chain each starts after the one that it needs runs, and is healthy where
// that is checked; each goes before the one that it needs.
func TestChainStartsInOrderAndStopsInReverse(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	const depth, checkedEvery = 40, 10
	w := newWorkspace(t)
	name := func(i int) string { return fmt.Sprintf("link%d", i) }
	var all strings.Builder
	for i := range depth {
		var more string
		if i > 0 {
			more = needing(name(i - 1))
		}
		if i%checkedEvery == 0 {
			more += checked
		}
		all.WriteString(idle(name(i), more))
	}
	w.write(all.String())
	said := w.chronicle()
	w.bayplan("apply", "--auto-approve")
	said.wait(t, depth, "start")
	w.bayplan("plan", "--detailed-exitcode")
	w.bayplan("destroy", "--auto-approve")
	said.wait(t, depth, "destroy")
	for i := 1; i < depth; i++ {
		ready := "start"
		if (i-1)%checkedEvery == 0 {
			ready = healthy
		}
		said.before(t, happening{name(i - 1), ready}, happening{name(i), "start"})
		said.before(t, happening{name(i), "die"}, happening{name(i - 1), "kill"})
	}
}

// Of a diamond the two in the middle start at once, after the bottom is healthy
// and before the top; they stop after the top and before the bottom.
func TestDiamondOverlapsInTheMiddle(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	p := testenv.NewProxy(t, nil)
	w.through(p)
	w.write(idle("bottom", checked) + idle("left", checked+needing("bottom")) + idle("right", checked+needing("bottom")) + idle("top", needing("left", "right")))
	said := w.chronicle()
	middle := newFlow(1, 2)
	p.SetHook(middle.hook)
	w.bayplan("apply", "--auto-approve")
	middle.gathered(t)
	said.wait(t, 4, "start")
	w.bayplan("destroy", "--auto-approve")
	said.wait(t, 4, "destroy")
	for _, side := range []string{"left", "right"} {
		said.before(t, happening{"bottom", healthy}, happening{side, "start"})
		said.before(t, happening{side, healthy}, happening{"top", "start"})
		said.before(t, happening{"top", "die"}, happening{side, "kill"})
		said.before(t, happening{side, "die"}, happening{"bottom", "kill"})
	}
}
