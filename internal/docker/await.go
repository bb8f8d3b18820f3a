package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// settled is how long an instance without a health check must have run to
// count as healthy.
const settled = 200 * time.Millisecond

// lookEvery is how often an awaited instance is looked at.
const lookEvery = 100 * time.Millisecond

// watch is the wait for one instance.
type watch struct {
	engine    *Engine
	condition topology.Condition

	looked   bool
	restarts int       // at the first look
	since    time.Time // when the instance was first seen in its present run
	started  string    // that run

	trying bool
	passed chan struct{} // closed when our own run of the health check passes
}

func (e *Engine) awaitInstance(ctx context.Context, scope topology.Scope, op plan.AwaitInstance) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of our own runs of the health check
	w := &watch{engine: e, condition: op.Condition, passed: make(chan struct{})}
	var last *inspected
	for {
		c, err := e.own(ctx, scope, op.Name)
		if cause := context.Cause(ctx); err != nil && last != nil && errors.Is(cause, context.DeadlineExceeded) {
			return e.late(ctx, *last, cause) // it was being looked at
		}
		if err != nil {
			return err
		}
		last = &c
		done, reason := w.judge(ctx, c)
		if reason != "" {
			return e.failed(ctx, c, reason, nil)
		}
		if done {
			return nil
		}
		if err := w.wait(ctx); errors.Is(err, context.DeadlineExceeded) {
			return e.late(ctx, c, err)
		} else if err != nil {
			return err
		}
	}
}

// watchInstance looks again and again, and at least once.
func (e *Engine) watchInstance(ctx context.Context, scope topology.Scope, op plan.WatchInstance) error {
	w := &watch{engine: e, looked: op.Fresh}
	for until := time.Now().Add(op.For); ; {
		c, err := e.own(ctx, scope, op.Name)
		if err != nil {
			return err
		}
		if reason := w.judgeServing(c); reason != "" {
			return e.failed(ctx, c, reason, nil)
		}
		if !time.Now().Before(until) {
			return nil
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
}

// judgeServing says why the instance does not serve any more, or "".
func (w *watch) judgeServing(c inspected) string {
	w.look(c)
	switch status := statusOf(c); {
	case status == topology.StatusUnhealthy:
		return "its health check fails" + w.engine.lastOutput(c)
	case status != topology.StatusRunning && status != topology.StatusPaused:
		return "it was healthy, and is " + describe(c)
	case c.RestartCount > w.restarts:
		return endedAnew
	}
	return ""
}

const endedAnew = "it ended and was started again by the engine"

// late is the error of an instance for which there is no more time.
func (e *Engine) late(ctx context.Context, c inspected, cause error) error {
	return e.failed(ctx, c, fmt.Sprintf("%v, and it is %s", cause, describe(c)), cause)
}

// judge says whether the instance is what is waited for, or why it cannot
// become so.
func (w *watch) judge(ctx context.Context, c inspected) (done bool, reason string) {
	w.look(c)
	switch statusOf(c) {
	case topology.StatusRunning, topology.StatusUnhealthy:
		return w.judgeRunning(ctx, c)
	case topology.StatusCompleted:
		if w.condition != topology.ConditionHealthy {
			return true, ""
		}
	case topology.StatusRestarting:
		if w.condition == topology.ConditionCompleted && c.HostConfig.RestartPolicy.IsOnFailure() {
			return false, "" // the engine tries again until it completes or gives up
		}
	}
	return false, "it is " + describe(c)
}

// look notes what judging over time needs.
func (w *watch) look(c inspected) {
	if !w.looked {
		w.looked, w.restarts = true, c.RestartCount
	}
	if c.State.StartedAt != w.started {
		w.started, w.since = c.State.StartedAt, time.Now()
	}
}

func (w *watch) judgeRunning(ctx context.Context, c inspected) (done bool, reason string) {
	switch w.condition {
	case topology.ConditionStarted:
		return true, ""
	case topology.ConditionCompleted:
		return false, ""
	}
	if c.RestartCount > w.restarts {
		return false, endedAnew
	}
	switch healthOf(c) {
	case topology.HealthNone:
		return time.Since(w.since) >= settled, ""
	case topology.HealthHealthy:
		return true, ""
	case topology.HealthUnhealthy:
		return false, "its health check fails" + w.engine.lastOutput(c)
	}
	// The engine's first verdict takes a whole interval; a failure of ours says nothing.
	if !w.trying {
		w.trying = true
		go w.engine.tryHealth(ctx, c, w.passed)
	}
	select {
	case <-w.passed:
		return true, ""
	default:
		return false, ""
	}
}

// wait returns when it is time to look again, or with the cause of the context's end.
func (w *watch) wait(ctx context.Context) error {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.passed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// describe says what became of an instance.
func describe(c inspected) string {
	s := c.State
	switch status := statusOf(c); status {
	case topology.StatusCreated:
		if s.Error != "" {
			return "not started: " + inLine(s.Error)
		}
		return "not started"
	case topology.StatusExited, topology.StatusCompleted, topology.StatusRestarting:
		text := fmt.Sprintf("%s with code %d", status, s.ExitCode)
		if status == topology.StatusCompleted {
			text = "over with code 0"
		}
		if s.OOMKilled {
			text += ", killed for want of memory"
		}
		return text
	case topology.StatusRunning:
		if h := healthOf(c); h != topology.HealthNone {
			return fmt.Sprintf("running, its health check %s", h)
		}
		return "running"
	default:
		return string(status)
	}
}
