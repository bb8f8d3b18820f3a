package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// numbered matches what can only be a number of the ledger: a commit has at
// least seven characters.
var numbered = regexp.MustCompile(`^(#-?[0-9]+|[0-9]{1,6})$`)

// reverted returns the project as it was at a revision of the ledger or of git.
func (c *command) reverted(ctx context.Context, l *ledger, to string) (*project, error) {
	if !numbered.MatchString(to) {
		return c.revertedCommit(ctx, l, to)
	}
	r, err := l.find(to)
	if err != nil {
		return nil, err
	}
	content, err := l.open(r)
	if err != nil {
		return nil, err
	}
	p := &project{Session: l.Session, desired: content.Topology, recorded: &content, from: r.Git, reverts: fmt.Sprintf("#%d", r.Number)}
	return p, nil
}

// revertedCommit returns the project as its configuration was at a commit.
func (c *command) revertedCommit(ctx context.Context, l *ledger, to string) (*project, error) {
	tree, err := revision.Export(ctx, ".", to)
	if errors.Is(err, revision.ErrNoRevision) {
		return nil, withHint("There are numbers of bayplan history and, in a repository, git revisions.", "%w", err)
	}
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	here, err := c.newElsewhere()
	if err != nil {
		return nil, err
	}
	there, err := here.at(tree)
	if err != nil {
		return nil, err
	}
	there.strict = true
	p, err := c.openElsewhere(ctx, there)
	if err != nil {
		return nil, err
	}
	if p.Runtime == nil {
		return nil, fmt.Errorf("there is no configuration at %s", to)
	}
	if p.Scope != l.Scope || p.Host() != l.Host() {
		return nil, fmt.Errorf("at %s the configuration is that of project %s, environment %s, on %s", to, p.Scope.Project, p.Scope.Environment, p.Host())
	}
	if p, err = c.called(ctx, l, there, p); err != nil {
		return nil, err
	}
	p.from, p.reverts = &revision.Git{Commit: tree.Hash, Author: tree.Author, Subject: tree.Subject}, tree.Short()
	return p, nil
}

// called returns a project evaluated once more, where the revisions know that what
// it declares is live under another name: it has its data from there.
func (c *command) called(ctx context.Context, l *ledger, there elsewhere, p *project) (*project, error) {
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	live, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	names := l.otherNames(key, p.desired).live(p.desired, live)
	if len(names) == 0 {
		return p, nil
	}
	there.engine = func(provider.EngineOptions) (apply.Runtime, error) { return renaming{p.Runtime, names}, nil }
	again, err := c.openElsewhere(ctx, there)
	if err != nil {
		return nil, err
	}
	again.Session = p.Session
	return again, nil
}

// renaming is an engine on which apps and services are live under other names.
type renaming struct {
	apply.Runtime
	names map[topology.Address]topology.Address
}

// Observe reads all that is live: under which name something is asked for is no matter.
func (r renaming) Observe(ctx context.Context, scope topology.Scope, _ ...topology.Address) (topology.Live, error) {
	live, err := r.Runtime.Observe(ctx, scope)
	return plan.Rename(live, r.names, nil), err
}

// missingImages returns an error for each image of what is wanted that is
// neither on the engine nor to be had from its registry.
func (p *project) missingImages(ctx context.Context) []error {
	var images []apply.ImageID
	users := map[apply.ImageID][]string{}
	for _, a := range slices.SortedFunc(maps.Keys(p.desired.Workloads), byAddress) {
		w := p.desired.Workloads[a]
		image := apply.ImageID{Image: w.Image, Digest: w.ImageDigest}
		if len(users[image]) == 0 {
			images = append(images, image)
		}
		users[image] = append(users[image], a.String())
	}
	var errs []error
	for _, image := range images {
		gone, err := p.gone(ctx, image)
		switch {
		case err != nil:
			errs = append(errs, err)
		case gone != nil && !p.rebuilds(ctx, image):
			errs = append(errs, withHint(regain(image)+" Nothing was changed.",
				"%s: image %s (%s) is not to be had any more: %w", strings.Join(users[image], ", "), image.Image, image.Digest, gone))
		}
	}
	return errs
}

// regain says how to have an image again.
func regain(image apply.ImageID) string {
	if strings.HasPrefix(image.Digest, build.DigestPrefix) {
		return "Check out what it was built from, and apply there: that builds it again."
	}
	return "Load or push that image again."
}

// rebuilds reports whether what is here builds an image that is not to be had.
func (p *project) rebuilds(ctx context.Context, image apply.ImageID) bool {
	for a, w := range p.desired.Workloads {
		if w.Build == nil || w.Image != image.Image || w.ImageDigest != image.Digest {
			continue
		}
		op := plan.BuildImage{Image: w.Image, Digest: w.ImageDigest, Build: *w.Build, Bases: w.BaseImages}
		return p.Buildable(ctx, []plan.Step{{Address: a, Op: op}}) == nil
	}
	return false
}

// gone returns why an image is not to be had, nil where it is, or why that is not known.
func (p *project) gone(ctx context.Context, image apply.ImageID) (why, err error) {
	_, byID := p.Runtime.ResolveImage(ctx, image.Digest)
	switch {
	case byID == nil || !apply.IsNotFound(byID):
		return nil, byID
	case strings.HasPrefix(image.Digest, build.DigestPrefix):
		return byID, nil
	}
	name, _, _ := strings.Cut(image.Image, "@")
	_, byName := p.Runtime.ResolveImage(ctx, name+"@"+image.Digest)
	return byName, nil
}
