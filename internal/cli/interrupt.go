package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var errInterrupted = errors.New("by ctrl-C or a signal")

// gracefully returns a context that ends with the first interruption, and a
// runtime whose calls end with the second: what runs is let come to its end,
// and nothing new starts. Tell is told of the first. The end of the given
// context, which comes with the first too, is not waited for.
func gracefully(ctx context.Context, rt apply.Runtime, tell func(string)) (context.Context, apply.Runtime, func()) {
	soft, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	hard, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for first := true; ; first = false {
			select {
			case <-signals:
			case <-done:
				return
			}
			if !first {
				abort(errInterrupted)
				continue
			}
			stop(errInterrupted)
			tell("Stopping after what is running. Once more to stop at once.")
		}
	}()
	return soft, patient{rt, hard}, func() {
		signal.Stop(signals)
		close(done)
		stop(nil)
		abort(nil)
	}
}

// patient is a runtime whose calls do not end with the context of the walk,
// but with another, and at its deadline.
type patient struct {
	apply.Runtime
	hard context.Context //nolint:containedctx // it is the life of the calls, not of who makes them
}

func (p patient) Perform(ctx context.Context, scope topology.Scope, op plan.Op) error {
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if limit, ok := ctx.Deadline(); ok {
		call, cancel = context.WithDeadline(call, limit)
		defer cancel()
	}
	defer context.AfterFunc(p.hard, cancel)()
	return p.Runtime.Perform(call, scope, op)
}
