package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// change plans, shows the plan, asks, and applies it.
func (c *command) change(ctx context.Context, flags applyFlags, destroy bool) error {
	if flags.json && !flags.approved {
		return errors.New("--json cannot ask: give --auto-approve with it")
	}
	targets, err := parseTargets(flags.targets)
	if err != nil {
		return err
	}
	allowed, err := parseHazards(flags.allow)
	if err != nil {
		return err
	}
	p, err := c.open(ctx)
	if err != nil {
		return err
	}
	if destroy {
		if err := p.protected(targets); err != nil {
			return err
		}
	}
	release, err := c.lock(ctx, p, operation(destroy), flags.patience)
	if err != nil {
		return err
	}
	defer release()
	proposed, err := p.propose(ctx, intent{destroy, targets})
	if err != nil {
		return err
	}
	if !flags.json {
		view.WritePlan(c.out(), c.style(c.Out), proposed.Plan)
	}
	if !proposed.Empty() {
		if err := c.confirm(ctx, proposed, flags.approved, allowed); err != nil {
			return err
		}
	}
	if err := c.run(ctx, p, proposed, flags); err != nil || destroy || flags.json {
		return err
	}
	c.tellOutputs(p)
	return nil
}

func operation(destroy bool) string {
	if destroy {
		return "destroy"
	}
	return "apply"
}

// changeSaved applies a saved plan. It was reviewed when it was made: only its
// hazards are asked about.
func (c *command) changeSaved(ctx context.Context, name string, flags applyFlags) error {
	if len(flags.targets) > 0 || len(c.flags.inputs) > 0 {
		return errors.New("a saved plan is applied as it is: --target, --var and --var-file are for bayplan plan")
	}
	allowed, err := parseHazards(flags.allow)
	if err != nil {
		return err
	}
	p, proposed, err := c.reopen(name)
	if err != nil {
		return err
	}
	release, err := c.lock(ctx, p, operation(proposed.Destroy), flags.patience)
	if err != nil {
		return err
	}
	defer release()
	if err := refused(proposed, allowed); err != nil {
		if flags.approved || flags.json || !isTerminal(c.In) {
			return err
		}
		view.WritePlan(c.out(), c.style(c.Out), proposed.Plan)
		if err := c.confirm(ctx, proposed, false, allowed); err != nil {
			return err
		}
	}
	return c.run(ctx, p, proposed, flags)
}

// run applies a plan and tells what becomes of it.
func (c *command) run(ctx context.Context, p *project, proposed *proposal, flags applyFlags) error {
	if err := p.unmoved(ctx, proposed); err != nil {
		return err
	}
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
	return advised(err)
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
	return advised(failed)
}

// advised says what to do after an apply that did not do all.
func advised(err error) error {
	if err == nil {
		return nil
	}
	errs := flat(err)
	errs[len(errs)-1] = &hinted{errs[len(errs)-1], "What was done stays. bayplan plan shows what is left."}
	return errors.Join(errs...)
}

// unmoved returns an error when something that a plan changes is no longer as
// it was when the plan was made.
func (p *project) unmoved(ctx context.Context, proposed *proposal) error {
	if proposed.Empty() {
		return nil
	}
	now, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return err
	}
	var moved []error
	for _, change := range proposed.Changes {
		if a := change.Address; plan.Fingerprint(now, a) != plan.Fingerprint(proposed.live, a) {
			moved = append(moved, withHint("Run bayplan plan to see what it is now.",
				"%s: what is live has moved since the plan was made, and nothing was changed", a))
		}
	}
	return errors.Join(moved...)
}

// protected returns an error when something to be taken down must not be: what
// is declared with deletion_protection or prevent_destroy.
func (p *project) protected(targets []topology.Address) error {
	var errs []error
	for _, r := range p.config.Resources {
		for a, source := range p.sources {
			if source != r || len(targets) > 0 && !slices.Contains(targets, a) {
				continue
			}
			switch {
			case p.desired.Workloads[a].DeletionProtection:
				errs = append(errs, p.at(r, &topology.FieldError{
					Address: a, Field: "deletion_protection", Err: fmt.Errorf("%s is protected from deletion", a),
					Hint: "Apply deletion_protection = false first.",
				}))
			case r.Lifecycle.PreventDestroy:
				errs = append(errs, p.at(r, &topology.FieldError{
					Address: a, Field: "lifecycle", Err: fmt.Errorf("%s has prevent_destroy set", a),
					Hint: "Take it away, or name with --target what is to go.",
				}))
			}
		}
	}
	return p.diagnosed(errs)
}
