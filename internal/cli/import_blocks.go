package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func (c *command) importBlocksCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import-blocks",
		Short: "Write what takes it all over into Terraform",
		Long: `Import-blocks writes an import block for each configured resource that is live.
With them in a file beside the configuration, terraform plan takes what this
command applied into Terraform's state, and changes nothing.`,
		Example: `  bayplan import-blocks >import.tf && terraform plan`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			live, err := p.Runtime.Observe(cmd.Context(), p.Scope)
			if err != nil {
				return err
			}
			addresses := map[string]topology.Address{}
			for a, r := range p.sources {
				addresses[r.Address] = a
			}
			for _, r := range p.config.Resources {
				a, ok := addresses[r.Address]
				if !ok || p.look(p.row(a), live).State == absent {
					continue
				}
				fmt.Fprintf(c.out(), "import {\n  to = %s\n  id = %q\n}\n", r.Address, p.Scope.ID(a))
			}
			return nil
		},
	}
}
