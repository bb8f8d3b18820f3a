package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Create makes the instances, or takes over those of ours that are there.
func (r *workloadResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	c, err := r.newChange(req.Plan.Raw, req.Config.Raw)
	if err == nil {
		err = c.create(ctx, &resp.Diagnostics)
	}
	if err == nil {
		resp.State.Raw, err = c.conclude(ctx, resp.Private)
	}
	resp.Identity.Raw = r.identify(c.identity())
	report(&resp.Diagnostics, "start", c.address, err)
}

// Update makes live what is planned, if live is what the plan was made from.
func (r *workloadResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	c, err := r.newChange(req.Plan.Raw, req.Config.Raw)
	if err == nil {
		err = c.update(ctx, req)
	}
	adopted := c.kept.Adopted
	if err == nil {
		resp.State.Raw, err = c.conclude(ctx, resp.Private)
	}
	if err == nil {
		resp.Identity.Raw = r.identify(c.identity())
		warnLetGo(&resp.Diagnostics, c.address, adopted, c.kept.Adopted)
	}
	report(&resp.Diagnostics, "update", c.address, err)
}

// Delete removes the instances that the state names, and no others.
func (r *workloadResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var w topology.Workload
	_, err := decode(req.State.Raw, &w)
	a := r.at(w.Name)
	kept, _, keptErr := recall(ctx, req.Private)
	if err = errors.Join(err, keptErr); err == nil && w.DeletionProtection {
		err = r.protect(ctx, a, req.State.Raw)
	}
	if err == nil {
		if _, err = r.takeIn(ctx, a, kept); err == nil || apply.IsNotFound(err) {
			err = r.remove(ctx, a, req.State.Raw, concerned(a, kept, w), apply.LimitOf(a, plan.ActionDelete, w.Timeouts))
		}
	}
	if err == nil {
		warnLetGo(&resp.Diagnostics, a, kept.Adopted, "")
	}
	report(&resp.Diagnostics, "delete", a, err)
}

// protect refuses to delete what of a protected address is live. Terraform
// asks for the plan of a deletion, but not when a replacement is what is wanted.
func (b *base) protect(ctx context.Context, a topology.Address, state tftypes.Value) error {
	named, err := namedIn(state)
	if err != nil {
		return err
	}
	live, err := b.runtime.Observe(ctx, b.scope, a)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(live.Of(a), func(i topology.Instance) bool { return named[i.Name] == i.ID }) {
		return errProtected(a)
	}
	return nil
}

// remove removes those instances of an address that a state names.
func (b *base) remove(ctx context.Context, a topology.Address, state tftypes.Value, about []topology.Address, limit apply.Limit) error {
	named, err := namedIn(state)
	if err != nil {
		return err
	}
	live, err := b.runtime.Observe(ctx, b.scope, about...)
	if err != nil {
		return err
	}
	_, err = b.execute(ctx, plan.Input{Desired: b.nothing(), Live: live, About: []topology.Address{a}, Only: named}, limit)
	return err
}

// concerned returns an address and all that it has to do with: what it needs,
// as far as each value of it tells, and what its own networks led to.
func concerned(a topology.Address, kept keep, values ...topology.Workload) []topology.Address {
	about := map[topology.Address]bool{a: true}
	for _, w := range values {
		for _, r := range w.Relationships {
			about[r.TargetAddress] = r.TargetAddress.IsWorkload()
		}
	}
	live := kept.Live.live(topology.Scope{})
	for _, n := range live.Networks {
		if target := live.TargetOf(n); n.Owner == a && target.IsWorkload() {
			about[target] = true
		}
	}
	for _, i := range live.Instances {
		about[i.Address] = true
	}
	maps.DeleteFunc(about, func(_ topology.Address, is bool) bool { return !is })
	return slices.SortedFunc(maps.Keys(about), compareAddresses)
}

// workloadChange is a planned workload while it is being made live.
type workloadChange struct {
	*base
	address topology.Address
	planned tftypes.Value
	want    topology.Workload
	key     topology.Key
	about   []topology.Address // the address and all that it has to do with
	kept    keep
	renamed map[topology.Address]topology.Address // the address of old, if it had another
}

func (r *workloadResource) newChange(planned, config tftypes.Value) (*workloadChange, error) {
	c := &workloadChange{base: &r.base, address: r.at(""), planned: planned}
	if _, err := decode(planned, &c.want); err != nil {
		return c, err
	}
	c.address = r.at(c.want.Name)
	written, err := attributesOf(config)
	if err != nil {
		return c, err
	}
	if c.want.Secrets, _, err = secretsOf(written); err != nil {
		return c, err
	}
	c.about = concerned(c.address, c.kept, c.want)
	c.key, err = r.keys.get()
	return c, err
}

