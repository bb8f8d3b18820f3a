package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// base is what every resource is built on.
type base struct {
	kind topology.Kind
	*session
}

// Metadata names the resource after its kind. What it is of can be renamed, or
// declared anew in another environment.
func (b *base) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + string(b.kind)
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes what the provider's Configure made.
func (b *base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	var err error
	if b.session, err = sessionOf(req.ProviderData); err != nil {
		resp.Diagnostics.AddError("Cannot configure the resource", err.Error())
	}
}

// ImportState takes "<environment>/<name>", with "=<name on the engine>" after it
// for what Bayplan did not make, or an identity, and leaves the rest to Read.
func (b *base) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	of, err := b.imported(req)
	if err != nil {
		resp.Diagnostics.AddError("Cannot import "+string(b.kind), err.Error()+".")
		return
	}
	if of.Environment != b.scope.Environment {
		resp.Diagnostics.AddError("Cannot import "+b.at(of.Name).String(),
			fmt.Sprintf("It is of environment %s, and the provider is of %s: set environment on the provider.", of.Environment, b.scope.Environment))
		return
	}
	if of.EngineName != "" {
		adopted, err := b.imports(ctx, of, &resp.Diagnostics)
		if err == nil {
			err = remember(ctx, resp.Private, adopted)
		}
		if report(&resp.Diagnostics, "adopt", b.at(of.Name), err); err != nil {
			return
		}
	}
	resp.Identity.Raw = b.identify(of)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), of.Name)...)
}

// imported returns what is to be imported.
func (b *base) imported(req resource.ImportStateRequest) (identity, error) {
	var of identity
	if req.ID == "" {
		if _, err := decode(req.Identity.Raw, &of); err != nil {
			return of, err
		}
		of.Environment = cmp.Or(of.Environment, b.scope.Environment)
		return of, topology.ValidName(of.Name)
	}
	var ok bool
	of.Environment, of.Name, ok = strings.Cut(req.ID, "/")
	of.Name, of.EngineName, _ = strings.Cut(of.Name, "=")
	if !ok || topology.ValidName(of.Name) != nil {
		return of, fmt.Errorf("%q is no identifier: want <environment>/<name>, such as %s/web", req.ID, b.scope.Environment)
	}
	return of, nil
}

func (b *base) at(name string) topology.Address { return topology.Address{Kind: b.kind, Name: name} }

// nothing returns a topology of the scope in which nothing is wanted.
func (b *base) nothing() topology.Topology { return topology.Topology{Scope: b.scope} }

// execute plans and does what is left to do of one address, within a limit.
// What it did is in the plan.
func (b *base) execute(ctx context.Context, in plan.Input, limit apply.Limit) (plan.Plan, error) {
	p, err := plan.Make(in)
	if err == nil {
		err = b.buildable(ctx, p.Steps)
	}
	if err != nil {
		return p, err
	}
	result, err := b.run(ctx, p.Steps, limit)
	return p, errors.Join(err, apply.LockedOut(p.Changes, result))
}

// run does steps of one address, within a limit.
func (b *base) run(ctx context.Context, steps []plan.Step, limit apply.Limit) (apply.Result, error) {
	limits := map[topology.Address]apply.Limit{}
	for _, s := range steps {
		limits[s.Address] = limit
	}
	return apply.Run(ctx, b.runtime, b.scope, steps, apply.Options{Limits: limits})
}

// finishes bounds how often finish puts right what others move.
const finishes = 3

// finish checks that what the input wants is live, and returns what is. An
// apply is about several resources at once, each planned from what was live
// before: connections that others moved meanwhile, as where a relationship is
// led elsewhere while its former target is replaced, are put right. Anything
// else that is left is an error.
func (b *base) finish(ctx context.Context, in plan.Input, about ...topology.Address) (topology.Live, error) {
	for try := 1; ; try++ {
		var err error
		if in.Live, err = b.runtime.Observe(ctx, b.scope, about...); err != nil {
			return in.Live, err
		}
		left, err := plan.Make(in)
		if err != nil || len(left.Steps) == 0 {
			return in.Live, err
		}
		if try > finishes || slices.ContainsFunc(left.Steps, func(s plan.Step) bool { return !connects(s.Op) }) {
			return in.Live, errors.Join(errUnfinished(left), b.meanwhile(ctx))
		}
		if _, err := apply.Run(ctx, b.runtime, b.scope, left.Steps, apply.Options{}); err != nil {
			return in.Live, err
		}
	}
}

// meanwhile says who else changes the scope, nil where nobody does: Terraform
// keeps a state to itself, not what is live.
func (b *base) meanwhile(ctx context.Context) error {
	locker, ok := b.runtime.(apply.Locker)
	if !ok {
		return nil
	}
	holder, err := locker.Holder(ctx, b.scope)
	if err != nil || holder.ID == "" {
		return err
	}
	return fmt.Errorf("somebody else changes it meanwhile: %w", &apply.LockedError{Holder: holder})
}

// connects reports whether all that an op does is to connect or disconnect.
func connects(op plan.Op) bool {
	switch op.(type) {
	case plan.Connect, plan.Disconnect:
		return true
	}
	return false
}

// checkKey returns an error when an instance was made with another key than
// the given one: its password would be another.
func checkKey(key topology.Key, live topology.Live, a topology.Address) error {
	for _, i := range live.Of(a) {
		if i.KeyID != "" && i.KeyID != key.ID() {
			return fmt.Errorf("%s was made with the key %s, and the provider's key is %s: "+
				"passwords are derived from it, so give the key of old", i.Name, i.KeyID, key.ID())
		}
	}
	return nil
}

// errMoved says that what a plan was made from is no longer so.
func errMoved(a topology.Address) error {
	return fmt.Errorf("the live state of %s has moved since the plan was made, and nothing was changed: run plan again", a)
}

// errUnfinished says what an apply that went well has left undone.
func errUnfinished(p plan.Plan) error {
	var left []string
	for _, change := range p.Changes {
		for _, f := range change.Fields {
			left = append(left, f.Field)
		}
	}
	if len(left) == 0 {
		for _, step := range p.Steps {
			left = append(left, step.Op.String())
		}
	}
	return errors.New("the change was applied, but reading it back still shows a difference: " + list(left))
}

// list writes words in a row.
func list(words []string) string { return strings.Join(words, ", ") }

// warnTakenOver says what a creation found of its own and kept.
func warnTakenOver(diags *diag.Diagnostics, a topology.Address, p plan.Plan) {
	for _, change := range p.Changes {
		if found := change.Impact.TakesOver; len(found) > 0 {
			diags.AddWarning("Took over what was there of "+a.String(),
				"It was on the engine already, made for "+a.String()+" but not in the state, and is used on: "+list(found)+".")
		}
	}
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
