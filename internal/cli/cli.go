// Package cli is the command: plan and apply of a directory of .tf files,
// without Terraform and without a state file. A file is a command; each parses
// its arguments, calls what does the work and has the result shown.
//
// It decides nothing of what a plan is and knows no engine: that is made by who
// starts the command.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// Program is what the command is started with.
type Program struct {
	Version    string
	NewRuntime provider.NewRuntime
	In         *os.File
	Out, Err   *os.File
}

// The exit codes of the command.
const (
	exitDone    = 0
	exitError   = 1
	exitChanges = 2 // with --detailed-exitcode: there is something to do
)

// Run runs the command and returns its exit code. What went wrong has been
// written by then.
func (p Program) Run(ctx context.Context, args []string) (code int) {
	c := &command{Program: p}
	defer func() {
		if fault := recover(); fault != nil {
			c.report(withHint("This is a fault of bayplan itself. What an apply had done stays.", "panic: %v\n%s", fault, debug.Stack()))
			code = exitError
		}
	}()
	root := c.root()
	root.SetArgs(relative(args))
	root.SetIn(p.In)
	root.SetOut(c.out())
	root.SetErr(c.err())
	signal.Ignore(syscall.SIGPIPE) // who reads may go; the work and the lock come to their end
	ctx, stop := signal.NotifyContext(ctx, interruptions()...)
	defer stop()
	err := root.ExecuteContext(ctx)
	var said exitCode
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &said):
		return int(said)
	}
	c.report(err)
	return exitError
}

// exitCode ends the command with a code, when all has been said.
type exitCode int

func (exitCode) Error() string { return "" }

// command is one run of the program.
type command struct {
	Program
	flags   common
	lenient bool // as provider.Command has it
	ahead   bool // likewise
}

func (c *command) root() *cobra.Command {
	cobra.EnableCommandSorting = false // what is used first comes first
	root := &cobra.Command{
		Use:   "bayplan",
		Short: "Plan and run an application's containers",
		Long: `Bayplan plans and runs an application's containers: apps, services, the
relationships between them and their volumes, as the .tf files of a directory
declare them. A plan is the difference between the files and what is live on the
container engine now; there is no state file, and Terraform is not needed.`,
		Example: `  bayplan plan              what would change
  bayplan apply             change it
  bayplan status            what is live`,
		Version:           c.Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: c.prepare,
	}
	root.SetVersionTemplate("bayplan {{.Version}}\n")
	c.flags.register(root)
	root.AddCommand(
		c.planCommand(), c.applyCommand(), c.destroyCommand(), c.statusCommand(), c.historyCommand(), c.blameCommand(), c.revertCommand(), c.diffCommand(), c.reviewCommand(), c.validateCommand(),
		c.lockCommand(), c.outputCommand(), c.graphCommand(), c.importBlocksCommand(), c.forceUnlockCommand(), c.versionCommand(),
	)
	completion(root)
	return root
}

// completion adds the command that writes shell completion.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Short = "Write what completes commands in a shell"
			cmd.Example = "  source <(bayplan completion bash)"
		}
	}
}

// relative returns arguments in which a revision counted from the last, such as
// -1, is told from flags.
func relative(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if _, err := strconv.ParseUint(strings.TrimPrefix(arg, "-"), 10, 31); i > 0 && err == nil && arg[0] == '-' && !strings.HasPrefix(out[i-1], "-") {
			out[i] = "#" + arg
		}
	}
	return out
}

// out is where results go. What they hold of others does nothing there but be read.
func (c *command) out() io.Writer { return view.Harmless(c.Out, c.style(c.Out)) }

// err is where all else is said, in the same way.
func (c *command) err() io.Writer { return view.Harmless(c.Err, c.style(c.Err)) }
