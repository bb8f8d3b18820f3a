package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Clashes returns what on the engine, and not of the scope, is in the way of
// steps: a *topology.FieldError each, joined. The engine is asked when one of
// them makes something.
func (s Session) Clashes(ctx context.Context, steps []plan.Step) error {
	if s.lenient || !slices.ContainsFunc(steps, func(step plan.Step) bool { return makes(step.Op) }) {
		return nil
	}
	foreign, err := s.Runtime.ObserveForeign(ctx, s.Scope)
	if err != nil {
		return err
	}
	var errs []error
	for _, step := range steps {
		for _, clash := range clashesOf(s.Scope, step, foreign) {
			errs = append(errs, clash)
		}
	}
	return errors.Join(errs...)
}

func makes(op plan.Op) bool {
	switch op.(type) {
	case plan.CreateInstance, plan.CreateNetwork, plan.CreateVolume:
		return true
	}
	return false
}

func clashesOf(scope topology.Scope, step plan.Step, foreign topology.Foreign) []*topology.FieldError {
	a := step.Address
	switch op := step.Op.(type) {
	case plan.CreateVolume:
		if foreign.Volumes[op.Volume.Name] {
			return []*topology.FieldError{taken(scope, a, "volume", op.Volume.Name)}
		}
	case plan.CreateNetwork:
		if foreign.Networks[op.Network.Name] {
			field, key := madeBy(op.Network)
			return []*topology.FieldError{networkTaken(scope, a, field, key, op.Network.Name)}
		}
	case plan.CreateInstance:
		errs := portClashes(a, op.Container.Ports, foreign)
		if foreign.Containers[op.Name] {
			errs = append(errs, taken(scope, a, "container", op.Name))
		}
		return errs
	}
	return nil
}

// madeBy returns the field of an address for which a network is made.
func madeBy(n topology.Network) (field, key string) {
	switch n.Kind {
	case topology.NetworkImplied:
		return "relationships", n.Key
	case topology.NetworkEgress:
		return "egress", ""
	}
	return "name", ""
}

func networkTaken(scope topology.Scope, a topology.Address, field, key, name string) *topology.FieldError {
	e := taken(scope, a, "network", name)
	e.Field, e.Key = field, key
	if field != "name" {
		e.Hint = "Remove or rename that network."
	}
	return e
}

func portClashes(a topology.Address, ports []topology.Port, foreign topology.Foreign) []*topology.FieldError {
	var errs []*topology.FieldError
	for _, p := range ports {
		for _, held := range slices.SortedFunc(maps.Keys(foreign.Ports), comparePorts) {
			if p.Clashes(held) {
				errs = append(errs, &topology.FieldError{
					Address: a, Field: "ports", Err: fmt.Errorf("host port %d is published by container %q, which is not of this environment", p.Host, foreign.Ports[held]),
					Hint: "Publish another port, or stop that container.",
				})
			}
		}
	}
	return errs
}
