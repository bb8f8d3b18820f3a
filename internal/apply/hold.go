package apply

import (
	"context"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// holdOver returns a channel that tells when the first of the holds is over,
// nil when there is none.
func (w *walk) holdOver() <-chan time.Time {
	var first time.Time
	for _, over := range w.holds {
		if first.IsZero() || over.Before(first) {
			first = over
		}
	}
	if first.IsZero() {
		return nil
	}
	return time.After(time.Until(first))
}

// hold notes when what a done step did has lasted long enough, and that of
// others is over that the step takes back.
func (w *walk) hold(i int) {
	s := w.steps[i]
	if s.Hold > 0 {
		w.holds[i] = time.Now().Add(s.Hold)
	}
	for other := range w.holds {
		if w.steps[other].Undo == s.Op {
			delete(w.holds, other)
		}
	}
}

// letGo takes back what has lasted long enough, while the rest goes on.
func (w *walk) letGo(ctx context.Context) {
	for i, over := range w.holds {
		if time.Now().Before(over) {
			continue
		}
		delete(w.holds, i)
		w.calls++
		go func(undo plan.Op) {
			bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoBound)
			defer cancel()
			start := time.Now()
			err := w.rt.Perform(bounded, w.scope, undo, func(Pulled) {})
			w.released <- call{step: i, took: time.Since(start), err: err}
		}(w.steps[i].Undo)
	}
}

func (w *walk) letGone(c call) {
	w.calls--
	s := w.steps[c.step]
	if c.err != nil {
		w.undoFailures[c.step] = &StepError{Address: s.Address, Op: s.Undo, Undo: true, Err: c.err}
	}
	w.sink(StepReleased{w.event(c.step), s.Undo, c.took, c.err})
}
