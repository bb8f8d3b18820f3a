package docker

import (
	"context"
	"time"
)

// restartLimit is how long an engine that has answered before may be away: what
// its daemon takes to restart.
const restartLimit = 20 * time.Second

// isBack reports whether an error is that no connection could be made to an engine
// that is there again. The call that failed so has done nothing, and may be made
// once more. One that stays away is waited for once, not at each call.
func (e *Engine) isBack(ctx context.Context, err error) bool {
	if ctx.Err() != nil || !isNotConnected(err) || brokenBy(err) != nil || (unreachable{err: err}).reason() != nil {
		return false
	}
	answers := func(ctx context.Context) (bool, error) {
		_, err := e.client.Ping(ctx)
		return err == nil, err
	}
	if poll(ctx, time.Until(e.awaitedUntil()), answers) != nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = time.Time{}
	return true
}

// awaitedUntil is until when an engine is waited for that has just not answered.
func (e *Engine) awaitedUntil() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lost.IsZero() {
		e.lost = time.Now()
	}
	return e.lost.Add(restartLimit)
}
