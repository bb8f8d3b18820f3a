package runtimetest

import (
	"context"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Perform does one step's call as apply.Runtime says.
func (m *Memory) Perform(ctx context.Context, s topology.Scope, op plan.Op, report func(apply.Pulled)) error {
	m.mu.Lock()
	before, after := m.before, m.after
	m.mu.Unlock()
	err := context.Cause(ctx)
	if err == nil && before != nil {
		err = before(ctx, op)
	}
	if err == nil {
		err = m.perform(ctx, s, op, report)
	}
	if err == nil && after != nil {
		err = after(ctx, op)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, Call{Scope: s, Op: op, Err: err})
	return err
}

func (m *Memory) perform(ctx context.Context, s topology.Scope, op plan.Op, report func(apply.Pulled)) error {
	switch op := op.(type) {
	case plan.AwaitInstance:
		return m.await(ctx, s, op)
	case plan.WatchInstance:
		return m.watch(s, op)
	case plan.ResumeInstance:
		return m.resume(ctx, s, op)
	case plan.EnsureImage:
		return m.ensureImage(op, report)
	case plan.BuildImage:
		return m.buildImage(op, report)
	}
	return m.change(func() error {
		switch op := op.(type) {
		case plan.EnsureProbe:
			return m.ensureProbe(op)
		case plan.ChangePassword:
			return m.changePassword(s, op)
		case plan.CreateNetwork:
			return m.createNetwork(s, op)
		case plan.RemoveNetwork:
			return m.removeNetwork(s, op)
		case plan.Connect:
			return m.connect(s, op)
		case plan.Disconnect:
			return m.disconnect(s, op)
		case plan.CreateVolume:
			return m.createVolume(s, op)
		case plan.RemoveVolume:
			return m.removeVolume(s, op)
		case plan.CreateVault:
			return m.createVault(s, op)
		case plan.RemoveVault:
			return m.removeVault(s, op)
		case plan.FillVault:
			return m.fillVault(s, op)
		case plan.Mark:
			return m.mark(s, op)
		case plan.Unmark:
			return m.unmark(s, op)
		default:
			return m.performOnInstance(s, op)
		}
	})
}

func (m *Memory) performOnInstance(s topology.Scope, op plan.Op) error {
	switch op := op.(type) {
	case plan.CreateInstance:
		return m.createInstance(s, op)
	case plan.StartInstance:
		return m.startInstance(s, op)
	case plan.PauseInstance:
		return m.pauseInstance(s, op)
	case plan.UnpauseInstance:
		return m.unpauseInstance(s, op)
	case plan.StopInstance:
		return m.stopInstance(s, op)
	case plan.RemoveInstance:
		return m.removeInstance(s, op)
	case plan.RenameInstance:
		return m.renameInstance(s, op)
	case plan.UpdateInstance:
		return m.updateInstance(s, op)
	}
	return fmt.Errorf("the engine in memory cannot %s", op)
}
