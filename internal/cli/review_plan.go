package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// reviewOfBase reviews what leads from a base, as if it were live, to the
// working directory.
func (c *command) reviewOfBase(ctx context.Context, base string) (r view.Review, refused, err error) {
	e, err := c.newElsewhere()
	if err != nil {
		return r, nil, err
	}
	before, err := c.base(ctx, base, e.with(&offline{}))
	if err != nil {
		return r, nil, err
	}
	engine := &offline{}
	if engine.live, err = plan.AsLive(before.topology, offlineKey); err != nil {
		return r, nil, fmt.Errorf("%s: %w", before.State, err)
	}
	after, err := c.evaluated(ctx, working(ctx), e.with(engine))
	if err != nil {
		return r, nil, err
	}
	if after.project.Runtime == nil {
		return r, nil, errors.New("there is no .tf file in the working directory")
	}
	before.topology, after.topology = alike(before.topology, after.topology)
	after.project.desired = after.topology
	if engine.live, err = plan.AsLive(before.topology, offlineKey); err != nil {
		return r, nil, err
	}
	proposed, refused := after.project.propose(ctx, intent{})
	if proposed == nil {
		return unplanned(before.State, after), refused, nil
	}
	r = newReview(before, after, proposed)
	r.BaseHash = before.Commit
	conceal(&r, func(a topology.Address, d plan.FieldDiff, _ view.Hidden) view.Hidden {
		return hiddenBetween(before, after, a, d)
	})
	for i, change := range r.Changes {
		r.Changes[i] = spelled(change)
	}
	return r, refused, nil
}

// unplanned returns the review of what cannot be planned, which says only why.
func unplanned(base view.State, after side) view.Review {
	return view.Review{Plan: view.Plan{Scope: after.project.Scope}, Base: base, Head: after.State, Unplanned: true}
}

// conceal says anew which values of a review are not to be shown.
func conceal(r *view.Review, hidden func(topology.Address, plan.FieldDiff, view.Hidden) view.Hidden) {
	for _, c := range r.Changes {
		for _, d := range c.Fields {
			field := r.Background[c.Address].Fields[view.FieldName(d)]
			field.Hidden = hidden(c.Address, d, field.Hidden)
			r.Background[c.Address].Fields[view.FieldName(d)] = field
		}
	}
}

// base returns the side that a review compares with: the given one, else that
// which the work started from.
func (c *command) base(ctx context.Context, spec string, e elsewhere) (side, error) {
	if spec != "" {
		return c.configured(ctx, spec, e)
	}
	at, err := revision.Base(ctx, ".")
	if err != nil {
		return side{}, withHint("Say with --base what to compare with: a git revision, which has to be fetched, or a directory.", "there is no base: %w", err)
	}
	tree, err := revision.Export(ctx, ".", at.Hash)
	if err != nil {
		return side{}, err
	}
	defer tree.Close()
	return c.committed(ctx, "", tree, e)
}

// reviewOfLive reviews what leads from what is live to the working directory,
// and what of that the configuration did not change since the base.
func (c *command) reviewOfLive(ctx context.Context, base string) (r view.Review, refused, err error) {
	c.ahead = true
	p, err := c.open(ctx)
	if err != nil {
		return r, nil, err
	}
	proposed, refused := p.propose(ctx, intent{})
	after := side{State: working(ctx), topology: p.desired, renamed: p.renamed, project: p}
	if proposed == nil {
		return unplanned(view.State{Kind: view.StateLive, Name: p.Host()}, after), refused, nil
	}
	e, err := c.newElsewhere()
	if err != nil {
		return r, nil, err
	}
	before, err := c.base(ctx, base, e.with(&offline{}))
	if base == "" && errors.Is(err, revision.ErrNoRevision) {
		before, err = after, nil // outside of a repository nothing tells drift
	}
	if err != nil {
		return r, nil, err
	}
	before.topology, _ = alike(before.topology, after.topology)
	r = newReview(before, after, proposed)
	if before.Kind != after.Kind {
		r.Since = before.State
		r.Unasked = unasked(before, after, proposed)
		conceal(&r, func(a topology.Address, d plan.FieldDiff, hidden view.Hidden) view.Hidden {
			if hiddenBetween(before, after, a, d) == view.HiddenBoth {
				return view.HiddenBoth
			}
			return hidden
		})
	}
	fromLive(&r, p, proposed)
	return r, refused, nil
}

