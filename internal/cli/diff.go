package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) diffCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "diff [FROM] [TO]",
		Short: "Show what differs between two states",
		Long: `Diff compares two states of the topology field by field. A state is a git revision
(HEAD~1, main, a hash), a directory, a revision that was applied (#3, or -1 for the
one before the last), or live: what the engine runs. FROM is HEAD and TO the
working directory if they are not given. Names of git go before those of
directories; ./name is always a directory.

A git revision is read from the repository; nothing is checked out. An engine is
asked only for what is live or was applied. Without one, an image is the digest
that the lock file has, and where that has none, its spelling.`,
		Example: `  bayplan diff
  bayplan diff main
  bayplan diff v1.2 v1.3
  bayplan diff live
  bayplan diff '#3' '#5'
  bayplan diff ../staging . --json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, to := "HEAD", "."
			if len(args) > 0 {
				from = args[0]
			}
			if len(args) > 1 {
				to = args[1]
			}
			d, err := c.diff(cmd.Context(), from, to)
			if err != nil {
				return err
			}
			if json {
				return view.WriteDiffJSON(c.out(), d)
			}
			view.WriteDiff(c.out(), c.style(c.Out), d)
			return nil
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	return cmd
}

// diff compares two states.
func (c *command) diff(ctx context.Context, from, to string) (view.Diff, error) {
	before, after, err := c.sides(ctx, from, to)
	if err != nil {
		return view.Diff{}, err
	}
	after.renamed = renamedBetween(before, after)
	x, y := alike(before.topology, after.topology)
	out := view.Diff{From: before.State, To: after.State, Background: map[topology.Address]view.Background{}}
	out.Changes = plan.Between(resolved(x), resolved(y), after.renamed)
	for _, change := range out.Changes {
		out.Background[change.Address] = background(before, after, change)
	}
	return out, nil
}

// renamedBetween returns what the apps and services of a state are called in the one
// before it, as both tell and, of what was applied, what was recorded in between.
func renamedBetween(before, after side) map[topology.Address]topology.Address {
	names := namesIn(before.topology, after.topology)
	for _, of := range []otherNames{before.names, after.names} {
		for a, others := range of {
			names[a] = append(names[a], others...)
		}
	}
	return names.among(after.topology, func(a topology.Address) bool {
		_, there := before.topology.Workloads[a]
		return there
	})
}

// sides returns two states, those that only an engine knows told like the other.
func (c *command) sides(ctx context.Context, from, to string) (before, after side, err error) {
	if from == liveSide && to == liveSide {
		return before, after, errors.New("what is live does not differ from itself")
	}
	e, err := c.newElsewhere()
	if err != nil {
		return before, after, err
	}
	if !asksEngine(from) && !asksEngine(to) {
		e = e.with(&offline{})
	}
	at := func(spec string, like *project) (side, error) {
		switch {
		case spec == liveSide:
			return c.live(ctx, like)
		case strings.HasPrefix(spec, "#"):
			return c.applied(ctx, spec)
		}
		return c.configured(ctx, spec, e)
	}
	if to != liveSide {
		if after, err = at(to, nil); err == nil {
			before, err = at(from, after.project)
		}
		return before, after, err
	}
	if before, err = at(from, nil); err == nil {
		after, err = at(to, before.project)
	}
	return before, after, err
}

// background returns what the reader of a difference wants to know beside it.
func background(before, after side, change plan.Change) view.Background {
	a := change.Address
	of := view.Background{Fields: map[string]view.Field{}}
	said := after
	if after.project == nil || change.Action == plan.ActionDelete {
		said = before
	}
	if r := said.source(a); r != nil {
		of.Place = placeOf(r.DeclRange)
	}
	for _, d := range change.Fields {
		field := view.Field{Hidden: hiddenBetween(before, after, a, d), Default: after.known(a) && !after.project.configures(a, d.Field)}
		if r := said.source(a); r != nil {
			field.Cause = view.Cause{Kind: plan.CauseConfiguration, Place: placeOf(r.Range(written(r, d.Field, d.Key)))}
		}
		of.Fields[view.FieldName(d)] = field
	}
	return of
}

// hiddenBetween says which values of a difference are not to be shown: those
// that either side marks and, of what no configuration says, those that may be secret.
func hiddenBetween(before, after side, a topology.Address, d plan.FieldDiff) view.Hidden {
	former := a
	if was, ok := after.renamed[a]; ok {
		former = was
	}
	switch {
	case before.marks(former, d) || after.marks(a, d):
		return view.HiddenBoth
	case after.guesses(before, a, d):
		return view.HiddenBoth
	case before.guesses(after, a, d):
		return view.HiddenOld
	}
	return view.HiddenNone
}

// marks reports whether a side says of a value that it is not to be shown.
func (s side) marks(a topology.Address, d plan.FieldDiff) bool {
	if s.project != nil && s.project.recorded != nil {
		return s.project.recorded.Hides(a, d.Field, d.Key)
	}
	r := s.source(a)
	return r != nil && slices.ContainsFunc(r.Sensitive, func(path cty.Path) bool { return covers(path, d.Field, d.Key) })
}

// guesses reports whether a value may be secret of which neither a configuration
// nor a record tells whether it is.
func (s side) guesses(other side, a topology.Address, d plan.FieldDiff) bool {
	if s.project != nil {
		return false
	}
	return other.project.wasSecret(a, d.Field)
}