// identity returns what the workload is known by now.
func (c *workloadChange) identity() identity {
	of := identity{Name: c.address.Name}
	for _, i := range c.kept.Live.Instances {
		if i.ID == c.kept.Adopted {
			of.EngineName = i.Name
		}
	}
	return of
}

func (c *workloadChange) input(live topology.Live) plan.Input {
	return plan.Input{
		Desired: c.desired(c.address, c.want), Live: live, Key: c.key, About: []topology.Address{c.address}, Renamed: c.renamed,
	}
}

// renamed returns the former address of what has another now, as plan.Input takes it.
func renamed(before, after topology.Address) map[topology.Address]topology.Address {
	if before == after {
		return nil
	}
	return map[topology.Address]topology.Address{after: before}
}

// limit is how long an update may take.
func (c *workloadChange) limit() apply.Limit {
	return apply.LimitOf(c.address, plan.ActionUpdate, c.want.Timeouts)
}

func (c *workloadChange) create(ctx context.Context, diags *diag.Diagnostics) error {
	live, err := c.runtime.Observe(ctx, c.scope, c.about...)
	if err != nil {
		return err
	}
	if err := c.sameData(live); err != nil {
		return err
	}
	in := c.input(live)
	in.Create = true
	p, err := c.execute(ctx, in, apply.LimitOf(c.address, plan.ActionCreate, c.want.Timeouts))
	if err != nil {
		return err
	}
	warnTakenOver(diags, c.address, p)
	return nil
}

// sameData refuses to take over a service and leave its data, which is where it
// was before a rename that the state does not know of.
func (c *workloadChange) sameData(live topology.Live) error {
	for _, i := range live.Of(c.address) {
		if has := i.Workload.DataVolume; has != "" && c.want.DataVolume != "" && has != c.want.DataVolume {
			return &topology.FieldError{
				Address: c.address, Field: "name", Err: fmt.Errorf("%s is there already, with its data in volume %s, and would be left with an empty one", c.address, has),
				Hint: "Import it, as " + c.scope.ID(c.address) + ".",
			}
		}
	}
	return nil
}

func (c *workloadChange) update(ctx context.Context, req resource.UpdateRequest) error {
	var prior topology.Workload
	if _, err := decode(req.State.Raw, &prior); err != nil {
		return err
	}
	kept, known, err := recall(ctx, req.Private)
	if err != nil {
		return err
	}
	before := c.at(prior.Name)
	if _, err := c.takeIn(ctx, before, kept); err != nil && !apply.IsNotFound(err) {
		return err
	}
	c.renamed = renamed(before, c.address)
	c.kept, c.about = kept, concerned(c.address, kept, c.want, prior)
	if before != c.address {
		c.about = append(c.about, concerned(before, kept, prior)...)
	}
	live, err := c.runtime.Observe(ctx, c.scope, c.about...)
	if err != nil {
		return err
	}
	if known && plan.Fingerprint(live, before) != plan.Fingerprint(kept.Live.live(c.scope), before) {
		return errMoved(before)
	}
	c.want.Secrets = asLive(c.want, live, before)
	in := c.input(live)
	if before != c.address {
		if in.Only, err = namedIn(req.State.Raw); err != nil {
			return err
		}
	}
	if _, err = c.execute(ctx, in, c.limit()); err == nil && before != c.address {
		c.claims.settle(before, c.address)
	}
	return err
}

// conclude checks that live is now what is planned, and returns the state.
func (c *workloadChange) conclude(ctx context.Context, private privateState) (tftypes.Value, error) {
	live, err := c.finish(ctx, c.input(topology.Live{}), c.about...)
	if err != nil {
		return tftypes.Value{}, err
	}
	if c.kept.Generation == 0 {
		c.kept.Generation = live.Generation(c.address)
	}
	c.kept.Live, c.kept.Adopted = keptOf(plan.Own(live, c.address)), stillAdopted(live, c.kept.Adopted)
	c.kept.Image = resolved{Reference: c.want.Image, Digest: c.want.ImageDigest, Version: c.want.Version, Bases: c.want.BaseImages}
	if err := remember(ctx, private, c.kept); err != nil {
		return tftypes.Value{}, err
	}
	return withAttributes(c.planned, map[string]any{"instances": instancesOf(live, c.address)})
}
