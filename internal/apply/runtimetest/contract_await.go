package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var awaitPromises = []promise{
	{"a running instance is started, and healthy without a health check", func(b *bench) {
		name := b.run(1, 1)
		b.twice(await(name, topology.ConditionStarted))
		b.twice(await(name, topology.ConditionHealthy))
	}},
	{"an instance whose health check passes becomes healthy", func(b *bench) {
		name := b.runChecked(healthTest("true"))
		b.do(await(name, topology.ConditionHealthy))
	}},
	{"an instance whose health check fails does not", func(b *bench) {
		name := b.runChecked(healthTest("false"))
		b.do(await(name, topology.ConditionStarted))
		b.fails(await(name, topology.ConditionHealthy))
		if status := b.instance(name).Status; status != topology.StatusUnhealthy {
			b.Errorf("it is %s", status)
		}
	}},
	{"waiting ends with the context", func(b *bench) {
		h := healthTest("false")
		h.StartPeriod = time.Hour.Nanoseconds()
		endsWithContext(b, await(b.runChecked(h), topology.ConditionHealthy))
		endsWithContext(b, await(b.run(2, 1), topology.ConditionCompleted))
	}},
	{"an instance that ends well completes", func(b *bench) {
		name := b.run(1, 1, "true")
		b.do(await(name, topology.ConditionCompleted), await(name, topology.ConditionStarted))
		if i := b.instance(name); i.Status != topology.StatusCompleted || i.ExitCode != 0 {
			b.Errorf("it is %s with code %d", i.Status, i.ExitCode)
		}
		b.fails(await(name, topology.ConditionHealthy))
	}},
	{"an instance that ends badly fails with its code and last words", func(b *bench) {
		name := b.run(1, 1, "sh", "-c", "echo cannot open the ledger; exit 3")
		for _, c := range []topology.Condition{topology.ConditionCompleted, topology.ConditionHealthy} {
			text := b.fails(await(name, c))
			if !strings.Contains(text, "cannot open the ledger") || !strings.Contains(text, "3") {
				b.Errorf("waiting for %s fails with %q", c, text)
			}
		}
		if i := b.instance(name); i.Status != topology.StatusExited || i.ExitCode != 3 {
			b.Errorf("it is %s with code %d", i.Status, i.ExitCode)
		}
	}},
	{"an instance that does not run cannot become anything", func(b *bench) {
		b.fails(await(b.create(1, 1), topology.ConditionHealthy))
		b.fails(await(b.scope.InstanceName(web, 9, 9), topology.ConditionStarted))
	}},
}

func await(name string, c topology.Condition) plan.AwaitInstance {
	return plan.AwaitInstance{Name: name, Condition: c}
}

// healthTest is a health check that comes to its verdict at once.
func healthTest(command string) *plan.ContainerHealth {
	return &plan.ContainerHealth{
		Test: []string{"CMD", command}, Retries: 1,
		Interval: (300 * time.Millisecond).Nanoseconds(), Timeout: (10 * time.Second).Nanoseconds(),
	}
}

// runChecked runs an instance with a health check.
func (b *bench) runChecked(h *plan.ContainerHealth) string {
	b.Helper()
	c := b.container(b.workload())
	c.Health = h
	name := b.scope.InstanceName(web, 1, 1)
	b.do(plan.CreateInstance{Name: name, Container: c}, plan.StartInstance{Name: name})
	return name
}

func endsWithContext(b *bench, op plan.Op) {
	b.Helper()
	enough := fmt.Errorf("enough: %w", context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(b.ctx, 500*time.Millisecond, enough)
	defer cancel()
	begin := time.Now()
	if err := b.rt.Perform(ctx, b.scope, op, nil); !errors.Is(err, enough) || !strings.Contains(err.Error(), "enough") {
		b.Errorf("%s: got error %v, want the context's cause", op, err)
	}
	if ctx.Err() == nil {
		b.Errorf("%s: failed before the context ended", op)
	}
	if late := time.Since(begin); late > 30*time.Second {
		b.Errorf("%s: ended %s after its context began", op, late)
	}
}
