package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// unmoved returns an error when something that a plan changes is no longer as
// it was when the plan was made, or would be changed in another way now.
func (p *project) unmoved(ctx context.Context, proposed *proposal) error {
	if len(proposed.Changes) == 0 {
		return nil
	}
	var about []topology.Address
	for _, change := range proposed.Changes {
		about = append(about, change.Address)
	}
	all := slices.Clone(about) // asked for by name, it is read again
	for _, i := range proposed.live.Instances {
		all = append(all, i.Address)
	}
	slices.SortFunc(all, byAddress)
	now, err := p.observe(ctx, slices.Compact(all)...)
	if err != nil {
		return err
	}
	in := proposed.input
	in.Live = now
	again, err := plan.Make(in)
	if err != nil {
		return p.located(err)
	}
	var moved []error
	before, after := calls(proposed.Steps), calls(again.Steps)
	for _, a := range about {
		if plan.Fingerprint(now, a) != plan.Fingerprint(proposed.live, a) || !slices.Equal(after[a], before[a]) {
			moved = append(moved, withHint("Run bayplan plan to see what it is now.",
				"%s: what is live has moved since the plan was made, and nothing was changed", a))
		}
	}
	return errors.Join(errors.Join(moved...), p.located(p.Buildable(ctx, proposed.Steps)))
}

// calls returns what steps do, by address.
func calls(steps []plan.Step) map[topology.Address][]string {
	out := map[topology.Address][]string{}
	for _, s := range steps {
		out[s.Address] = append(out[s.Address], s.Op.String())
	}
	return out
}

// protected returns an error when a plan takes away what must not go: what is
// configured with deletion_protection or prevent_destroy or, where nothing
// configures it any more, was made with deletion_protection.
func (p *project) protected(proposed *proposal) error {
	if p.goesBack {
		return nil // what it takes away has just been made
	}
	var errs []error
	for _, change := range proposed.Changes {
		a := change.Address
		source, configured := p.sources[a]
		switch {
		case change.Action != plan.ActionDelete && change.Action != plan.ActionReplace:
		case !configured:
			errs = append(errs, p.leftProtected(proposed.live, a))
		case p.desired.Workloads[a].DeletionProtection:
			errs = append(errs, p.at(source, &topology.FieldError{
				Address: a, Field: "deletion_protection", Err: fmt.Errorf("%s is protected from deletion", a),
				Hint: "Apply deletion_protection = false first.",
			}))
		case source.Lifecycle.PreventDestroy:
			errs = append(errs, p.at(source, &topology.FieldError{
				Address: a, Field: "lifecycle", Err: fmt.Errorf("%s has prevent_destroy set", a),
				Hint: "Take it away, or name with --target what is to go.",
			}))
		}
	}
	return p.diagnosed(errs)
}

// leftProtected returns an error when instances of an address that is not
// configured any more were made with deletion_protection.
func (p *project) leftProtected(live topology.Live, a topology.Address) error {
	gone := "not configured here any more"
	if p.reverts != "" {
		gone = "not there in " + p.reverts
	}
	for _, i := range live.Of(a) {
		if i.Workload.DeletionProtection {
			return withHint(fmt.Sprintf("Configure it again, or with deletion_protection = false take it down: bayplan destroy --target %s.", a),
				"%s is protected from deletion, and %s", a, gone)
		}
	}
	return nil
}
