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

// interruptions are the signals that interrupt; the end of the terminal is one
// unless who started the command chose to outlive it.
func interruptions() []os.Signal {
	out := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		out = append(out, syscall.SIGHUP)
	}
	return out
}

var errInterrupted = errors.New("by ctrl-C or a signal")

// gracefully returns a context that ends with the first interruption, and a
// runtime whose calls end with the second: what runs is let come to its end,
// and nothing new starts. What is taken back is so to its own end, and the end
// of a terminal is never the second. Tell is told of the first. The end of the given
// context, which comes with the first too, is not waited for.
func gracefully(ctx context.Context, rt apply.Runtime, tell func(string)) (context.Context, apply.Runtime, func()) {
	soft, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	hard, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, interruptions()...)
	done := make(chan struct{})
	go func() {
		for first := true; ; first = false {
			var said os.Signal
			select {
			case said = <-signals:
			case <-done:
				return
			}
			switch {
			case first:
				stop(errInterrupted)
				tell("Stopping after what is running. Once more to stop that too; what is half-made is taken back.")
			case said != syscall.SIGHUP:
				abort(errInterrupted)
			}
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
// but with another. Those with a deadline, which take something back, end with
// that only.
type patient struct {
	apply.Runtime
	hard context.Context //nolint:containedctx // it is the life of the calls, not of who makes them
}

func (p patient) Perform(ctx context.Context, scope topology.Scope, op plan.Op) error {
	if _, bounded := ctx.Deadline(); bounded {
		return p.Runtime.Perform(ctx, scope, op)
	}
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(p.hard, cancel)()
	return p.Runtime.Perform(call, scope, op)
}