// reviewOfSaved reviews a plan in a file.
func (c *command) reviewOfSaved(name string) (view.Review, error) {
	p, proposed, err := c.reopen(name)
	if err != nil {
		return view.Review{}, err
	}
	after := side{State: view.State{Kind: view.StatePlan, Name: name}, topology: p.desired, renamed: p.renamed, project: p}
	r := newReview(after, after, proposed)
	fromLive(&r, p, proposed)
	return r, nil
}

// fromLive says of a review that it leads from what is live.
func fromLive(r *view.Review, p *project, proposed *proposal) {
	r.Base = view.State{Kind: view.StateLive, Name: p.Host()}
	r.Before = plan.PresentAll(proposed.live, topology.Topology{})
	sum := sha256.New()
	for _, a := range liveAddresses(proposed.live) {
		fmt.Fprintf(sum, "%s %s\n", a, plan.Fingerprint(proposed.live, a))
	}
	r.BaseHash = hex.EncodeToString(sum.Sum(nil))
}

func liveAddresses(live topology.Live) []topology.Address {
	found := map[topology.Address]bool{}
	for _, i := range live.Instances {
		found[i.Address] = true
	}
	for _, n := range live.Networks {
		found[n.Owner] = true
	}
	for _, v := range live.Volumes {
		found[v.Address] = true
	}
	return slices.SortedFunc(maps.Keys(found), byAddress)
}

// newReview returns the review of a plan, with what the configurations tell
// beside it.
func newReview(before, after side, proposed *proposal) view.Review {
	r := view.Review{
		Plan: proposed.Plan, Base: before.State, Head: after.State,
		Before: before.topology, After: after.topology, Moved: moved(before, after),
	}
	planned := map[topology.Address]plan.Change{}
	for _, c := range r.Changes {
		planned[c.Address] = c
	}
	for _, c := range plan.Between(resolved(before.topology), resolved(after.topology), after.renamed) {
		said, of := names(planned[c.Address].Fields), background(before, after, c)
		c.Fields = slices.DeleteFunc(c.Fields, func(d plan.FieldDiff) bool {
			told := slices.Contains(said, view.FieldName(d)) || slices.Contains(toldElsewhere, d.Field)
			return d.Effect != plan.EffectNone || told || of.Fields[view.FieldName(d)].Default && d.New != nil
		})
		if c.Action != plan.ActionUpdate || len(c.Fields) == 0 {
			continue
		}
		r.Recorded = append(r.Recorded, c)
		if there, ok := r.Background[c.Address]; ok {
			maps.Copy(of.Fields, there.Fields)
			of.NeededBy = there.NeededBy
		}
		r.Background[c.Address] = of
	}
	return r
}

// toldElsewhere are fields of which a plan tells where they matter: how an image
// is called, and what a reference leads to.
var toldElsewhere = []string{"type", "image", "version", "base_images", "relationships"}

// unasked returns the addresses of a plan that the configuration did not change.
func unasked(before, after side, proposed *proposal) map[topology.Address]bool {
	out := map[topology.Address]bool{}
	for _, c := range proposed.Changes {
		out[c.Address] = true
	}
	acts := func(d plan.FieldDiff) bool { return d.Effect != plan.EffectNone }
	for _, c := range plan.Between(resolved(before.topology), resolved(after.topology), after.renamed) {
		if c.Action != plan.ActionUpdate || slices.ContainsFunc(c.Fields, acts) {
			delete(out, c.Address)
		}
	}
	return out
}

// moved returns what has another name in Terraform's state since the base.
func moved(before, after side) []view.Move {
	if before.project == nil || after.project.config == nil || before.project.config == nil {
		return nil
	}
	var out []view.Move
	for _, m := range after.project.config.Moved {
		was := func(old config.Moved) bool { return old.From == m.From && old.To == m.To }
		if !slices.ContainsFunc(before.project.config.Moved, was) {
			out = append(out, view.Move{From: m.From, To: m.To})
		}
	}
	return out
}

// spelled returns a change without digests that are only spellings.
func spelled(c plan.Change) plan.Change {
	if name, digest, _ := strings.Cut(c.Impact.Unlocked, "@"); name == digest {
		c.Impact.Unlocked = name
	}
	isSpelling := func(d plan.FieldDiff) bool {
		digest, _ := d.New.(string)
		return d.Field == "image_digest" && !strings.Contains(digest, "sha256:")
	}
	if !slices.ContainsFunc(c.Fields, isSpelling) {
		return c
	}
	c.Fields = slices.DeleteFunc(slices.Clone(c.Fields), isSpelling)
	c.Impact.Because = slices.Clone(c.Impact.Because)
	for i, field := range c.Impact.Because {
		if field == "image_digest" {
			c.Impact.Because[i] = "image"
		}
	}
	return c
}
