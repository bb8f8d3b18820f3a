package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// fault is what becomes of one call of a deed.
type fault struct {
	name   string
	action testenv.Action
	// does is done to the engine before, nil for nothing.
	does func(w *chaosRun)
	// said is what is said where the deed fails by it.
	said string
}

const disconnected = `closed the connection|connection reset|unexpected EOF|unexpected end of JSON`

// patience is how long the command waits for an answer in these tests.
const patience = 2 * time.Second

// faults are what may become of any call. What the engine says it has not, or
// has already, is believed: such an answer may lead to another error.
var faults = []fault{
	{name: "500", action: testenv.Status(http.StatusInternalServerError), said: "injected fault|500 Internal Server"},
	{name: "404", action: testenv.Status(http.StatusNotFound), said: "."},
	{name: "409", action: testenv.Status(http.StatusConflict), said: "."},
	{name: "timeout", action: testenv.Hang(), said: "no answer within"},
	{name: "slow", action: testenv.Delay(patience / 10), said: "nothing fails by it"},
	{name: "half", action: testenv.Cut(), said: disconnected},
	{name: "drop", action: testenv.Drop(), said: disconnected},
	{name: "lost", action: testenv.DropAfter(), said: disconnected},
	{name: "restart", action: testenv.Drop(), does: func(w *chaosRun) { w.memory.Restart() }, said: "."},
}

// disturbance is a fault of the n-th call of a key, from 1.
type disturbance struct {
	fault
	key string
	n   int
}

func (d disturbance) String() string {
	return fmt.Sprintf("%s/%d/%s", strings.NewReplacer("/", "-", " ", "").Replace(d.key), d.n, d.name)
}

// disturbances are all faults of the first, the middle and the last call of
// each key; or as many of them as a sample has, spread evenly. Only an engine in
// memory is restarted.
func disturbances(calls []testenv.Call, sample int, inMemory bool) []disturbance {
	count := map[string]int{}
	var keys []string
	for _, c := range calls {
		if count[c.Key()]++; count[c.Key()] == 1 {
			keys = append(keys, c.Key())
		}
	}
	slices.Sort(keys)
	var all []disturbance
	for _, key := range keys {
		for _, n := range slices.Compact([]int{1, 1 + count[key]/2, count[key]}) {
			for _, f := range faults {
				if f.does == nil || inMemory {
					all = append(all, disturbance{f, key, n})
				}
			}
		}
	}
	if sample >= len(all) {
		return all
	}
	var out []disturbance
	for i := range sample {
		out = append(out, all[(i*len(all)/sample+i)%len(all)]) // of another way each
	}
	return out
}

// disturbSample is how many faults of each story are tried in memory and on the
// real engine.
var disturbSample = map[string]struct{ memory, real int }{
	"": {4, 0}, "memory": {170, 17}, "full": {10000, 10000},
}[os.Getenv("BAYPLAN_CHAOS")]

// TestDisturbed lets one call of each story go wrong in each way. The plan is the
// right one or there is none, what was not to be touched serves on, and what did
// not succeed says why; the next apply then brings about what it should.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	var tried, failed, violations atomic.Int32
	t.Run("of", func(t *testing.T) {
		for _, s := range crashStories {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				for _, on := range []struct {
					name   string
					sample int
					stage  func() crashStage
				}{
					{"memory", disturbSample.memory, func() crashStage { return newMemoryStage(t, s) }},
					{"real", disturbSample.real, func() crashStage { return realStage{} }},
				} {
					if on.sample == 0 {
						continue
					}
					stage := on.stage()
					undisturbed := peaceful(t, stage, s)
					for _, d := range disturbances(undisturbed.calls, on.sample, on.name == "memory") {
						t.Run(on.name+"/"+d.String(), func(t *testing.T) {
							t.Parallel()
							t.Cleanup(func() {
								if t.Failed() {
									violations.Add(1)
								}
							})
							met, fails := disturb(t, stage, s, d, undisturbed)
							tried.Add(met)
							failed.Add(fails)
						})
					}
				}
			})
		}
	})
	t.Logf("chaos: %d calls disturbed, %d commands failed by it, %d violations", tried.Load(), failed.Load(), violations.Load())
}

// disturb does the deed of a story while a call of it goes wrong. It returns 1
// when there was such a call, and 1 when the deed failed.
func disturb(t *testing.T, stage crashStage, s crashStory, d disturbance, undisturbed peace) (met, failed int32) {
	w := stage.enter(t, s)
	w.env = append(w.env, "BAYPLAN_READ_TIMEOUT="+patience.String())
	before := w.scene()
	var calls atomic.Int32
	var once sync.Once
	w.proxy.SetHook(func(c testenv.Call) testenv.Action {
		if c.Key() != d.key || int(calls.Add(1)) != d.n {
			return testenv.Forward()
		}
		once.Do(func() {
			if d.does != nil {
				d.does(w)
			}
		})
		return d.action
	})
	deed, stdout, stderr := w.prepare(s.deed...)
	err := deed.Run()
	w.proxy.SetHook(nil)
	if int(calls.Load()) < d.n {
		return 0, 0
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
	default:
		failed = 1
	}
	w.env = append(w.env, "BAYPLAN_READ_TIMEOUT=30s")
	w.unlocked(s)
	w.recovers(s, undisturbed)
	w.whole()
	return 1, failed
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
