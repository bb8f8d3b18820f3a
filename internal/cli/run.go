package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// run applies a plan, tells what becomes of it, and records that as a revision.
func (c *command) run(ctx context.Context, p *project, proposed *proposal, flags applyFlags) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("interrupted, and nothing was changed: %w", err)
	}
	if proposed.Empty() {
		return c.outcome(proposed, applied{}, flags)
	}
	before, err := p.before(ctx, flags.rollback)
	if err != nil {
		return err
	}
	e, err := c.enter(ctx, p, proposed, flags)
	if err != nil {
		return fmt.Errorf("%w, and nothing was changed", err)
	}
	done := c.walk(ctx, p, proposed, flags)
	if done.goesBack(flags) {
		done.takenBack = c.takeBack(ctx, before, flags)
	}
	err = c.leave(ctx, e, done)
	return errors.Join(p.placed(c.outcome(proposed, done, flags)), err)
}

// applied is what became of a plan.
type applied struct {
	clock
	result    apply.Result
	err       error
	took      time.Duration
	takenBack *applied // what became of taking it back, nil when that was not done
}

// goesBack reports whether what was done is to be taken back: something failed,
// and nobody interrupted it.
func (a applied) goesBack(flags applyFlags) bool {
	return flags.rollback && a.err != nil && !errors.Is(a.err, errInterrupted)
}

// walk makes the calls of a plan and tells of them.
func (c *command) walk(ctx context.Context, p *project, proposed *proposal, flags applyFlags) applied {
	options := apply.Options{Parallelism: flags.parallelism, Limits: proposed.limits}
	tell := func(said string) { fmt.Fprintln(c.err(), said) }
	progress := view.NewProgress(c.Out, c.style(c.Out), proposed.Plan, sizeOf(c.Out))
	if !flags.json {
		tell = progress.Stopping
		progress.Start()
	}
	done := applied{clock: newClock(proposed.Changes)}
	options.Sink = func(e apply.Event) {
		done.event(e)
		if !flags.json {
			progress.Event(e)
		}
	}
	hard, stopped, release := gracefully(ctx, tell)
	options.Stop = stopped
	began := time.Now()
	done.result, done.err = apply.Run(hard, p.Runtime, p.Scope, proposed.Steps, options)
	release()
	if !done.goesBack(flags) {
		done.err = errors.Join(done.err, apply.LockedOut(proposed.Changes, done.result))
	}
	done.took = time.Since(began)
	if !flags.json {
		progress.Stop()
		view.WriteOutcome(c.out(), c.style(c.Out), proposed.Plan, done.result, done.took, done.goesBack(flags) && !proposed.Back)
	}
	return done
}

// outcome writes what became of a plan as JSON, if that is asked for, and
// returns what went wrong.
func (c *command) outcome(proposed *proposal, done applied, flags applyFlags) error {
	failed := done.err
	var takenBack apply.Result
	if done.takenBack != nil {
		takenBack, failed = done.takenBack.result, errors.Join(failed, done.takenBack.err)
	}
	if !flags.json {
		return failed
	}
	var errs []string
	if failed != nil {
		for _, e := range flat(failed) {
			errs = append(errs, e.Error())
		}
	}
	if err := view.WriteOutcomeJSON(c.out(), proposed.Plan, done.result, takenBack, errs); err != nil {
		return err
	}
	return failed
}

// placed places what went wrong with a build in the configuration, if that has it.
func (p *project) placed(err error) error {
	errs := flat(err)
	for i, e := range errs {
		var step *apply.StepError
		if !errors.As(e, &step) || errors.Is(e, errInterrupted) {
			continue
		}
		_, builds := step.Op.(plan.BuildImage)
		if source, configured := p.sources[step.Address]; builds && configured {
			errs[i] = &diagnosed{p.config.Files, hcl.Diagnostics{{
				Severity: hcl.DiagError, Summary: fmt.Sprintf("Cannot %s of %s", step.Op, step.Address),
				Detail: step.Err.Error() + "\n\n" + apply.Hint(e), Subject: source.Range(cty.GetAttrPath("build")).Ptr(),
			}}}
		}
	}
	return errors.Join(errs...)
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
