package acceptance

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// disturbSample is how many faults of each story are tried in memory and on the
// real engine.
var disturbSample = map[string]struct{ memory, real int }{
	"": {4, 0}, "memory": {170, 19}, "full": {10000, 10000},
}[os.Getenv("BAYPLAN_CHAOS")]

// TestDisturbed lets one call of each story go wrong in each way. The plan is the
// right one or there is none, what was not to be touched serves on, and what did
// not succeed says why; the next apply then brings about what it should.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	t.Run("of", func(t *testing.T) {
		for _, s := range crashStories {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				t.Run("memory", func(t *testing.T) {
					t.Parallel()
					disturbEach(t, newMemoryStage(t, s), s, disturbSample.memory)
				})
				if disturbSample.real > 0 {
					t.Run("real", func(t *testing.T) {
						t.Parallel()
						disturbEach(t, realStage{}, s, disturbSample.real)
					})
				}
			})
		}
	})
}

// disturbEach lets a sample of what can go wrong do so, each in a test of its own.
func disturbEach(t *testing.T, stage crashStage, s crashStory, sample int) {
	undisturbed := peaceful(t, stage, s)
	_, inMemory := stage.(*memoryStage)
	for _, d := range disturbances(undisturbed.calls, sample, inMemory) {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			disturb(t, stage, s, d, undisturbed)
		})
	}
}

// disturb does the deed of a story while a call of it goes wrong.
func disturb(t *testing.T, stage crashStage, s crashStory, d disturbance, undisturbed peace) {
	w := stage.enter(t, s)
	if d.name == "timeout" {
		w.env = append(w.env, "BAYPLAN_READ_TIMEOUT="+patience.String())
	}
	before := w.scene()
	var calls atomic.Int32
	held := make(chan time.Duration, 1)
	w.proxy.SetHook(func(c testenv.Call) testenv.Action {
		if c.Key() != d.key || int(calls.Add(1)) != d.n {
			return testenv.Forward()
		}
		if d.does != nil {
			d.does(w)
		}
		began := time.Now()
		return d.action.After(func() { held <- time.Since(began) })
	})
	deed, stdout, stderr := w.prepare(s.deed...)
	err := deed.Run()
	w.proxy.SetHook(nil)
	if int(calls.Load()) < d.n {
		t.Logf("%s is called %d times only", d.key, calls.Load())
		return
	}
	tried(t, trial{"faults", d.label, w.where()}, 1)
	if d.name == "timeout" {
		if took := <-held; took > d.deadline()+5*time.Second { // a busy machine's
			t.Errorf("it is given up after %s", took)
		}
	}
	w.keeps(undisturbed.promise, before, w.scene(), undisturbed.after)
	believed := d.name == "404" // what is said not to be there is not removed, for one
	if !believed {
		w.released(stderr.String())
		w.plansRight(stdout.String(), undisturbed.said)
	}
	switch code := deed.ProcessState.ExitCode(); {
	case err == nil && believed:
	case err == nil:
		if diff := cmp.Diff(undisturbed.shape, w.form()); diff != "" {
			t.Errorf("it succeeds, and is not as after an undisturbed one (-undisturbed +disturbed):\n%s", diff)
		}
	case code != 1 || !regexp.MustCompile(`^(bayplan: |Error: ).*(`+d.said+`)`).MatchString(flat(stderr.String())):
		t.Errorf("it exits with %d and says\n%s", code, stderr)
	}
	w.env = append(w.env, "BAYPLAN_READ_TIMEOUT=30s")
	w.unlocked(s)
	w.recovers(s, undisturbed)
	w.whole()
}

// neutral returns what a command printed without the names of project and engine.
func (w *chaosRun) neutral(out string) string {
	return strings.NewReplacer(w.proxy.Host(), "HOST", w.project, "PROJECT").Replace(out)
}

// plansRight checks that what a command printed begins with the plan that it
// should have made, or has none.
func (w *chaosRun) plansRight(out, right string) {
	w.t.Helper()
	end := strings.Index(right, "\nPlan: ")
	if end < 0 {
		w.t.Fatalf("the undisturbed command prints no plan:\n%s", right)
	}
	end += 1 + strings.Index(right[end+1:], "\n")
	if out = w.neutral(out); strings.Contains(out, "\nPlan: ") && !strings.HasPrefix(out, right[:end]) {
		w.t.Errorf("another plan (-undisturbed +disturbed):\n%s", cmp.Diff(right[:end], out[:min(len(out), end)]))
	}
}

// released checks that no lock is left, or that it was said how to give it back.
func (w *chaosRun) released(stderr string) {
	w.t.Helper()
	left := slices.ContainsFunc(w.objects(), func(o string) bool { return strings.HasSuffix(o, "apply.lock") })
	if left && !strings.Contains(stderr, "force-unlock") {
		w.t.Errorf("a lock is left, and nothing says how to give it back:\n%s", stderr)
	}
}
