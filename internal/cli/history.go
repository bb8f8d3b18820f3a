package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

func (c *command) historyCommand() *cobra.Command {
	var json bool
	var most int
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what was applied, when and by whom",
		Long: `History shows the revisions of the project and environment, the newest first: one
for each apply, destroy and revert that did something, also one that failed. They
are kept on the engine, for everyone who uses it. Terraform's applies make none.`,
		Example: `  bayplan history
  bayplan history -n 3
  bayplan history show 12`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := c.ledger(cmd.Context())
			if err != nil {
				return err
			}
			newest := slices.Clone(l.revisions)
			slices.Reverse(newest)
			if most > 0 {
				newest = newest[:min(most, len(newest))]
			}
			if json {
				return view.WriteHistoryJSON(c.out(), l.Scope, newest, nil)
			}
			view.WriteHistory(c.out(), c.style(c.Out), newest)
			return nil
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	cmd.Flags().IntVarP(&most, "number", "n", 0, "show the newest `N` only")
	cmd.AddCommand(c.historyShowCommand())
	return cmd
}

func (c *command) historyShowCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "show REVISION",
		Short: "Show one revision: what it changed, and all that it wanted",
		Long: `Show shows a revision with what became of each address, and the whole topology
that it wanted: that is sealed, and takes the key that passwords are derived from.
Sensitive values are not shown.`,
		Example: `  bayplan history show 12
  bayplan history show -1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := c.ledger(cmd.Context())
			if err != nil {
				return err
			}
			r, err := l.find(args[0])
			if err != nil {
				return err
			}
			var wanted *revision.Content
			content, sealed := l.open(r)
			if sealed == nil {
				wanted = &content
			} else {
				c.report(sealed)
			}
			if json {
				return view.WriteHistoryJSON(c.out(), l.Scope, []revision.Revision{r}, wanted)
			}
			return view.WriteRevision(c.out(), c.style(c.Out), r, wanted)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	return cmd
}

func (c *command) blameCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "blame ADDRESS[.FIELD]",
		Short: "Show which revision set each value of an app, service, relationship or volume",
		Long: `Blame shows for each value that the last revision wanted of an address which
revision set it, of which commit, by whom and what for. A field can be named, and
one key of a field.`,
		Example: `  bayplan blame app.web
  bayplan blame app.web.memory
  bayplan blame app.web.env.LOG_LEVEL`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, field, err := parseBlamed(args[0])
			if err != nil {
				return err
			}
			l, err := c.ledger(cmd.Context())
			if err != nil {
				return err
			}
			var opened []revision.Opened
			for _, r := range l.revisions {
				content, err := l.open(r)
				if err != nil {
					return err
				}
				opened = append(opened, revision.Opened{Revision: r, Content: content})
			}
			sets := revision.Blame(opened, a, field)
			switch {
			case len(sets) == 0:
				return fmt.Errorf("%s: the last revision sets nothing of that name", args[0])
			case json:
				return view.WriteBlameJSON(c.out(), a, sets)
			}
			return view.WriteBlame(c.out(), sets)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "write JSON")
	return cmd
}

// parseBlamed reads ADDRESS[.FIELD].
func parseBlamed(text string) (a topology.Address, field string, err error) {
	kind, rest, _ := strings.Cut(text, ".")
	name, field, _ := strings.Cut(rest, ".")
	a, err = topology.ParseAddress(kind + "." + name)
	return a, field, err
}

// ledger reads the revisions of the project and environment.
func (c *command) ledger(ctx context.Context) (*ledger, error) {
	session, err := c.session(ctx)
	if err != nil {
		return nil, err
	}
	return readLedger(ctx, session)
}

// session returns what the provider block of the directory says, whatever is
// wrong with the rest: it takes neither images nor the values of variables.
func (c *command) session(ctx context.Context) (provider.Session, error) {
	adapter := provider.NewCommand(c.Version, c.NewRuntime)
	loaded, diags := config.Load(ctx, ".", adapter.Server(ctx), config.Options{
		Inputs: c.flags.inputs, Workspace: workspace(), Env: os.LookupEnv, Configure: true, UnsetUnknown: true, IgnoreUndeclared: true,
	})
	if session, ok := adapter.Session(); ok {
		return session, nil
	}
	if diags.HasErrors() {
		return provider.Session{}, &diagnosed{loaded.Files, diags}
	}
	return provider.Session{}, errors.New("the provider was not configured")
}

// find returns the revision of a number: 3 or #3, or -1 for the one before the
// last, of those that were done.
func (l *ledger) find(text string) (revision.Revision, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(text, "#"))
	if err != nil {
		return revision.Revision{}, fmt.Errorf("%q is no number of a revision", text)
	}
	if number < 0 && len(l.revisions) > 0 {
		number = l.back(-number)
	}
	at := slices.IndexFunc(l.revisions, func(r revision.Revision) bool { return r.Number == number })
	if at < 0 {
		return revision.Revision{}, withHint("bayplan history lists what there is; the oldest are forgotten, as --keep says.", "there is no revision %s", strings.Replace(text, "#-", "-", 1))
	}
	return l.revisions[at], nil
}

// back returns the number of a revision that was done, counted back from the last
// revision, or 0.
func (l *ledger) back(steps int) int {
	for _, r := range slices.Backward(l.revisions[:len(l.revisions)-1]) {
		if r.Status == revision.StatusDone {
			steps--
		}
		if steps == 0 {
			return r.Number
		}
	}
	return 0
}

// open returns what is sealed of a revision.
func (l *ledger) open(r revision.Revision) (revision.Content, error) {
	key, err := l.Key()
	if err != nil {
		return revision.Content{}, err
	}
	content, err := r.Open(key, l.Scope)
	if err != nil {
		err = withHint("Give the key that it was made with as BAYPLAN_KEY: its fingerprint is "+r.KeyID+", and this one's is "+key.ID()+".", "%w", err)
	}
	return content, err
}
