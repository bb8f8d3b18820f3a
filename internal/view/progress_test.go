package view

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// play tells a progress what an apply of the example would.
func play(p *Progress) {
	at := time.Unix(0, 0)
	p.now = func() time.Time { return at }
	steps := p.steps
	step := func(i int) apply.EventStep {
		return apply.EventStep{Index: i, Address: steps[i].Address, Op: steps[i].Op}
	}
	do := func(i int, took time.Duration) {
		p.Event(apply.StepStarted{EventStep: step(i)})
		at = at.Add(took)
		p.draw()
		p.Event(apply.StepDone{EventStep: step(i), Took: took})
	}
	p.Event(apply.StepStarted{EventStep: step(0)})
	p.draw()
	for _, pulled := range []apply.Pulled{{}, {Done: 900, Total: 29_400_000}, {Done: 12_340_000, Total: 40_100_000}, {Done: 40_100_000, Total: 40_100_000}} {
		p.Event(apply.StepPulling{EventStep: step(0), Pulled: pulled})
		at = at.Add(800 * time.Millisecond)
		p.draw()
	}
	p.Event(apply.StepDone{EventStep: step(0), Took: 3200 * time.Millisecond})
	do(7, 50*time.Millisecond)
	do(1, 100*time.Millisecond)
	do(2, 400*time.Millisecond)
	do(3, 800*time.Millisecond)
	do(4, 100*time.Millisecond)
	p.Event(apply.StepStarted{EventStep: step(5)})
	p.Event(apply.StepFailed{EventStep: step(5), Err: os.ErrPermission})
	p.Event(apply.StepUndone{EventStep: step(4), Undo: plan.RemoveInstance{Name: "shop-default-web-2-1"}})
	p.Stopping("Stopping.")
	do(8, time.Second)
	p.Stop()
}

func TestProgress(t *testing.T) {
	var lines, drawn bytes.Buffer
	play(NewProgress(&lines, Style{}, example(), nil))
	golden(t, "progress.txt", lines.Bytes())
	play(NewProgress(&drawn, Style{}, example(), func() (int, int) { return 60, 24 }))
	golden(t, "progress_terminal.txt", drawn.Bytes())
}

// TestProgressOfMany checks that a terminal is not written over more lines
// than it has.
func TestProgressOfMany(t *testing.T) {
	var drawn bytes.Buffer
	many := Plan{Scope: scope}
	for i := range 40 {
		a := topology.Address{Kind: topology.KindApp, Name: fmt.Sprintf("app-%02d", i)}
		many.Changes = append(many.Changes, plan.Change{Address: a, Action: plan.ActionCreate})
		step := plan.Step{Address: a, Op: plan.StartInstance{Name: scope.InstanceName(a, 1, 1)}}
		if i >= 8 {
			step.Needs = []int{i - 8}
		}
		many.Steps = append(many.Steps, step)
	}
	for _, height := range []int{24, 6} {
		p := NewProgress(&drawn, Style{}, many, func() (int, int) { return 80, height })
		p.now = func() time.Time { return time.Unix(0, 0) }
		for i, s := range many.Steps[:8] {
			p.Event(apply.StepStarted{EventStep: apply.EventStep{Index: i, Address: s.Address, Op: s.Op}})
		}
		p.draw()
		p.Stop()
	}
	golden(t, "progress_many.txt", drawn.Bytes())
}
