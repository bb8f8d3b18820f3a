package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// takeIn has the engine count the container that a state has adopted as an
// instance, and returns its name. A state that has none is left alone.
func (b *base) takeIn(ctx context.Context, a topology.Address, kept keep) (engineName string, err error) {
	if kept.Adopted == "" {
		return "", nil
	}
	adopted, err := b.adopt(ctx, a, kept.Adopted)
	return adopted.Name, err
}

// adopt has the engine count a container as an instance.
func (b *base) adopt(ctx context.Context, a topology.Address, container string) (apply.Adopted, error) {
	adopter, ok := b.runtime.(apply.Adopter)
	if !ok {
		return apply.Adopted{}, errors.New("this engine cannot adopt a container")
	}
	key, err := b.keys.get()
	if err != nil {
		return apply.Adopted{}, err
	}
	return adopter.Adopt(ctx, b.scope, a, container, key)
}

// imports begins the import of a container or volume that was not made for the
// scope, and returns what is to be kept of it.
func (b *base) imports(ctx context.Context, of identity, diags *diag.Diagnostics) (keep, error) {
	a := b.at(of.Name)
	switch b.kind {
	case topology.KindVolume:
		return keep{Adopted: of.EngineName}, nil
	case topology.KindApp:
	default:
		return keep{}, fmt.Errorf("a %s is made by Bayplan alone: a service with its own passwords, a relationship with its own network. "+
			"Adopt a container as bayplan_app, and its data as bayplan_volume", b.kind)
	}
	live, err := b.runtime.Observe(ctx, b.scope, a)
	if err != nil {
		return keep{}, err
	}
	if len(live.Of(a)) > 0 {
		return keep{}, fmt.Errorf("%s has instances of its own: import %s", a, b.scope.ID(a))
	}
	adopted, err := b.adopt(ctx, a, of.EngineName)
	if err != nil {
		return keep{}, err
	}
	if len(adopted.Unsaid) > 0 {
		diags.AddWarning(fmt.Sprintf("%s adopts more than it can say", a), fmt.Sprintf(
			"Container %s has what bayplan_app cannot say: %s. As long as nothing else of it changes it stays as it is. An instance of %s's own will not have it.",
			adopted.Name, list(adopted.Unsaid), a))
	}
	return keep{Adopted: adopted.ID}, nil
}

// stillAdopted returns the id of an adopted container while it is live, else "".
func stillAdopted(live topology.Live, id string) string {
	if slices.ContainsFunc(live.Instances, func(i topology.Instance) bool { return i.ID == id }) {
		return id
	}
	return ""
}

// warnLetGo says what became of a container that was adopted, and is no more.
func warnLetGo(diags *diag.Diagnostics, a topology.Address, before, after string) {
	if before == "" || before == after {
		return
	}
	diags.AddWarning("Container "+short(before)+" is left", fmt.Sprintf(
		"%s was adopted from it. It is stopped and does not start again, and what was written into it is still there. When nobody needs that: docker rm %s", a, short(before)))
}

// short is as much of a container's id as people use.
func short(id string) string { return id[:min(len(id), 12)] }

// nameLike returns a name that a resource can have, like one on the engine.
func nameLike(engineName string) string {
	name := strings.Trim(notLabel.ReplaceAllString(strings.ToLower(engineName), "-"), "-")
	return strings.TrimRight(name[:min(len(name), 40)], "-")
}
