package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *command) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration, without an engine",
		Long: `Validate evaluates the .tf files and checks what can be checked without an
engine: syntax, references, types, and the rules of each attribute. Variables need
no value for it.`,
		Example: `  bayplan validate
  bayplan validate --chdir examples/shop`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, _, err := c.load(cmd.Context(), false); err != nil {
				return err
			}
			fmt.Fprintln(c.out(), c.style(c.Out).Good("The configuration is valid."))
			return nil
		},
	}
}
