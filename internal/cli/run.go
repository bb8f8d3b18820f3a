package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// run applies a plan and tells what becomes of it.
func (c *command) run(ctx context.Context, p *project, proposed *proposal, flags applyFlags) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("interrupted, and nothing was changed: %w", err)
	}
	options := apply.Options{Parallelism: flags.parallelism, Limits: proposed.limits}
	tell := func(said string) { fmt.Fprintln(c.Err, said) }
	progress := view.NewProgress(c.out(), c.style(c.Out), proposed.Plan, sizeOf(c.Out))
	if !flags.json {
		options.Sink, tell = progress.Event, progress.Stopping
		progress.Start()
	}
	hard, stopped, release := gracefully(ctx, tell)
	options.Stop = stopped
	began := time.Now()
	result, err := apply.Run(hard, p.Runtime, p.Scope, proposed.Steps, options)
	release()
	if flags.json {
		return c.outcomeJSON(proposed, result, err)
	}
	progress.Stop()
	if !proposed.Empty() {
		view.WriteOutcome(c.out(), c.style(c.Out), proposed.Plan, result, time.Since(began))
	}
	return err
}

func (c *command) outcomeJSON(proposed *proposal, result apply.Result, failed error) error {
	var errs []string
	if failed != nil {
		for _, e := range flat(failed) {
			errs = append(errs, e.Error())
		}
	}
	if err := view.WriteOutcomeJSON(c.out(), proposed.Plan, result, errs); err != nil {
		return err
	}
	return failed
}

// limits returns how long the steps of each address may take.
func (p *project) limits(made plan.Plan) map[topology.Address]apply.Limit {
	actions := map[topology.Address]plan.Action{}
	for _, c := range made.Changes {
		actions[c.Address] = c.Action
	}
	out := map[topology.Address]apply.Limit{}
	for _, s := range made.Steps {
		out[s.Address] = apply.LimitOf(s.Address, actions[s.Address], p.desired.Workloads[s.Address].Timeouts)
	}
	return out
}
