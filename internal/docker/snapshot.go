package docker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// snapshotAge is how long what was read is good for all readers. It is longer
// than the reads of one plan take and shorter than a person takes to look away.
const snapshotAge = 10 * time.Second

// memo shares one reading among all who ask for it at about the same time,
// until it is dropped or has aged. The zero memo is empty.
type memo[T any] struct {
	mu      sync.Mutex
	current *reading[T]
}

type reading[T any] struct {
	begun time.Time
	done  chan struct{} // closed when value and err are set
	value T
	err   error
}

// get returns the shared reading, beginning one when there is none. An error
// goes to all who wait for it and is not kept. The reading does not end with
// the context of the one who happened to begin it.
func (m *memo[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	r := m.begin(ctx, read)
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("read the engine: %w", context.Cause(ctx))
	}
}

func (m *memo[T]) begin(ctx context.Context, read func(context.Context) (T, error)) *reading[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != nil && time.Since(m.current.begun) < snapshotAge {
		return m.current
	}
	r := &reading[T]{begun: time.Now(), done: make(chan struct{})}
	m.current = r
	go func() {
		defer close(r.done)
		if r.value, r.err = read(context.WithoutCancel(ctx)); r.err != nil {
			m.dropIf(r)
		}
	}()
	return r
}

// drop forgets the reading, also one that is under way.
func (m *memo[T]) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.current = nil
}

func (m *memo[T]) dropIf(r *reading[T]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == r {
		m.current = nil
	}
}

// snapshot returns the memo of a scope.
func (e *Engine) snapshot(scope topology.Scope) *memo[topology.Live] {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.live[scope]
	if m == nil {
		m = &memo[topology.Live]{}
		e.live[scope] = m
	}
	return m
}
