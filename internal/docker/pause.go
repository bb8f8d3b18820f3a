package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// performServing does the ops on an instance that served or is to.
func (e *Engine) performServing(ctx context.Context, scope topology.Scope, op plan.Op) error {
	switch op := op.(type) {
	case plan.AwaitInstance:
		return e.awaitInstance(ctx, scope, op)
	case plan.WatchInstance:
		return e.watchInstance(ctx, scope, op)
	case plan.PauseInstance:
		return e.pauseInstance(ctx, scope, op)
	case plan.UnpauseInstance:
		return e.unpauseInstance(ctx, scope, op)
	case plan.ResumeInstance:
		return e.resumeInstance(ctx, scope, op)
	case plan.ChangePassword:
		return e.changePassword(ctx, scope, op)
	}
	return fmt.Errorf("the docker engine cannot %s: %w", op, errdefs.ErrNotImplemented)
}

// answering is the time in which what a paused instance has asked for is answered. It
// reads that later, but what it has asked is stopped next.
const answering = 100 * time.Millisecond

func (e *Engine) pauseInstance(ctx context.Context, scope topology.Scope, op plan.PauseInstance) error {
	c, err := e.own(ctx, scope, op.Name)
	if err != nil || !c.State.Running || c.State.Paused || c.State.Restarting {
		return err
	}
	err = e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
		return e.client.ContainerPause(ctx, c.ID)
	})
	if err != nil {
		return err
	}
	return wait(ctx, answering)
}

func (e *Engine) unpauseInstance(ctx context.Context, scope topology.Scope, op plan.UnpauseInstance) error {
	c, err := e.own(ctx, scope, op.Name)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil || !c.State.Paused {
		return err
	}
	return e.unpause(ctx, c, "")
}

func (e *Engine) unpause(ctx context.Context, c inspected, name string) error {
	return e.do(ctx, e.ReadTimeout, name, func(ctx context.Context) error {
		return e.client.ContainerUnpause(ctx, c.ID)
	})
}

// resumeInstance starts what was stopped and waits until it is healthy.
func (e *Engine) resumeInstance(ctx context.Context, scope topology.Scope, op plan.ResumeInstance) error {
	if err := e.startInstance(ctx, scope, plan.StartInstance(op)); err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	return e.awaitInstance(ctx, scope, plan.AwaitInstance{Name: op.Name, Condition: topology.ConditionHealthy})
}
