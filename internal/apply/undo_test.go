package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	errPort = errors.New("port 8080 is already allocated")
	errGone = errors.New("no such instance")
)

// run runs the steps and compares the calls, in the order in which steps start
// and are undone, and the result.
func run(ctx context.Context, t *testing.T, rt *fake, steps []plan.Step, calls []string, result apply.Result) error {
	t.Helper()
	var heard recorder
	got, err := apply.Run(ctx, rt, scope, steps, apply.Options{Sink: heard.sink})
	if diff := cmp.Diff(calls, heard.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(result, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	return err
}

func TestAFailedAddressIsTakenBackInReverseOrderOfCompletion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("a"): 2 * time.Second},
			fails: map[string]error{start("d"): errPort},
		}
		keep := plan.Step{Address: web, Op: plan.StartInstance{Name: "c"}}
		err := run(t.Context(), t, rt, []plan.Step{up(web, "a"), up(web, "b"), keep, up(web, "d", 0, 1, 2), up(web, "e", 3)},
			[]string{start("a"), start("b"), start("c"), start("d"), stop("d"), stop("a"), stop("b")},
			apply.Result{web: apply.OutcomeFailed})
		var step *apply.StepError
		if !errors.As(err, &step) || step.Address != web || !errors.Is(err, errPort) {
			t.Errorf("error %v is no StepError of app.web about the port", err)
		}
	})
}

// Of two replicas the second could not be rolled, and the first one's old instance not resumed.
func TestANewInstanceStaysWhereTheOldOneCannotBeResumed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		create := func(name string, needs ...int) plan.Step {
			return plan.Step{Address: web, Op: plan.CreateInstance{Name: name}, Undo: plan.RemoveInstance{Name: name}, Needs: needs}
		}
		withdraw := plan.Step{Address: web, Op: plan.StopInstance{Name: "old"}, Undo: plan.ResumeInstance{Name: "old"}, Needs: []int{1}}
		resume, remove := withdraw.Undo.String(), plan.RemoveInstance{Name: "b"}.String()
		rt := &fake{fails: map[string]error{start("b"): errPort, resume: errGone}}
		err := run(t.Context(), t, rt, []plan.Step{create("a"), up(web, "a", 0), withdraw, create("b", 2), up(web, "b", 3)},
			[]string{create("a").Op.String(), start("a"), stop("old"), create("b").Op.String(), start("b"), stop("b"), remove, resume},
			apply.Result{web: apply.OutcomeFailed})
		if !errors.Is(err, errPort) || !errors.Is(err, errGone) {
			t.Error(err)
		}
	})
}

func TestRunningStepsEndBeforeTheirAddressIsTakenBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("slow"): 9 * time.Second},
			fails: map[string]error{start("bad"): errPort},
		}
		if err := run(t.Context(), t, rt, []plan.Step{up(web, "slow"), up(web, "bad"), up(web, "never", 0)},
			[]string{start("slow"), start("bad"), stop("slow"), stop("bad")},
			apply.Result{web: apply.OutcomeFailed}); !errors.Is(err, errPort) {
			t.Error(err)
		}
	})
}

func TestOtherAddressesGoOnWhileOneIsTakenBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("api-1"): time.Minute},
			fails: map[string]error{start("web-2"): errPort},
		}
		if err := run(t.Context(), t, rt, []plan.Step{up(web, "web-1"), up(web, "web-2", 0), up(api, "api-1"), up(api, "api-2", 2)},
			[]string{start("web-1"), start("api-1"), start("web-2"), stop("web-2"), stop("web-1"), start("api-2")},
			apply.Result{web: apply.OutcomeFailed, api: apply.OutcomeDone}); !errors.Is(err, errPort) {
			t.Error(err)
		}
	})
}

func TestWhoNeedsAFailedAddressIsGivenUpAndTakenBackFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("web-1"): time.Second / 2, stop("db-2"): 3 * time.Second / 2},
			fails: map[string]error{start("db-2"): errPort},
		}
		err := run(t.Context(), t, rt, []plan.Step{up(db, "db-1"), up(web, "web-1", 0), up(db, "db-2", 0), up(web, "web-2", 1, 2), up(api, "api-1", 3)},
			[]string{start("db-1"), start("web-1"), start("db-2"), stop("web-1"), stop("db-2"), stop("db-1")},
			apply.Result{db: apply.OutcomeFailed, web: apply.OutcomeAbandoned, api: apply.OutcomeAbandoned})
		if err == nil || err.Error() != `service.db: start instance "db-2": port 8080 is already allocated` {
			t.Errorf("error %v, want that of service.db alone", err)
		}
	})
}

func TestACompleteAddressStaysWhenWhatItNeedsFailsLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("web-1"): 5 * time.Second},
			fails: map[string]error{start("db-2"): errPort},
		}
		begin := time.Now()
		if err := run(t.Context(), t, rt, []plan.Step{up(db, "db-1"), up(web, "web-1", 0), up(db, "db-2", 0)},
			[]string{start("db-1"), start("web-1"), start("db-2"), stop("db-2"), stop("db-1")},
			apply.Result{db: apply.OutcomeFailed, web: apply.OutcomeDone}); !errors.Is(err, errPort) {
			t.Error(err)
		}
		if took := time.Since(begin); took != 7*time.Second {
			t.Errorf("took %s, want 7s: db-1 is stopped after web-1 has started", took)
		}
	})
}

