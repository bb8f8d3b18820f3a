package apply_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// graph draws steps of a few addresses with any order between them, some of
// which fail, and what they last.
func graph(t *rapid.T, mayFail bool) ([]plan.Step, *fake) {
	rt := &fake{lasts: map[string]time.Duration{}, fails: map[string]error{}}
	var steps []plan.Step
	for i := range rapid.IntRange(0, 24).Draw(t, "steps") {
		a := topology.Address{Kind: topology.KindApp, Name: fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "address"))}
		var needs []int
		if i > 0 {
			needs = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, min(i, 4), rapid.ID).Draw(t, "needs")
		}
		s := up(a, fmt.Sprint(i), needs...)
		if rapid.IntRange(0, 3).Draw(t, "lasting") == 0 {
			s.Undo = nil
		}
		rt.lasts[s.Op.String()] = time.Duration(rapid.IntRange(0, 5).Draw(t, "seconds")) * time.Second
		if mayFail && rapid.IntRange(0, 9).Draw(t, "failing") == 0 {
			rt.fails[s.Op.String()] = errPort
		}
		steps = append(steps, s)
	}
	return steps, rt
}

// history is when what happened to each step, by position among all events.
type history struct{ started, done, failed, undone map[int]int }

func newHistory() history {
	return history{map[int]int{}, map[int]int{}, map[int]int{}, map[int]int{}}
}

func (h history) sink(e apply.Event) {
	at := len(h.started) + len(h.done) + len(h.failed) + len(h.undone)
	switch e := e.(type) {
	case apply.StepStarted:
		h.started[e.Index] = at
	case apply.StepDone:
		h.done[e.Index] = at
	case apply.StepFailed:
		h.failed[e.Index] = at
	case apply.StepUndone:
		h.undone[e.Index] = at
	}
}

// ended returns when a step ended, if it did.
func (h history) ended(i int) (int, bool) {
	if at, ok := h.done[i]; ok {
		return at, true
	}
	at, ok := h.failed[i]
	return at, ok
}

// play runs the steps in a bubble and returns what happened.
func play(t *testing.T, rt *fake, steps []plan.Step, parallelism int) (h history, result apply.Result, err error) {
	h = newHistory()
	bubble(t, func(t *testing.T) {
		result, err = apply.Run(t.Context(), rt, scope, steps, apply.Options{Parallelism: parallelism, Sink: h.sink})
	})
	return h, result, err
}

func TestEveryStepStartsAfterItsNeedsHaveSucceeded(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps, rt := graph(r, true)
		limit := rapid.IntRange(1, 9).Draw(r, "parallelism")
		h, _, err := play(t, rt, steps, limit)
		if rt.most > limit {
			r.Fatalf("%d calls at once, allowed are %d", rt.most, limit)
		}
		for i, at := range h.started {
			for _, n := range steps[i].Needs {
				if ended, ok := h.done[n]; !ok || ended > at {
					r.Fatalf("step %d started before step %d was done", i, n)
				}
			}
			if _, ok := h.ended(i); !ok {
				r.Fatalf("step %d started and never ended", i)
			}
		}
		if (err == nil) != (len(h.failed) == 0) || err != nil && !errors.Is(err, errPort) {
			r.Fatalf("%d steps failed, and the error is %v", len(h.failed), err)
		}
	})
}

func TestWithoutFailureEverythingIsDone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps, rt := graph(r, false)
		h, result, err := play(t, rt, steps, 0)
		if err != nil || len(h.done) != len(steps) || len(h.undone) > 0 {
			r.Fatalf("%d of %d steps done, %d undone: %v", len(h.done), len(steps), len(h.undone), err)
		}
		for a, outcome := range result {
			if outcome != apply.OutcomeDone {
				r.Fatalf("%s is %s", a, outcome)
			}
		}
	})
}

func TestAnAddressIsDoneOrTakenBackInReverse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps, rt := graph(r, true)
		h, result, _ := play(t, rt, steps, 0)
		for i, s := range steps {
			_, ended := h.ended(i)
			_, done := h.done[i]
			_, undone := h.undone[i]
			complete := result[s.Address] == apply.OutcomeDone
			if complete && !done {
				r.Fatalf("%s is done without step %d", s.Address, i)
			}
			if want := ended && !complete && s.Undo != nil; undone != want {
				r.Fatalf("step %d of %s, which is %s: taken back %t, want %t", i, s.Address, result[s.Address], undone, want)
			}
			if undone {
				h.checkReverse(r, steps, i)
			}
		}
	})
}

// checkReverse fails when a step of the same address that ended before an
// undone one was taken back before it. Of two addresses one can be given up
// when the other has been taken back already.
func (h history) checkReverse(r *rapid.T, steps []plan.Step, i int) {
	ended, _ := h.ended(i)
	for j, undone := range h.undone {
		earlier, _ := h.ended(j)
		if steps[j].Address == steps[i].Address && earlier < ended && undone < h.undone[i] {
			r.Fatalf("step %d ended before step %d and was taken back before it", j, i)
		}
	}
}
