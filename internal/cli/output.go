package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) outputCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "output [NAME]",
		Short: "Show the outputs of the configuration",
		Long: `Output evaluates the configuration and shows its outputs. Sensitive ones are
shown by name or as JSON only. One of a name is written bare, for scripts.`,
		Example: `  bayplan output
  curl "$(bayplan output url)"
  bayplan output --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, _, err := c.load(cmd.Context(), true)
			if err != nil {
				return err
			}
			if len(args) == 0 && json {
				return view.WriteOutputsJSON(c.out(), outputs(loaded, true))
			}
			if len(args) == 0 {
				view.WriteOutputs(c.out(), outputs(loaded, false))
				return nil
			}
			return c.oneOutput(loaded, args[0], json)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON, sensitive values too")
	return cmd
}

func (c *command) oneOutput(loaded *config.Config, name string, json bool) error {
	var names []string
	for _, o := range loaded.Outputs {
		names = append(names, o.Name)
		switch {
		case o.Name != name:
		case !o.Value.IsWhollyKnown():
			return fmt.Errorf("output %q follows from what only an apply decides, such as the instances of an app", name)
		default:
			to := c.out()
			if !isTerminal(c.Out) {
				to = c.Out // a script takes the value as it is
			}
			return view.WriteOutput(to, outputs(loaded, true)[name].Value, json)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no output %q: the configuration has none", name)
	}
	return fmt.Errorf("there is no output %q: there are %s", name, strings.Join(names, ", "))
}

// tellOutputs writes the outputs after an apply.
func (c *command) tellOutputs(p *project) {
	if all := outputs(p.config, false); len(all) > 0 {
		fmt.Fprintf(c.out(), "\n%s\n", c.style(c.Out).Bold("Outputs:"))
		view.WriteOutputs(c.out(), all)
	}
}
