package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// side is a state of a topology, as one of two that are compared.
type side struct {
	view.State
	topology topology.Topology
	renamed  map[topology.Address]topology.Address
	names    otherNames // of what was applied, those that the revisions tell of
	project  *project   // nil of what is live
}

// source returns the resource that configures an address, nil where none does.
func (s side) source(a topology.Address) *config.Resource {
	if s.project == nil {
		return nil
	}
	return s.project.sources[a]
}

// known reports whether a configuration or a record says what an address is.
func (s side) known(a topology.Address) bool {
	return s.project != nil && (s.project.recorded != nil || s.project.sources[a] != nil)
}

// liveSide names what the engine runs now.
const liveSide = "live"

// asksEngine reports whether a side can only be known from an engine.
func asksEngine(spec string) bool { return spec == liveSide || strings.HasPrefix(spec, "#") }

// applied returns the side that a revision of the ledger is.
func (c *command) applied(ctx context.Context, spec string) (side, error) {
	l, err := c.ledger(ctx)
	if err != nil {
		return side{}, err
	}
	p, err := c.reverted(ctx, l, spec)
	if err != nil {
		return side{}, err
	}
	r, err := l.find(p.reverts)
	if err != nil {
		return side{}, err
	}
	state := view.State{Kind: view.StateRevision, Name: p.reverts, Author: r.Author, Time: r.Began, Subject: r.Message}
	if r.Git != nil {
		state.Commit, state.Dirty = r.Git.Commit, r.Git.Dirty
	}
	key, err := p.Key()
	if err != nil {
		return side{}, err
	}
	return side{State: state, topology: p.desired, names: l.otherNames(key, p.desired), project: p}, nil
}

// isPath reports whether a text can only be a directory.
func isPath(spec string) bool {
	return spec == "." || spec == ".." || filepath.IsAbs(spec) || strings.HasPrefix(spec, "./") || strings.HasPrefix(spec, "../")
}

// configured returns the side that a configuration is: that of a git revision,
// else of a directory.
func (c *command) configured(ctx context.Context, spec string, e elsewhere) (side, error) {
	if !isPath(spec) {
		tree, err := revision.Export(ctx, ".", spec)
		switch {
		case err == nil:
			defer tree.Close()
			return c.committed(ctx, spec, tree, e)
		case !errors.Is(err, revision.ErrNoRevision):
			return side{}, err
		case !exists(spec):
			return side{}, withHint("There are git revisions, such as HEAD~1, directories, #N for a revision of bayplan history, and live.", "%s is no git revision here, and no directory", spec)
		}
	}
	if info, err := os.Stat(spec); err != nil || !info.IsDir() {
		return side{}, fmt.Errorf("%s is no directory", spec)
	}
	state := view.State{Kind: view.StateDirectory, Name: spec}
	if filepath.Clean(spec) == "." {
		state = working(ctx)
	} else {
		var err error
		if e, err = e.in(spec); err != nil {
			return side{}, err
		}
	}
	return c.evaluated(ctx, state, e)
}

// committed returns the side that the configuration of a commit is.
func (c *command) committed(ctx context.Context, name string, tree revision.Tree, e elsewhere) (side, error) {
	there, err := e.at(tree)
	if err != nil {
		return side{}, err
	}
	return c.evaluated(ctx, commitState(name, tree.Commit), there)
}

func (c *command) evaluated(ctx context.Context, state view.State, e elsewhere) (side, error) {
	p, err := c.openElsewhere(ctx, e)
	if err != nil {
		var wrong *diagnosed
		if state.Kind != view.StateWorking && errors.As(err, &wrong) {
			fmt.Fprintf(c.err(), "%s cannot be evaluated:\n\n", state)
		}
		return side{}, err
	}
	return side{State: state, topology: p.desired, renamed: p.renamed, project: p}, nil
}

// working says which commit the working directory is of, if any, and whether it
// is as it was committed.
func working(ctx context.Context) view.State {
	state := view.State{Kind: view.StateWorking}
	if at, dirty, err := revision.Working(ctx, "."); err == nil {
		state = commitState("", at)
		state.Kind, state.Dirty = view.StateWorking, dirty
	}
	return state
}

func commitState(name string, at revision.Commit) view.State {
	return view.State{Kind: view.StateCommit, Name: name, Commit: at.Hash, Author: at.Author, Time: at.Time, Subject: at.Subject}
}

// live returns what the engine runs, told like what it is compared with. Where
// that has no configuration, the working directory says which project it is.
func (c *command) live(ctx context.Context, like *project) (side, error) {
	if like.Runtime == nil {
		var err error
		if like.Session, err = c.session(ctx); err != nil {
			return side{}, err
		}
	}
	return like.live(ctx)
}

// live returns what the engine runs, told like what it is compared with.
func (p *project) live(ctx context.Context) (side, error) {
	now, err := p.observe(ctx)
	if err != nil {
		return side{}, err
	}
	out := side{State: view.State{Kind: view.StateLive, Name: p.Host()}}
	out.topology = plan.PresentAll(now, p.desired)
	return out, nil
}
