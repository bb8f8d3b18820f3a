package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// planFlags are the arguments of plan.
type planFlags struct {
	json, detailed, destroy, drift bool
	targets                        []string
	out                            string
}

func (c *command) planCommand() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what an apply would change",
		Long: `Plan compares the .tf files of the directory with what is live on the engine,
field by field, and shows what differs and why, what each change costs and who
needs what goes. It changes nothing.

With --refresh-only it shows only drift: what was made from the present
configuration and is not as it was made, such as stopped, cut off from a network,
or one instance too few. There is no record of what was applied, so a limit or a
number of instances that was changed in the configuration shows as well, and what
is gone altogether does not.

A plan that is written to a file is applied as it is, or refused when what it is
about has moved since. What may be secret in it is encrypted with the key.`,
		Example: `  bayplan plan
  bayplan plan --target app.web
  bayplan plan --refresh-only
  bayplan plan --detailed-exitcode   exits with 2 when there is something to do
  bayplan plan --json | jq .count
  bayplan plan --out next.plan && bayplan apply next.plan`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.plan(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "write the plan as JSON")
	flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when there is something to do")
	flags.BoolVar(&f.destroy, "destroy", false, "plan to take everything down")
	flags.BoolVar(&f.drift, "refresh-only", false, "show only what is not as it was made")
	flags.StringVar(&f.out, "out", "", "write the plan to a `FILE` too, for bayplan apply FILE")
	targetFlag(cmd, &f.targets)
	return cmd
}

// plan plans and shows the plan.
func (c *command) plan(ctx context.Context, f planFlags) error {
	if f.drift && (f.destroy || f.out != "") {
		return errors.New("--refresh-only plans nothing that could be applied: it goes with neither --destroy nor --out")
	}
	targets, err := parseTargets(f.targets)
	if err != nil {
		return err
	}
	c.ahead = true
	open := c.open
	if f.destroy {
		open = c.openAnyway
	}
	p, err := open(ctx)
	if err != nil {
		return err
	}
	proposed, err := p.propose(ctx, intent{f.destroy, f.drift, targets})
	if err != nil {
		return err
	}
	if f.json {
		err = p.writeJSON(c.out(), proposed)
	} else {
		view.WritePlan(c.out(), c.style(c.Out), proposed.Plan)
	}
	if err == nil && f.out != "" {
		err = p.save(ctx, f.out, c.Version, proposed)
	}
	if err == nil && f.detailed && !proposed.Empty() {
		return exitCode(exitChanges)
	}
	return err
}

func targetFlag(cmd *cobra.Command, into *[]string) {
	cmd.Flags().StringSliceVar(into, "target", nil, "plan `ADDRESS`, such as app.web, and what it needs, only; may be repeated")
}