func TestEveryFailureOfAnAddressIsReportedInTheOrderOfSteps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("a"): 2 * time.Second},
			fails: map[string]error{start("a"): errPort, start("b"): errGone, stop("b"): errPort, stop("a"): errGone},
		}
		err := run(t.Context(), t, rt, []plan.Step{up(web, "a"), up(web, "b")},
			[]string{start("a"), start("b"), stop("a"), stop("b")}, apply.Result{web: apply.OutcomeFailed})
		want := `app.web: start instance "a": port 8080 is already allocated
app.web: start instance "b": no such instance
app.web: take back: stop instance "a": no such instance
app.web: take back: stop instance "b": port 8080 is already allocated`
		if err == nil || err.Error() != want {
			t.Errorf("error:\n%v\nwant:\n%s", err, want)
		}
	})
}

func TestAnInterruptedRunStartsNothingMoreAndTakesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		rt := &fake{deaf: map[string]bool{start("api-1"): true}}
		steps := []plan.Step{up(db, "db-1"), up(web, "web-1"), up(web, "web-2", 1), up(web, "web-3", 2), up(api, "api-1", 1)}
		err := run(ctx, t, rt, steps,
			[]string{start("db-1"), start("web-1"), start("web-2"), start("api-1"), stop("web-2"), stop("web-1")},
			apply.Result{db: apply.OutcomeDone, web: apply.OutcomeFailed, api: apply.OutcomeDone})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "interrupted: ") {
			t.Errorf("error %v does not say that the run was interrupted", err)
		}
	})
}

func TestARunThatIsInterruptedBeforeItBeginsDoesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rt := &fake{}
	result, err := apply.Run(ctx, rt, scope, []plan.Step{up(web, "a")}, apply.Options{})
	if !errors.Is(err, context.Canceled) || rt.calls > 0 || result[web] != apply.OutcomeAbandoned {
		t.Errorf("got %v, %v after %d calls", result, err, rt.calls)
	}
}

func TestARunThatIsCompleteWhenInterruptedIsDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		rt := &fake{deaf: map[string]bool{start("a"): true}}
		if result, err := apply.Run(ctx, rt, scope, []plan.Step{up(web, "a")}, apply.Options{}); err != nil || result[web] != apply.OutcomeDone {
			t.Errorf("got %v, %v", result, err)
		}
	})
}

// A step that is not taken back in time does not take the time of the next.
func TestTakingBackAStepEndsAfterFiveMinutes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{stop("b"): time.Hour},
			fails: map[string]error{start("b"): errPort},
		}
		begin := time.Now()
		_, err := apply.Run(t.Context(), rt, scope, []plan.Step{up(web, "a"), up(web, "b", 0)}, apply.Options{})
		if took := time.Since(begin); took != 5*time.Minute+3*time.Second {
			t.Errorf("took %s, want 5m3s", took)
		}
		if want := `app.web: take back: stop instance "b": context deadline exceeded`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %s", err, want)
		}
		if err != nil && strings.Contains(err.Error(), `take back: stop instance "a"`) {
			t.Errorf("error %v: a was taken back in time", err)
		}
	})
}

// What a step met and did not make is not its to take back.
func TestAConflictIsNotTakenBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{fails: map[string]error{start("b"): errdefs.ErrConflict}}
		if err := run(t.Context(), t, rt, []plan.Step{up(web, "a"), up(web, "b", 0)},
			[]string{start("a"), start("b"), stop("a")}, apply.Result{web: apply.OutcomeFailed}); !errdefs.IsConflict(err) {
			t.Error(err)
		}
	})
}

func TestTakingBackKeepsTheValuesOfTheContext(t *testing.T) {
	type key struct{}
	values := &valueRuntime{key: key{}}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "trace"))
	defer cancel()
	values.cancel = cancel
	_, err := apply.Run(ctx, values, scope, []plan.Step{up(web, "a"), up(web, "b", 0)}, apply.Options{})
	if !errors.Is(err, context.Canceled) || values.undo != "trace" || values.undoErr != nil {
		t.Errorf("undo saw %v, %v; run gave %v", values.undo, values.undoErr, err)
	}
}

// valueRuntime is cancelled during its first call.
type valueRuntime struct {
	apply.Runtime
	key     any
	cancel  func()
	undo    any
	undoErr error
}

func (v *valueRuntime) Perform(ctx context.Context, _ topology.Scope, op plan.Op, _ func(apply.Pulled)) error {
	if _, undo := op.(plan.StopInstance); undo {
		v.undo, v.undoErr = ctx.Value(v.key), ctx.Err()
		return nil
	}
	v.cancel()
	return nil
}

func TestNothingIsTakenBackOnceItIsCommitted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{fails: map[string]error{start("old"): errGone}}
		old := plan.Step{Address: web, Op: plan.StartInstance{Name: "old"}, Needs: []int{0}, Commit: true}
		if err := run(t.Context(), t, rt, []plan.Step{up(web, "new"), old},
			[]string{start("new"), start("old")},
			apply.Result{web: apply.OutcomeFailed}); !errors.Is(err, errGone) {
			t.Error(err)
		}
	})
}

func TestAStoppedRunLetsCallsComeToTheirEndAndTakesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		enough := errors.New("by ctrl-C")
		begin := time.Now()
		stopped := func() error {
			if time.Since(begin) > 1500*time.Millisecond {
				return enough
			}
			return nil
		}
		rt := &fake{lasts: map[string]time.Duration{start("db-1"): 4 * time.Second}}
		result, err := apply.Run(t.Context(), rt, scope, []plan.Step{up(db, "db-1"), up(web, "web-1"), up(web, "web-2", 1), up(web, "web-3", 2)},
			apply.Options{Stop: stopped})
		if want := (apply.Result{db: apply.OutcomeDone, web: apply.OutcomeAbandoned}); !cmp.Equal(result, want) {
			t.Errorf("result %v, want %v", result, want)
		}
		if !errors.Is(err, enough) || err.Error() != "interrupted: by ctrl-C" {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begin); took != 4*time.Second {
			t.Errorf("took %s, want the 4s of db-1", took)
		}
	})
}
