package acceptance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// clockMoves are how far the clock of who applies is from that of all others, the
// engine's too, and for how long it is right before it is set.
var clockMoves = []struct {
	name         string
	shift, holds time.Duration
}{
	{"an hour ahead", time.Hour, 0},
	{"an hour behind", -time.Hour, 0},
	{"set an hour ahead meanwhile", time.Hour, 100 * time.Millisecond},
	{"set an hour back meanwhile", -time.Hour, 100 * time.Millisecond},
}

// movedSample is how many stories are told with each clock.
var movedSample = map[string]int{"": 1, "memory": 3, "full": len(crashStories)}[os.Getenv("BAYPLAN_CHAOS")]

// TestHurtByTheClock applies by a clock that is wrong, or set meanwhile. What is made
// is what a right one makes, and whoever has the right time reads the history that
// is left, and breaks the lock.
func TestHurtByTheClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flag, err := testenv.MovedClock(dir)
	if err == nil {
		err = testenv.Build(dir, "0.0.1", flag)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range crashStories[1 : 1+min(movedSample, len(crashStories)-1)] {
		stage := newMemoryStage(t, s)
		undisturbed := peaceful(t, stage, s)
		for _, clock := range clockMoves {
			t.Run(s.name+"/"+strings.ReplaceAll(clock.name, " ", "-"), func(t *testing.T) {
				t.Parallel()
				tried(t, trial{"hurts to the host", "clock " + clock.name, "memory"}, 1)
				w := stage.enter(t, s)
				moved := func() (deed *exec.Cmd, stderr *bytes.Buffer) {
					deed, _, stderr = w.prepare(s.deed...)
					deed.Path = filepath.Join(dir, "bayplan")
					deed.Env = append(deed.Env, testenv.ClockShift+"="+clock.shift.String(), testenv.ClockHolds+"="+clock.holds.String())
					return deed, stderr
				}
				deed, _ := moved()
				w.kill(deed, chaosPoint{n: undisturbed.writes / 2})
				w.unlocked(s)
				deed, stderr := moved()
				began := time.Now()
				w.proxy.SetHook(func(c testenv.Call) testenv.Action {
					if isWrite(c) {
						return testenv.Delay(time.Until(began.Add(clock.holds)))
					}
					return testenv.Forward()
				})
				if err := deed.Run(); err != nil {
					t.Fatalf("it fails: %v\n%s", err, stderr)
				}
				w.proxy.SetHook(nil)
				if diff := cmp.Diff(undisturbed.shape, w.form()); diff != "" {
					t.Errorf("it is not as by a right clock (-right +moved):\n%s", diff)
				}
				w.bayplan(append(s.plan, "--detailed-exitcode")...)
				w.whole()
				history := w.bayplan("history")
				if clock.holds == 0 && !strings.Contains(history, began.Add(clock.shift).UTC().Format("2006-01-02 15:")) {
					t.Errorf("the clock is right:\n%s", history)
				}
				if regexp.MustCompile(` in (-|\d{3,})`).MatchString(history) {
					t.Errorf("what was done has taken a time that it has not:\n%s", history)
				}
			})
		}
	}
}
