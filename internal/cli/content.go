package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// content returns what a revision keeps of what a plan leads to: all that is
// wanted. Of what a plan leaves out, as one with targets does, it is what the
// newest revision has that took effect for it, else what is live.
func (l *ledger) content(key topology.Key, p *project, proposed *proposal) revision.Content {
	out, there := p.content(proposed.input.Desired), p.present(proposed)
	left := leftOut(proposed.input.About, out, there)
	for _, a := range left {
		out.Take(a, there)
	}
	for _, r := range slices.Backward(l.revisions) {
		if len(left) == 0 {
			break
		}
		then, sealed := r.Open(key, l.Scope)
		left = slices.DeleteFunc(left, func(a topology.Address) bool {
			took := r.TookEffect(a) || sealed == nil && r.Ended.Ended.IsZero() && isLive(then.Topology, key, proposed.live, a)
			if took && sealed == nil {
				out.Take(a, then)
			}
			return took
		})
	}
	return out
}

// isLive reports whether what a topology wants of an address is what is live. Of an
// apply that was killed nothing else says what it has done.
func isLive(t topology.Topology, key topology.Key, live topology.Live, a topology.Address) bool {
	made, err := plan.Make(plan.Input{Desired: t, Live: live, Key: key, About: []topology.Address{a}})
	return err == nil && len(made.Steps) == 0
}

// leftOut returns what is wanted or live and a plan is not about. Volumes that
// are live alone are none of it: they stay after whole plans too.
func leftOut(about []topology.Address, wanted, there revision.Content) []topology.Address {
	out := append(wanted.Addresses(), there.Addresses()...)
	slices.SortFunc(out, byAddress)
	planned := map[topology.Address]bool{}
	for _, a := range about {
		planned[a] = true
	}
	out = slices.DeleteFunc(slices.Compact(out), func(a topology.Address) bool { return planned[a] })
	if slices.ContainsFunc(out, func(a topology.Address) bool {
		_, declared := wanted.Topology.Volumes[a]
		return declared || a.Kind != topology.KindVolume
	}) {
		return out
	}
	return nil
}

// present returns what is live before a proposal, under the names that what the
// proposal leaves out still has.
func (p *project) present(proposed *proposal) revision.Content {
	still := map[topology.Address]topology.Address{}
	for now, former := range proposed.input.Renamed {
		if !slices.Contains(proposed.input.About, now) {
			still[former] = now
		}
	}
	out := revision.NewContent(p.Scope)
	out.Topology = plan.PresentAll(plan.Rename(proposed.live, still, nil), topology.Topology{})
	for _, a := range out.Addresses() {
		for _, v := range out.Values(a) {
			if p.hidden(a, v.Field, v.Key) != view.HiddenNone {
				out.Hidden[a] = append(out.Hidden[a], v.Name())
			}
		}
	}
	return out
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
