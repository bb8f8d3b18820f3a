package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// applyFlags are the arguments of what changes something.
type applyFlags struct {
	approved    bool
	json        bool
	parallelism int
	allow       []string
	targets     []string
	patience    time.Duration
	message     string
	keep        int
	rollback    bool
}

// keepDefault is how many revisions are kept when nothing else is asked for.
const keepDefault = 50

func (f *applyFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.message, "message", "m", "", "say in the history what this is for, as `TEXT`")
	flags.IntVar(&f.keep, "keep", keepDefault, "keep the last `N` revisions in the history")
	flags.BoolVar(&f.approved, "auto-approve", false, "do not ask")
	flags.BoolVar(&f.json, "json", false, "write what became of the plan as JSON; needs --auto-approve")
	flags.IntVar(&f.parallelism, "parallelism", apply.DefaultParallelism, "make at most `N` calls to the engine at once")
	flags.StringSliceVar(&f.allow, "allow", nil, "allow a `HAZARD` without being asked: "+listed(plan.Allowable)+"; may be repeated")
	flags.DurationVar(&f.patience, "lock-timeout", 0, "wait up to `TIME` for another apply to end, such as 5m")
}

func (c *command) applyCommand() *cobra.Command {
	var flags applyFlags
	cmd := &cobra.Command{
		Use:   "apply [FILE]",
		Short: "Make live what is configured",
		Long: `Apply plans, shows the plan, asks, and makes live what is configured: what is
needed before what needs it, as much at once as that allows. A new instance is
healthy before an old one stops. What fails is taken back and the rest goes on;
ctrl-C stops after the calls that are running.

What is live of the project and environment and not configured in this directory
is removed; volumes stay, with their data.

What removes such instances, deletes data, or leaves nobody serving meanwhile, is
asked about with the plan. With --auto-approve it has to be allowed by name.

A plan that plan --out wrote to a file is applied as it was shown, without being
asked about; when something that it changes has moved since, nothing is done.`,
		Example: `  bayplan apply
  bayplan apply next.plan
  bayplan apply --auto-approve --allow downtime
  bayplan apply --target service.db`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.changeSaved(cmd.Context(), args[0], flags)
			}
			return c.change(cmd.Context(), flags, false)
		},
	}
	flags.register(cmd)
	targetFlag(cmd, &flags.targets)
	cmd.Flags().BoolVar(&flags.rollback, "rollback", false, "when something fails, take back what is done; data stays")
	return cmd
}

func (c *command) destroyCommand() *cobra.Command {
	var flags applyFlags
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Take everything down",
		Long: `Destroy removes what is live of the project and environment, what needs before
what is needed. Volumes stay, with their data, but for those that are configured
with on_destroy = "delete".`,
		Example: `  bayplan destroy
  bayplan destroy --target app.web
  bayplan destroy --auto-approve --allow deletes-data`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.change(cmd.Context(), flags, true) },
	}
	flags.register(cmd)
	targetFlag(cmd, &flags.targets)
	return cmd
}
