package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// await waits for changes until the instance is what the condition says or
// cannot become so.
func (m *Memory) await(ctx context.Context, s topology.Scope, op plan.AwaitInstance) error {
	for {
		m.mu.Lock()
		done, err := m.judge(s, op)
		changed := m.changed
		m.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// watch looks once: nothing takes time here.
func (m *Memory) watch(s topology.Scope, op plan.WatchInstance) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	done, err := m.judge(s, plan.AwaitInstance{Name: op.Name, Condition: topology.ConditionHealthy})
	if err == nil && !done {
		err = errors.New("its health check has not passed")
	}
	return err
}

// changePassword succeeds in what runs: no command is ever run here.
func (m *Memory) changePassword(s topology.Scope, op plan.ChangePassword) error {
	c, err := m.own(s, op.Name)
	if err == nil && c.status != topology.StatusRunning {
		err = errors.New("it is not running")
	}
	return err
}

func (m *Memory) resume(ctx context.Context, s topology.Scope, op plan.ResumeInstance) error {
	if err := m.change(func() error { return m.startInstance(s, plan.StartInstance(op)) }); err != nil {
		return err
	}
	return m.await(ctx, s, plan.AwaitInstance{Name: op.Name, Condition: topology.ConditionHealthy})
}

func (m *Memory) judge(s topology.Scope, op plan.AwaitInstance) (done bool, err error) {
	c, err := m.own(s, op.Name)
	if err != nil {
		return false, err
	}
	switch c.status {
	case topology.StatusRunning:
		return c.judgeRunning(op.Condition)
	case topology.StatusCompleted:
		if op.Condition != topology.ConditionHealthy {
			return true, nil
		}
	}
	return false, c.failure()
}

func (c *container) judgeRunning(condition topology.Condition) (done bool, err error) {
	switch condition {
	case topology.ConditionStarted:
		return true, nil
	case topology.ConditionCompleted:
		return false, nil
	}
	switch c.health {
	case topology.HealthStarting:
		return false, nil
	case topology.HealthUnhealthy:
		return false, errors.New("its health check fails")
	}
	return true, nil
}

func (c *container) failure() error {
	text := fmt.Sprintf("it is %s", c.status)
	if c.status != topology.StatusCreated && c.status != topology.StatusPaused {
		text += fmt.Sprintf(" with code %d", c.code)
	}
	if len(c.log) > 0 {
		text += "; its log ends:\n  " + strings.Join(c.log, "\n  ")
	}
	return errors.New(text)
}
