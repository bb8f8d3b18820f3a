package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// DefaultLimit is how long a change of an address may take that says nothing else.
const DefaultLimit = 5 * time.Minute

// Limit is how long the steps of an address may take. Time in which none of
// them runs, since others are waited for, does not count, nor does taking back.
type Limit struct {
	Name   string // where it is from: `timeouts.update = "2m"`
	Within time.Duration
}

// LimitOf returns the limit of a change to an address: what its checked
// timeouts say, which are nil where there are none, or DefaultLimit.
func LimitOf(a topology.Address, action plan.Action, set *topology.Timeouts) Limit {
	if !a.IsWorkload() {
		return Limit{fmt.Sprintf("the time for a change of a %s, 5m,", a.Kind), DefaultLimit}
	}
	if set == nil {
		set = &topology.Timeouts{}
	}
	name, value := "update", set.Update
	switch action {
	case plan.ActionCreate:
		name, value = "create", set.Create
	case plan.ActionDelete:
		name, value = "delete", set.Delete
	}
	if within, err := value.Value(); err == nil && within > 0 {
		return Limit{fmt.Sprintf("timeouts.%s = %q", name, value), within}
	}
	return Limit{fmt.Sprintf("timeouts.%s, by default 5m,", name), DefaultLimit}
}

// LimitError is the cause with which the calls of an address end whose limit is over.
type LimitError struct{ Limit Limit }

func (e *LimitError) Error() string { return e.Limit.Name + " is over" }

// Unwrap returns the class of the error.
func (e *LimitError) Unwrap() error { return context.DeadlineExceeded }

// clock measures how long calls of an address are being made. A nil one
// bounds nothing.
type clock struct {
	limit Limit
	calls int           // being made
	since time.Time     // when the first of them began
	spent time.Duration // before that
}

// start returns the context of a call that begins.
func (c *clock) start(ctx context.Context) (context.Context, context.CancelFunc) {
	if c == nil {
		return context.WithCancel(ctx)
	}
	if c.calls == 0 {
		c.since = time.Now()
	}
	c.calls++
	return context.WithDeadlineCause(ctx, c.since.Add(c.limit.Within-c.spent), &LimitError{c.limit})
}

// stop takes note of a call's end.
func (c *clock) stop() {
	if c == nil {
		return
	}
	if c.calls--; c.calls == 0 {
		c.spent += time.Since(c.since)
	}
}
