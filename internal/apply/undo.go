package apply

import (
	"context"
	"slices"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// undoBound is how long taking back one step may last. A stop waits for the
// grace period of what it stops, and must leave time for what comes after it.
const undoBound = 5 * time.Minute

// interrupt gives up every address that has steps to start.
func (w *walk) interrupt() {
	if w.halted {
		return
	}
	w.halted = true
	for i, s := range w.steps {
		if w.state[i] == pending {
			w.interrupted = true
			w.giveUp(s.Address)
		}
	}
}

// giveUp keeps the further steps of an address from starting, and gives up
// every address that has a step to start which needs one of them or one that
// may be taken back.
func (w *walk) giveUp(a topology.Address) {
	if w.givenUp[a] {
		return
	}
	w.givenUp[a], w.unsorted = true, true
	for _, i := range w.of[a] {
		if w.state[i] == pending {
			w.state[i] = skipped
		}
	}
	for _, i := range w.of[a] {
		for _, n := range w.neededBy[i] {
			if w.state[n] == pending {
				w.giveUp(w.steps[n].Address)
			}
		}
	}
}

// nextUndo returns the step that ended last of those that can be taken back
// now, and settles on the way those that have nothing to take back. The steps of an
// address are taken back one by one, and not before all calls for it have ended.
func (w *walk) nextUndo() (int, bool) {
	if len(w.givenUp) == 0 {
		return 0, false
	}
	w.sortUndoable()
	leaned := map[topology.Address]bool{}
	for _, i := range slices.Backward(w.undoable) {
		a := w.steps[i].Address
		switch {
		case !w.toUndo(i) || w.making[a] > 0 || leaned[a]:
		case slices.ContainsFunc(w.neededBy[i], w.leans):
			leaned[a] = true
		case w.steps[i].Undo == nil || w.keeps(i):
			w.state[i] = undone
		default:
			return i, true
		}
	}
	return 0, false
}

// sortUndoable finds out which of the finished steps may have to be taken back,
// when more has been given up, and leaves out the last that are.
func (w *walk) sortUndoable() {
	if w.unsorted {
		w.unsorted, w.undoable = false, nil
		for _, i := range w.finished {
			if w.toUndo(i) {
				w.undoable = append(w.undoable, i)
			}
		}
	}
	for last := len(w.undoable) - 1; last >= 0 && w.state[w.undoable[last]] == undone; last-- {
		w.undoable = w.undoable[:last]
	}
}

// toUndo reports whether a step has ended and has yet to be taken back.
func (w *walk) toUndo(i int) bool {
	a := w.steps[i].Address
	return w.givenUp[a] && !w.proven[a] && (w.state[i] == done || w.state[i] == failed)
}

// leans reports whether what a step needs must stay for now.
func (w *walk) leans(i int) bool {
	return w.state[i] == running || w.state[i] == undoing || w.toUndo(i)
}

// keeps reports whether taking a step back would end a new instance that serves,
// and keeps it, where an old one could not be resumed.
func (w *walk) keeps(i int) bool {
	switch undo := w.steps[i].Undo.(type) {
	case plan.StopInstance:
		w.kept[undo.Name] = w.unbacked[w.steps[i].Address]
		return w.kept[undo.Name]
	case plan.RemoveInstance:
		return w.kept[undo.Name]
	}
	return false
}

func (w *walk) takeBack(ctx context.Context, i int) {
	w.state[i] = undoing
	delete(w.holds, i)
	ctx, w.release[i] = context.WithTimeout(context.WithoutCancel(ctx), undoBound)
	w.perform(ctx, i, w.steps[i].Undo)
}

// takenBack notes that a step is. An undo that failed does not keep the
// others from being tried.
func (w *walk) takenBack(c call) {
	s := w.steps[c.step]
	w.state[c.step] = undone
	if c.err != nil {
		w.undoFailures[c.step] = &StepError{Address: s.Address, Op: s.Undo, Undo: true, Err: c.err}
		if _, resumes := s.Undo.(plan.ResumeInstance); resumes {
			w.unbacked[s.Address] = true
		}
	}
	w.sink(StepUndone{w.event(c.step), s.Undo, c.took, c.err})
}
