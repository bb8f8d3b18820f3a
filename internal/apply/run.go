package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// DefaultParallelism is how many calls are made at once when nothing else is asked for.
const DefaultParallelism = 8

// Options are how a run is made. The zero Options are DefaultParallelism,
// no limits and no listener.
type Options struct {
	// Parallelism bounds the calls made at once and, unless it is 1, apart from
	// them the waits for instances; below 1 it is DefaultParallelism.
	Parallelism int
	// Limits bound addresses; one that has none may take any time.
	Limits map[topology.Address]Limit
	// Stop is asked whenever steps could start. From its first error on none
	// does, and the calls that are being made come to their end. Nil never stops.
	Stop func() error
	// Sink hears of every event in the order in which they happen. It is called
	// from the goroutine of Run, which waits for it.
	Sink func(Event)
}

// Outcome is what became of an address in a run.
type Outcome string

// The outcomes of an address.
const (
	// OutcomeDone: every step succeeded.
	OutcomeDone Outcome = "done"
	// OutcomeFailed: a step failed; what had been done was taken back as far as it can be.
	OutcomeFailed Outcome = "failed"
	// OutcomeAbandoned: no step failed, but some were not started, because the
	// run was interrupted or what they need is not there; what had been done was
	// taken back as far as it can be.
	OutcomeAbandoned Outcome = "abandoned"
)

// Result is what became of each address that has steps.
type Result map[topology.Address]Outcome

// Run makes the calls of the steps. A step starts when all that it needs have
// succeeded; of more than fit, those with the smaller index start first.
//
// An address is given up with its first failing step: no further step of it
// starts, and an address with a step to start that needs one of its steps is
// given up likewise. All others go on. When the running steps of a given-up
// address have ended, its done and failed ones are taken back in reverse order
// of completion, and after those that need them of other addresses that are
// given up by then; none are once a step of it that commits has started. This
// is not cancelled with ctx, but may last five minutes for each step.
//
// When ctx ends, no step starts any more, running ones get the ended ctx, and
// every address that is not complete is given up; the error then wraps ctx's
// cause, or what Stop said. When the limit of an address is over, its running
// steps get an ended context, whose cause is a *LimitError, and fail.
//
// What a step with a Hold did is taken back when that time is over, whatever
// else goes on, unless another step has taken it back by then.
//
// A step without an op, or that needs one that is not before it, is an error
// before anything runs. All other errors are *StepError, joined in the order of
// the steps, those of taking back last.
func Run(ctx context.Context, rt Runtime, scope topology.Scope, steps []plan.Step, o Options) (Result, error) {
	if err := checkOrder(steps); err != nil {
		return nil, err
	}
	w := newWalk(rt, scope, steps, o)
	w.walk(ctx)
	return w.result(), w.err(ctx)
}

func checkOrder(steps []plan.Step) error {
	for i, s := range steps {
		if s.Op == nil {
			return fmt.Errorf("step %d of %s does nothing", i, s.Address)
		}
		for _, n := range s.Needs {
			if n < 0 || n >= i {
				return fmt.Errorf("step %d of %s needs step %d, which is not before it", i, s.Address, n)
			}
		}
	}
	return nil
}

func (w *walk) result() Result {
	r := Result{}
	for i, s := range w.steps {
		switch {
		case w.failures[i] != nil:
			r[s.Address] = OutcomeFailed
		case r[s.Address] == OutcomeFailed:
		case w.givenUp[s.Address]:
			r[s.Address] = OutcomeAbandoned
		default:
			r[s.Address] = OutcomeDone
		}
	}
	return r
}

func (w *walk) err(ctx context.Context) error {
	var errs []error
	if w.interrupted {
		errs = append(errs, fmt.Errorf("interrupted: %w", cmp.Or(context.Cause(ctx), w.stopped)))
	}
	for _, of := range []map[int]error{w.failures, w.undoFailures} {
		for i := range w.steps {
			if of[i] != nil {
				errs = append(errs, of[i])
			}
		}
	}
	return errors.Join(errs...)
}
