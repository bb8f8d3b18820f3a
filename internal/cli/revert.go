package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// revertFlags are the arguments of revert.
type revertFlags struct {
	applyFlags
	plan bool
}

func (c *command) revertCommand() *cobra.Command {
	var flags revertFlags
	cmd := &cobra.Command{
		Use:   "revert REVISION",
		Short: "Go back to what was applied before",
		Long: `Revert plans what leads from what is live to a revision, shows the plan, asks, and
applies it, as apply does: with the images of then, in order, and as a new revision
that can be reverted in turn. REVISION is a number of bayplan history, -1 for the
one before the last, of those that were done, or a git revision: a commit, a
branch, a tag, HEAD~1.

Nothing is changed when an image of then is not to be had any more. Data stays as
it is now: what was written since is not taken back.

The configuration stays as it is too: with git, revert the commit as well, or the
next apply makes live again what it says.`,
		Example: `  bayplan revert -1 --plan
  bayplan revert 12
  bayplan revert v1.4 --message "1.5 loses orders"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.revert(cmd.Context(), args[0], flags) },
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&flags.plan, "plan", false, "only show what would change")
	return cmd
}

// revert goes back to a revision of the ledger or of git.
func (c *command) revert(ctx context.Context, to string, flags revertFlags) error {
	flags.approved = flags.approved || flags.plan
	want, err := flags.request(false)
	if err != nil {
		return err
	}
	l, err := c.ledger(ctx)
	if err != nil {
		return err
	}
	p, err := c.reverted(ctx, l, to)
	if err != nil {
		return err
	}
	if !flags.plan {
		release, err := c.lock(ctx, p, opRevert, want.patience)
		if err != nil {
			return err
		}
		defer release()
	}
	proposed, err := p.restore(ctx, l)
	if err != nil {
		return err
	}
	switch {
	case flags.plan && want.json:
		return view.WritePlanJSON(c.out(), proposed.Plan, nil, nil)
	case !want.json:
		view.WritePlan(c.out(), c.style(c.Out), proposed.Plan)
		c.tellLost(p, proposed)
	}
	if flags.plan {
		return nil
	}
	if err := c.agree(ctx, p, proposed, want); err != nil {
		return err
	}
	if !want.json && want.approved && !proposed.Empty() {
		fmt.Fprintln(c.out())
	}
	if want.message == "" {
		want.message = "revert of " + p.reverts
	}
	return c.run(ctx, p, proposed, want.applyFlags)
}

// restore plans what leads to a revision, once every image of it is to be had.
func (p *project) restore(ctx context.Context, l *ledger) (*proposal, error) {
	live, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	p.renamed = l.otherNames(key, p.desired).live(p.desired, live)
	if err := errors.Join(p.missingImages(ctx)...); err != nil {
		return nil, err
	}
	proposed, err := p.propose(ctx, intent{})
	if err == nil {
		proposed.Reverts = p.reverts
	}
	return proposed, err
}
