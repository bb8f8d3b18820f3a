package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// run applies a plan and tells what becomes of it.
func (c *command) run(ctx context.Context, p *project, proposed *proposal, flags applyFlags) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("interrupted, and nothing was changed: %w", err)
	}
	options := apply.Options{Parallelism: flags.parallelism}
	tell := func(said string) { fmt.Fprintln(c.Err, said) }
	progress := view.NewProgress(c.out(), c.style(c.Out), proposed.Plan, widthOf(c.Out))
	if !flags.json {
		options.Sink, tell = progress.Event, progress.Stopping
		progress.Start()
	}
	soft, runtime, release := gracefully(ctx, p.Runtime, tell)
	began := time.Now()
	result, err := apply.Run(soft, runtime, p.Scope, proposed.Steps, options)
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
