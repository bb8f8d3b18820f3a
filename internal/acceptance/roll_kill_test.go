package acceptance

import (
	"fmt"
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
	r := newRollout(t, "")
	run := &chaosRun{workspace: r.workspace, proxy: testenv.NewProxy(t, nil)}
	run.through(run.proxy)
	r.start()

	r.greets("undisturbed")
	run.proxy.Reset()
	r.applies()
	writes := len(slices.DeleteFunc(run.proxy.Writes(), func(c testenv.Call) bool { return !isWrite(c) }))
	shape := r.greeting("undisturbed")

	size := 3
	if exhaustive {
		size = 2 * writes
	}
	for _, p := range chosenPoints(2*writes, size) {
		before := r.load.so()
		r.greets(p.String())
		run.kill(r.command("apply", "--auto-approve"), p)
		r.recovers()
		if diff := cmp.Diff(shape, r.greeting(p.String())); diff != "" {
			t.Errorf("%s: it is not as after an undisturbed apply (-undisturbed +killed):\n%s", p, diff)
		}
		r.since(before, p.String())
	}
	r.served(0)
}

func (r *rollout) greets(greeting string) {
	r.t.Helper()
	r.vars["greeting"] = greeting
	r.configure()
}

// greeting describes all that there is of the project but for the app's greeting.
func (r *rollout) greeting(is string) []string {
	r.t.Helper()
	shape := r.shape()
	with := fmt.Sprintf("GREETING=%s", is)
	if found := strings.Count(strings.Join(shape, "\n"), with); found != 3 {
		r.t.Errorf("%d instances, not 3, have %s", found, with)
	}
	for i := range shape {
		shape[i] = strings.ReplaceAll(shape[i], with, "GREETING")
	}
	return shape
}

var forceUnlock = regexp.MustCompile(`force-unlock ([a-z0-9]{8})\.`)

// recovers applies once more, after it has given back the lock of a command that
// was killed, if that held it.
func (r *rollout) recovers() {
	r.t.Helper()
	out, _ := r.apply()
	if id := forceUnlock.FindStringSubmatch(out); id != nil {
		if out, code := r.run("force-unlock", id[1]); code != 0 {
			r.t.Errorf("force-unlock exits with %d:\n%s", code, out)
		}
	}
	r.applies()
}
