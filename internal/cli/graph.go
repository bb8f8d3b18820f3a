package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) graphCommand() *cobra.Command {
	var format string
	var live bool
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw what needs what",
		Long: `Graph writes the configured topology as a graph: an arrow means "needs". Mermaid
is drawn by GitHub and many editors, dot by Graphviz; svg is a picture by itself,
which any browser shows, with --live also how each address is. Without --live no
engine is asked.`,
		Example: `  bayplan graph
  bayplan graph --format svg >topology.svg
  bayplan graph --format svg --live >now.svg
  bayplan graph --format dot | dot -Tpdf >topology.pdf`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if live && format != "svg" {
				return fmt.Errorf("--live: only svg shows what is live, not %s", format)
			}
			open := c.openOffline
			if live {
				open = c.openAnyway
			}
			p, err := open(cmd.Context())
			if err != nil {
				return err
			}
			return c.draw(cmd.Context(), p, format, live)
		},
	}
	cmd.Flags().StringVar(&format, "format", "mermaid", "`FORMAT` of the graph: mermaid, dot or svg")
	cmd.Flags().BoolVar(&live, "live", false, "show in svg how each address is now")
	return cmd
}

func (c *command) draw(ctx context.Context, p *project, format string, live bool) error {
	switch format {
	case "mermaid":
		view.WriteMermaid(c.out(), p.desired)
	case "dot":
		view.WriteDot(c.out(), p.desired)
	case "svg":
		var states map[topology.Address]string
		if live {
			var err error
			if states, err = p.states(ctx); err != nil {
				return err
			}
		}
		view.WriteSVG(c.out(), p.desired, states)
	default:
		return fmt.Errorf("--format: %q is no format: there are mermaid, dot and svg", format)
	}
	return nil
}

// states returns how each configured address is, as a status says it.
func (p *project) states(ctx context.Context) (map[topology.Address]string, error) {
	live, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	live = live.With(apply.Checked(ctx, p.Runtime, p.Scope, live.Instances))
	out := map[topology.Address]string{}
	for a := range p.sources {
		out[a] = p.look(p.row(a), live).State
	}
	return out, nil
}
