package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// content returns what a revision keeps of what a plan leads to: all that is
// wanted. Of what a plan leaves out, as one with targets does, it is what the
// revision before has, as far as that can be opened.
func (l *ledger) content(key topology.Key, p *project, proposed *proposal) revision.Content {
	now := p.content(proposed.input.Desired)
	about := map[topology.Address]bool{}
	for _, a := range proposed.input.About {
		about[a] = true
	}
	out := slices.DeleteFunc(now.Addresses(), func(a topology.Address) bool { return about[a] })
	if len(out) == 0 {
		return now
	}
	before := revision.NewContent(p.Scope)
	if last := len(l.revisions) - 1; last >= 0 {
		if opened, err := l.revisions[last].Open(key, p.Scope); err == nil {
			before = opened
		}
	}
	for a := range about {
		before.Take(a, now)
	}
	return before
}

// content returns what is known of a topology that is configured or was recorded.
func (p *project) content(desired topology.Topology) revision.Content {
	out := revision.NewContent(p.Scope)
	maps.Copy(out.Topology.Workloads, desired.Workloads)
	maps.Copy(out.Topology.Relationships, desired.Relationships)
	maps.Copy(out.Topology.Volumes, desired.Volumes)
	out.Follows = p.follows(false)
	for _, a := range out.Addresses() {
		out.Written[a], out.Hidden[a] = p.written(a), p.hides(out, a)
	}
	return out
}

// written returns the fields of an address that are configured.
func (p *project) written(a topology.Address) []string {
	source, configured := p.sources[a]
	if !configured {
		return p.recorded.Written[a]
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(source.Config.Type().AttributeTypes())) {
		if isWritten(source, name) {
			out = append(out, name)
		}
	}
	return out
}

// hides returns what of an address is not to be shown.
func (p *project) hides(c revision.Content, a topology.Address) []string {
	var out []string
	for _, v := range c.Values(a) {
		if p.secret(a, v.Field, v.Key) {
			out = append(out, v.Name())
		}
	}
	return out
}

// source returns what git says of the configuration.
func (p *project) source(ctx context.Context) *revision.Git {
	if p.recorded != nil || p.reverts != "" {
		return p.from
	}
	return revision.Source(ctx, ".")
}

// presentIn returns a topology of what is live, as far as that tells.
func presentIn(live topology.Live) topology.Topology {
	out := revision.NewContent(live.Scope).Topology
	for _, i := range live.Instances {
		if w, _, ok := plan.Present(live, i.Address, nil); ok {
			out.Workloads[i.Address] = w
		}
	}
	for _, n := range live.Networks {
		if r, ok := plan.PresentRelationship(live, n.Owner, nil); ok && n.Kind == topology.NetworkRelationship {
			out.Relationships[n.Owner] = r
		}
	}
	for _, v := range live.Volumes {
		if declared, ok := plan.PresentVolume(live, v.Address, nil); ok {
			out.Volumes[v.Address] = declared
		}
	}
	return out
}
