package testenv

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Eventually calls condition until it returns nil, and fails the test with its
// last error when that has not happened within the limit. What names the
// condition in the message.
func Eventually(tb testing.TB, limit time.Duration, what string, condition func() error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), limit)
	defer cancel()
	if err := poll(ctx, 50*time.Millisecond, condition); err != nil {
		tb.Fatalf("%s: not within %s: %v", what, limit, err)
	}
}

// poll calls condition at once and then every interval until it returns nil or
// ctx ends, and returns its last error.
func poll(ctx context.Context, interval time.Duration, condition func() error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-ticker.C:
		}
	}
}
