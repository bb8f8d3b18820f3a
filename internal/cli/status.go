package cli

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) statusCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what is live",
		Long: `Status shows what is live of the project and environment: state and health, how
many instances, what they run, and where they differ from what is configured. An
instance that the engine has not checked yet is checked for it. When there is
something that no plan can be made of, it says so too, and exits with 1.`,
		Example: `  bayplan status
  bayplan status --json | jq '.addresses[] | select(.differs != [])'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := c.openAnyway(cmd.Context())
			if err != nil {
				return err
			}
			proposed, refused := p.propose(cmd.Context(), intent{})
			if proposed == nil {
				if proposed, err = p.unplanned(cmd.Context()); err != nil {
					return err
				}
			}
			proposed.live = proposed.live.With(apply.Checked(cmd.Context(), p.Runtime, p.Scope, proposed.live.Instances))
			status := p.status(proposed)
			if json {
				err = view.WriteStatusJSON(c.out(), status)
			} else {
				err = view.WriteStatus(c.out(), c.style(c.Out), status)
			}
			return cmp.Or(refused, err)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	return cmd
}

// unplanned returns what is live, with no plan of it but that each is refused one.
func (p *project) unplanned(ctx context.Context) (*proposal, error) {
	live, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	about, err := plan.Everything(p.desired, live, nil)
	if err != nil {
		about = slices.Collect(maps.Keys(p.sources)) // a circle
	}
	out := &proposal{live: live, unplanned: true}
	for _, a := range about {
		out.Changes = append(out.Changes, plan.Change{Address: a})
	}
	out.Kept = p.kept(p.desired, live, p.deletable())
	return out, nil
}

// status returns what is live of everything that is configured or live.
func (p *project) status(proposed *proposal) view.Status {
	changes := map[topology.Address]plan.Change{}
	for _, change := range proposed.Changes {
		changes[change.Address] = change
	}
	rows := map[topology.Address]view.StatusRow{}
	for a := range p.sources {
		rows[a] = p.row(a)
	}
	for a := range changes {
		rows[a] = p.row(a)
	}
	for _, v := range proposed.Kept {
		rows[v.Address] = p.row(v.Address)
	}
	out := view.Status{Scope: p.Scope}
	for _, a := range slices.SortedFunc(maps.Keys(rows), byAddress) {
		row := p.look(rows[a], proposed.live)
		if change, ok := changes[a]; ok {
			row.Impact = change.Impact.String()
			row.Impact = cmp.Or(row.Impact, "to be applied")
			if proposed.unplanned {
				row.Impact = "no plan"
			}
			row.Differs = names(change.Fields)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// absent is the state of what is configured and not live.
const absent = "absent"

// row returns what a status says of an address before it is looked at.
func (p *project) row(a topology.Address) view.StatusRow {
	_, configured := p.sources[a]
	return view.StatusRow{Address: a, Configured: configured}
}

// look fills in what is live of an address.
func (p *project) look(row view.StatusRow, live topology.Live) view.StatusRow {
	row.State = absent
	switch row.Address.Kind {
	case topology.KindVolume:
		if v, ok := live.Volume(p.Scope.VolumeName(row.Address.Name)); ok && v.Address == row.Address {
			row.State, row.Runs = "present", v.Name
		}
	case topology.KindRelationship:
		if n, ok := live.Network(p.Scope.RelationshipNetwork(row.Address.Name)); ok && n.Owner == row.Address {
			row.State, row.Runs = "present", live.TargetOf(n).String()
		}
	default:
		want := p.desired.Workloads[row.Address]
		row.Wanted, row.Ports = int(want.Replicas), want.Ports
		if w, status, ok := plan.Present(live, row.Address, nil); ok {
			row.State, row.Live, row.Runs = plan.State(live.Of(row.Address), status), int(w.Replicas), w.Image
		}
	}
	return row
}

// names returns what differs, each once.
func names(fields []plan.FieldDiff) []string {
	var out []string
	for _, d := range fields {
		out = append(out, view.FieldName(d))
	}
	return out
}

func byAddress(x, y topology.Address) int {
	switch {
	case x.Less(y):
		return -1
	case y.Less(x):
		return 1
	}
	return 0
}
