package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
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

// gracefully returns what tells of the first interruption, after which nothing
// new starts, and a context that ends with the second, and with it the calls
// that are being made. The end of a terminal is never the second. Tell is told
// of the first. The end of the given context, which comes with the first too,
// is not waited for.
func gracefully(ctx context.Context, tell func(string)) (hard context.Context, stopped func() error, release func()) {
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
	return hard, func() error { return context.Cause(soft) }, func() {
		signal.Stop(signals)
		close(done)
		stop(nil)
		abort(nil)
	}
}
