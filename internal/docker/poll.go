package docker

import (
	"context"
	"time"
)

// poll calls try, at growing intervals of at most 200 ms, until it is done or
// the time is up, and returns its last error.
func poll(ctx context.Context, limit time.Duration, try func(context.Context) (done bool, err error)) error {
	deadline := time.Now().Add(limit)
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		done, err := try(ctx)
		if done || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		if wait(ctx, pause) != nil {
			return err
		}
	}
}

// wait returns after the time, or with the cause of the context's end.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
