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
// them runs, since others are waited for, does not count, nor does building an
// image or taking back.
type Limit struct {
	Setting string // what sets it, such as "timeouts.update", or "" where nothing can
	Value   string // what it is set to, or "" for DefaultLimit
	Within  time.Duration
}

// LimitOf returns the limit of a change to an address: what its checked
// timeouts say, which are nil where there are none, or DefaultLimit.
func LimitOf(a topology.Address, action plan.Action, set *topology.Timeouts) Limit {
	if !a.IsWorkload() {
		return Limit{Within: DefaultLimit}
	}
	if set == nil {
		set = &topology.Timeouts{}
	}
	setting, value := "timeouts.update", set.Update
	switch action {
	case plan.ActionCreate:
		setting, value = "timeouts.create", set.Create
	case plan.ActionDelete:
		setting, value = "timeouts.delete", set.Delete
	}
	if within, err := value.Value(); err == nil && within > 0 {
		return Limit{setting, string(value), within}
	}
	return Limit{Setting: setting, Within: DefaultLimit}
}

// LimitError is the cause with which the calls of an address end whose limit is over.
type LimitError struct{ Limit Limit }

// Error says which limit is over: `timeouts.update = "2m" is over`.
func (e *LimitError) Error() string {
	switch l := e.Limit; {
	case l.Setting == "":
		return fmt.Sprintf("the time for a change, %s, is over", l.Within)
	case l.Value == "":
		return fmt.Sprintf("%s, by default %s, is over", l.Setting, l.Within)
	default:
		return fmt.Sprintf("%s = %q is over", l.Setting, l.Value)
	}
}

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
