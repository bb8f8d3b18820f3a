package acceptance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// Whenever the command is killed while it replaces an app's instances, the app
// is served on, and the next apply brings about what an undisturbed one does.
func TestTrafficMeetsNoKill(t *testing.T) {
	t.Parallel()
	e := newExample(t)
	run := &chaosRun{workspace: e.workspace, proxy: testenv.NewProxy(t, nil)}
	run.through(run.proxy)
	e.vars["replicas"] = 2
	e.start()

	e.greets("undisturbed")
	run.proxy.Reset()
	e.applies()
	writes := len(slices.DeleteFunc(run.proxy.Writes(), func(c testenv.Call) bool { return !isWrite(c) }))
	shape := e.greeting("undisturbed")

	points := chosenPoints(2*writes, 2*writes)
	if !exhaustive {
		points = []chaosPoint{points[2*writes/3], points[4*writes/3]}
	}
	for _, p := range points {
		before := e.load.so()
		e.greets(p.String())
		run.kill(e.command("apply", "--auto-approve"), p)
		e.recovers()
		if diff := cmp.Diff(shape, e.greeting(p.String())); diff != "" {
			t.Errorf("%s: it is not as after an undisturbed apply (-undisturbed +killed):\n%s", p, diff)
		}
		e.since(before, p.String())
	}
	e.served(0)
}

func (e *example) greets(greeting string) {
	e.t.Helper()
	e.vars["greeting"] = greeting
	e.configure()
}

// instanceNumber is the number of an instance of the app, in shape's words. Those
// of one that was begun by one apply and ended by another start anew.
var instanceNumber = regexp.MustCompile(`-app-G-\d`)

// greeting describes all that there is of the project but for the app's greeting.
func (e *example) greeting(is string) []string {
	e.t.Helper()
	with := "GREETING=" + is
	text := strings.Join(e.shape(), "\n")
	if found := strings.Count(text, with); found != 2 {
		e.t.Errorf("%d instances, not 2, have %s", found, with)
	}
	text = instanceNumber.ReplaceAllString(strings.ReplaceAll(text, with, "GREETING"), "-app")
	return strings.Split(text, "\n")
}
