package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// request is what the arguments of apply and destroy ask for.
type request struct {
	intent
	applyFlags
	allowed []plan.Hazard
}

var errKeepsNone = errors.New("--keep: at least one revision is kept")

func (f applyFlags) request(destroy bool) (request, error) {
	if f.json && !f.approved {
		return request{}, errors.New("--json cannot ask: give --auto-approve with it")
	}
	if f.keep < 1 {
		return request{}, errKeepsNone
	}
	targets, err := parseTargets(f.targets)
	if err != nil {
		return request{}, err
	}
	allowed, err := parseHazards(f.allow)
	return request{intent{destroy: destroy, targets: targets}, f, allowed}, err
}

// change plans, shows the plan, asks, and applies it.
func (c *command) change(ctx context.Context, flags applyFlags, destroy bool) error {
	want, err := flags.request(destroy)
	if err != nil {
		return err
	}
	open := c.open
	if destroy {
		open = c.openAnyway
	}
	p, err := open(ctx)
	if err != nil {
		return err
	}
	release, err := c.lock(ctx, p, operation(destroy), want.patience)
	if err != nil {
		return err
	}
	defer release()
	proposed, err := p.propose(ctx, want.intent)
	if err != nil {
		return err
	}
	if !want.json {
		view.WritePlan(c.out(), c.style(c.Out), proposed.Plan)
	}
	if err := c.agree(ctx, p, proposed, want); err != nil {
		return err
	}
	if !want.json && want.approved && !proposed.Empty() {
		fmt.Fprintln(c.out()) // where the answer would be
	}
	if err := c.run(ctx, p, proposed, want.applyFlags); err != nil || destroy || want.json {
		return err
	}
	c.tellOutputs(p)
	return nil
}

// agree asks about a plan that was shown.
func (c *command) agree(ctx context.Context, p *project, proposed *proposal, want request) error {
	if proposed.Empty() {
		return nil
	}
	if err := c.confirm(ctx, proposed, want.approved, want.allowed); err != nil || want.approved {
		return err
	}
	return p.unmoved(ctx, proposed) // time has passed
}

// The operations that make revisions and hold the lock.
const (
	opApply   = "apply"
	opDestroy = "destroy"
	opRevert  = "revert"
)

func operation(destroy bool) string {
	if destroy {
		return opDestroy
	}
	return opApply
}

// changeSaved applies a saved plan. It was reviewed when it was made: only its
// hazards are asked about.
func (c *command) changeSaved(ctx context.Context, name string, flags applyFlags) error {
	if len(flags.targets) > 0 || len(c.flags.inputs) > 0 {
		return errors.New("a saved plan is applied as it is: --target, --var and --var-file are for bayplan plan")
	}
	if flags.keep < 1 {
		return errKeepsNone
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
	if err := p.unmoved(ctx, proposed); err != nil {
		return err
	}
	if err := p.Admit(ctx, proposed.input.Desired, proposed.makes()); err != nil {
		return err
	}
	return c.run(ctx, p, proposed, flags)
}
