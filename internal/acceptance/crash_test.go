package acceptance

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// crashSample is at how many points of each story the command is killed, in memory
// and on the real engine, where an ordinary test has those of TestChaos: with
// BAYPLAN_CHAOS=memory at each in memory, and with full at each everywhere.
var crashSample = map[string]struct{ memory, real int }{
	"": {4, 0}, "memory": {1000, 9}, "full": {1000, 1000},
}[os.Getenv("BAYPLAN_CHAOS")]

// TestCrash kills the command before and after each write of each story. What
// it was not to touch serves on, the next plan is right, the next apply brings
// about what an undisturbed one does, and nothing is lost or left.
func TestCrash(t *testing.T) {
	t.Parallel()
	t.Run("of", func(t *testing.T) {
		for _, s := range crashStories {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				memory := newMemoryStage(t, s)
				undisturbed := peaceful(t, memory, s)
				for _, on := range []struct {
					name   string
					stage  crashStage
					sample int
				}{{"memory", memory, crashSample.memory}, {"real", realStage{}, crashSample.real}} {
					for _, p := range chosenPoints(2*undisturbed.writes, on.sample) {
						t.Run(on.name+"/"+p.String(), func(t *testing.T) {
							t.Parallel()
							crashes(t, on.stage, s, p, undisturbed)
						})
					}
				}
			})
		}
	})
}

// peace is what an undisturbed deed does.
type peace struct {
	promise
	before, after scene
	shape         []string
	writes        int
	calls         []testenv.Call
	said          string
}

func peaceful(t *testing.T, stage crashStage, s crashStory) peace {
	t.Helper()
	w := stage.enter(t, s)
	p := peace{promise: w.promised(s.plan...), before: w.scene()}
	w.proxy.Reset()
	p.said = w.neutral(w.bayplan(s.deed...))
	p.calls, p.after, p.shape = w.proxy.Calls(), w.scene(), w.form()
	for _, c := range p.calls {
		if isWrite(c) {
			p.writes++
		}
	}
	w.bayplan(append(s.plan, "--detailed-exitcode")...)
	w.leave()
	return p
}

// instanceNumbered is an instance in shape's words. The numbers of those that one
// apply began and another ended start anew.
var instanceNumbered = regexp.MustCompile(`^(container \S+-G)-\d+ `)

// form describes all that there is of the project, but for what depends on when.
func (w *chaosRun) form() []string {
	w.t.Helper()
	shape := w.shape()
	for i := range shape {
		shape[i] = instanceNumbered.ReplaceAllString(shape[i], "$1 ")
	}
	slices.Sort(shape)
	return shape
}

// crashes kills the deed of a story at a point and does it again.
func crashes(t *testing.T, stage crashStage, s crashStory, p chaosPoint, undisturbed peace) {
	w := stage.enter(t, s)
	before := w.scene()
	deed, _, _ := w.prepare(s.deed...)
	if w.kill(deed, p) {
		tried(t, trial{"crash points", s.name, w.where()}, 1)
	}
	w.keeps(undisturbed.promise, before, w.scene(), undisturbed.after)
	w.unlocked(s)
	w.recovers(s, undisturbed)
	w.whole()
}

// recovers makes what is configured, as its plan says, and checks that this is
// what an undisturbed deed makes.
func (w *chaosRun) recovers(s crashStory, undisturbed peace) {
	w.t.Helper()
	planned, before := w.promised(s.plan...), w.objects()
	w.bayplan(s.again...)
	if surprises := planned.foresees(before, w.objects()); len(surprises) > 0 {
		w.t.Errorf("the plan did not say that %s", strings.Join(surprises, ", "))
	}
	if diff := cmp.Diff(undisturbed.shape, w.form()); diff != "" {
		w.t.Errorf("it is not as after an undisturbed apply (-undisturbed +killed):\n%s", diff)
	}
	w.bayplan(append(s.plan, "--detailed-exitcode")...)
	w.goOn()
	if len(s.before) > 0 {
		if held := w.holds(); held != "precious" {
			w.t.Errorf("the volume holds %q", held)
		}
	}
}

// unlocked gives back the lock of a command that is gone, if it held it.
func (w *chaosRun) unlocked(s crashStory) {
	w.t.Helper()
	if !slices.ContainsFunc(w.objects(), func(o string) bool { return strings.HasSuffix(o, "apply.lock") }) {
		return
	}
	said := w.bayplanRefuses(s.again...)
	found := forceUnlock.FindStringSubmatch(said)
	if found == nil {
		w.t.Fatalf("it is locked, and does not say how to unlock it:\n%s", said)
	}
	w.bayplan("force-unlock", found[1])
}

// whole checks that all revisions can be read, are numbered without a gap, and
// have ended or were interrupted; and that no lock is left.
func (w *chaosRun) whole() {
	w.t.Helper()
	var history struct {
		Revisions []struct {
			Number int
			Status string
		}
	}
	if err := json.Unmarshal([]byte(w.bayplan("history", "--json")), &history); err != nil {
		w.t.Fatal(err)
	}
	for i, r := range history.Revisions {
		if r.Number != len(history.Revisions)-i || !slices.Contains([]string{"done", "failed", "interrupted"}, r.Status) {
			w.t.Errorf("the revisions are %v", history.Revisions)
		}
	}
	for _, object := range w.objects() {
		if strings.HasSuffix(object, ".lock") {
			w.t.Errorf("left: %s", object)
		}
	}
}
