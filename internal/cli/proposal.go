package cli

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// intent is what a plan is asked for.
type intent struct {
	destroy bool
	drift   bool // only what is not as it was made
	targets []topology.Address
}

// proposal is a plan with what it was made from.
type proposal struct {
	view.Plan
	live   topology.Live
	input  plan.Input
	limits map[topology.Address]apply.Limit
	// unplanned says that the plan was refused, and its changes are not made out.
	unplanned bool
}

// propose plans what leads from what is live to what is intended.
func (p *project) propose(ctx context.Context, want intent) (*proposal, error) {
	live, err := p.observe(ctx)
	if err != nil {
		return nil, err
	}
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	if err := p.ignore(live); err != nil {
		return nil, err
	}
	p.stand(live)
	in := plan.Input{Desired: p.desired, Live: live, Key: key, DeleteData: p.deletable(), Renamed: p.renamed}
	in.Follows = p.follows(want.destroy)
	if in.About, err = p.about(want, live, in.Follows); err != nil {
		return nil, err
	}
	if p.recorded == nil && !want.destroy {
		if err := p.leavesData(ctx, key, live, in.About); err != nil {
			return nil, err
		}
	}
	if p.recorded == nil { // which has its digests from when it was made
		if in.Locked, err = p.Locked(ctx, p.desired); err != nil {
			return nil, err
		}
	}
	if want.destroy {
		in.Desired = p.without(in.About)
	}
	for _, a := range in.About { // one is enough: of a wrong key all would say the same
		if _, wanted := in.Desired.Workloads[a]; wanted {
			if err := p.CheckKey(key, live, a); err != nil {
				return nil, withHint("Give the key that it was made with as BAYPLAN_KEY or as the provider's key.", "%w", err)
			}
		}
	}
	proposed, err := p.makeKnowing(ctx, in, want.destroy)
	if err != nil {
		return nil, err
	}
	if p.recorded != nil { // what is configured was looked at when it was evaluated
		if err := p.located(p.Admit(ctx, in.Desired, proposed.makes())); err != nil {
			return nil, err
		}
	}
	if err := p.located(errors.Join(proposed.fillable(), p.Clashes(ctx, proposed.Steps))); err != nil {
		return nil, err
	}
	if want.drift {
		proposed.drifted()
	}
	return proposed, p.protected(proposed)
}

// makeKnowing plans an input, with what is asked only about what a plan changes:
// how long it was down before, whether it runs as root, and what is built.
func (p *project) makeKnowing(ctx context.Context, in plan.Input, destroy bool) (*proposal, error) {
	proposed, err := p.make(in, destroy)
	if err != nil {
		return nil, err
	}
	if proposed.recreates() {
		if l, unread := readLedger(ctx, p.Session); unread == nil { // else the configured time is expected
			in.Downtimes = l.downtimes()
		}
	}
	if proposed.builds() {
		if in.Built, err = p.Built(ctx, in.Desired); err != nil {
			return nil, err
		}
	}
	if in.Root, err = p.Rooted(ctx, in.Desired, proposed.makes()); err != nil {
		return nil, err
	}
	if len(in.Downtimes)+len(in.Built) > 0 {
		return p.make(in, destroy)
	}
	proposed.input = in
	for i := range proposed.Changes { // all that it tells
		c := &proposed.Changes[i]
		c.Impact.Root = c.Impact.Create+c.Impact.Replace > 0 && in.Rooted(c.Address, c.Fields)
	}
	return proposed, nil
}

// recreates reports whether something is down while it is replaced.
func (p *proposal) recreates() bool {
	return slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Impact.Down != "" && c.Impact.Replace > 0 })
}

// makes returns the addresses of which instances are made.
func (p *proposal) makes() []topology.Address {
	var out []topology.Address
	for _, c := range p.Changes {
		if c.Impact.Create+c.Impact.Replace > 0 {
			out = append(out, c.Address)
		}
	}
	return out
}

// builds reports whether an image may have to be built.
func (p *proposal) builds() bool {
	return slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Impact.Builds != "" })
}

