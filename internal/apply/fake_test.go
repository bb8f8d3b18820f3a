package apply_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	scope = topology.Scope{Project: "shop", Environment: "default"}
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	api   = topology.Address{Kind: topology.KindApp, Name: "api"}
	db    = topology.Address{Kind: topology.KindService, Name: "db"}
)

// fake is a Runtime whose calls last as long, and end as, the test says. Tests
// that use it run in a bubble, where time passes only when all wait for it.
type fake struct {
	apply.Runtime
	lasts map[string]time.Duration                   // by op; a second when not told
	fails map[string]error                           // by op
	deaf  map[string]bool                            // by op: it does not end with its context
	pulls map[string]func(report func(apply.Pulled)) // by op: before it lasts

	mu      sync.Mutex
	calls   int
	running int
	most    int
}

func (f *fake) Perform(ctx context.Context, _ topology.Scope, op plan.Op, report func(apply.Pulled)) error {
	name := op.String()
	f.count(1)
	defer f.count(-1)
	lasts, told := f.lasts[name]
	if !told {
		lasts = time.Second
	}
	if pull := f.pulls[name]; pull != nil {
		pull(report)
	}
	if f.deaf[name] {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-time.After(lasts):
		return f.fails[name]
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (f *fake) count(more int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls += max(more, 0)
	f.running += more
	f.most = max(f.most, f.running)
}

// up is a step that starts an instance and, taken back, stops it.
func up(a topology.Address, name string, needs ...int) plan.Step {
	return plan.Step{Address: a, Op: plan.StartInstance{Name: name}, Undo: plan.StopInstance{Name: name}, Needs: needs}
}

func start(name string) string { return plan.StartInstance{Name: name}.String() }
func stop(name string) string  { return plan.StopInstance{Name: name}.String() }

func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// recorder is a listener that keeps what it hears as text.
type recorder struct {
	heard []string
	calls []string // ops as they start, undoing ones as they end
}

func (r *recorder) sink(e apply.Event) {
	switch e := e.(type) {
	case apply.StepStarted:
		r.calls = append(r.calls, e.Op.String())
		r.add("started", e.EventStep, nil)
	case apply.StepPulling:
		r.add(fmt.Sprintf("pulled %d of %d", e.Done, e.Total), e.EventStep, nil)
	case apply.StepDone:
		r.add("done after "+e.Took.String(), e.EventStep, nil)
	case apply.StepFailed:
		r.add("failed after "+e.Took.String(), e.EventStep, e.Err)
	case apply.StepUndone:
		r.calls = append(r.calls, e.Undo.String())
		r.add("undone by "+e.Undo.String()+" after "+e.Took.String(), e.EventStep, e.Err)
	}
}

func (r *recorder) add(what string, s apply.EventStep, err error) {
	line := fmt.Sprintf("%d %s: %s %s", s.Index, s.Address, s.Op, what)
	if err != nil {
		line += ": " + err.Error()
	}
	r.heard = append(r.heard, line)
}
