package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) graphCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw what needs what",
		Long: `Graph writes the configured topology as a graph: an arrow means "needs". Mermaid
is drawn by GitHub and many editors, dot by Graphviz.`,
		Example: `  bayplan graph
  bayplan graph --format dot | dot -Tsvg >topology.svg`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := c.openAnyway(cmd.Context())
			if err != nil {
				return err
			}
			switch format {
			case "mermaid":
				view.WriteMermaid(c.out(), p.desired)
			case "dot":
				view.WriteDot(c.out(), p.desired)
			default:
				return fmt.Errorf("--format: %q is no format: there are mermaid and dot", format)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "mermaid", "`FORMAT` of the graph: mermaid or dot")
	return cmd
}