// drifted leaves of a proposal what is not as it was made.
func (p *proposal) drifted() {
	p.Drift, p.Steps, p.Kept = true, nil, nil
	p.Changes = slices.DeleteFunc(p.Changes, func(c plan.Change) bool { return !p.input.AsMade(c.Address) })
}

// stand makes an image that is not to be had stand for what runs.
func (p *project) stand(live topology.Live) {
	for a, w := range p.desired.Workloads {
		if instances := live.Of(a); w.ImageDigest == "" && len(instances) > 0 {
			w.ImageDigest = instances[0].Workload.ImageDigest
			p.desired.Workloads[a] = w
		}
	}
}

// make plans an input.
func (p *project) make(in plan.Input, destroy bool) (*proposal, error) {
	made, err := plan.Make(in)
	if err != nil {
		return nil, p.located(err)
	}
	shown := view.Plan{Scope: p.Scope, Engine: p.Host(), Plan: made, Destroy: destroy}
	acts := map[topology.Address]bool{}
	for _, s := range made.Steps {
		acts[s.Address] = true
	}
	shown.Changes = slices.DeleteFunc(slices.Clone(made.Changes), func(c plan.Change) bool { return !does(c, acts) })
	for i, change := range shown.Changes {
		shown.Changes[i].Fields = slices.Concat(in.ImageNames(change), change.Fields)
	}
	shown.Background = p.background(in, shown.Changes)
	shown.Kept = p.kept(in.Desired, in.Live, in.DeleteData)
	return &proposal{Plan: shown, live: in.Live, input: in, limits: p.limits(made)}, nil
}

// does reports whether there is something to do for a change, given the addresses
// that have steps. What is to go and is not there has nothing, nor a volume that stays.
func does(c plan.Change, acts map[topology.Address]bool) bool {
	if c.Action != plan.ActionDelete {
		return c.Action != plan.ActionNone
	}
	return acts[c.Address]
}

// about returns the addresses to plan, in order.
func (p *project) about(want intent, live topology.Live, after follows) ([]topology.Address, error) {
	in := plan.Order
	if want.destroy {
		in = plan.Everything
	}
	order, err := in(p.desired, live, after)
	if err != nil {
		return nil, err
	}
	return p.only(want, order, live)
}

// deletable returns the volumes whose data goes with them, as they are
// configured now. What is not configured stays, however it was made.
func (p *project) deletable() map[topology.Address]bool {
	out := map[topology.Address]bool{}
	for a, v := range p.desired.Volumes {
		out[a] = v.OnDestroy == topology.OnDestroyDelete
	}
	return out
}

// kept returns the volumes that are not wanted and stay.
func (p *project) kept(desired topology.Topology, live topology.Live, deletable map[topology.Address]bool) []topology.LiveVolume {
	var out []topology.LiveVolume
	data := dataVolumes(desired)
	for _, v := range live.Volumes {
		_, wanted := desired.Volumes[v.Address]
		if !wanted && !data[v.Name] && !deletable[v.Address] {
			out = append(out, v)
		}
	}
	return out
}

// dataVolumes returns the engine names of the managed volumes of a topology's services.
func dataVolumes(of topology.Topology) map[string]bool {
	out := map[string]bool{}
	for _, w := range of.Workloads {
		out[w.DataVolume] = true
	}
	return out
}

// without returns what is wanted when the given addresses are not.
func (p *project) without(gone []topology.Address) topology.Topology {
	out := topology.Topology{
		Scope:         p.Scope,
		Workloads:     map[topology.Address]topology.Workload{},
		Relationships: map[topology.Address]topology.Relationship{},
		Volumes:       map[topology.Address]topology.Volume{},
	}
	maps.Copy(out.Workloads, p.desired.Workloads)
	maps.Copy(out.Relationships, p.desired.Relationships)
	maps.Copy(out.Volumes, p.desired.Volumes)
	for _, a := range gone {
		delete(out.Workloads, a)
		delete(out.Relationships, a)
		delete(out.Volumes, a)
	}
	return out
}
