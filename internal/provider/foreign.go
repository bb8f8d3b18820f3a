package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// clashes returns what on the engine, and not of the scope, is in the way of a
// workload that is about to be created, to publish other ports or to join
// other networks.
func (s *session) clashes(ctx context.Context, a topology.Address, w topology.Workload, create bool) error {
	foreign, err := s.foreign(ctx)
	if err != nil {
		return err
	}
	var errs []*topology.FieldError
	for n := 1; create && n <= int(w.Replicas); n++ {
		if name := s.scope.InstanceName(a, 1, n); foreign.Containers[name] {
			errs = append(errs, taken(s.scope, a, "container", name))
		}
	}
	if create && foreign.Volumes[w.DataVolume] {
		errs = append(errs, taken(s.scope, a, "volume", w.DataVolume))
	}
	errs = append(errs, s.networkClashes(foreign, a, w)...)
	var ports []topology.Port
	for _, spelled := range w.Ports {
		if p, err := topology.ParsePort(spelled); err == nil {
			ports = append(ports, p)
		}
	}
	errs = append(errs, portClashes(a, ports, foreign)...)
	return joinFields(errs)
}

// instanceClashes returns which of the instances that steps make have the name
// of another's container.
func (s *session) instanceClashes(ctx context.Context, a topology.Address, steps []plan.Step) error {
	var errs []*topology.FieldError
	for _, step := range steps {
		op, ok := step.Op.(plan.CreateInstance)
		if !ok {
			continue
		}
		foreign, err := s.foreign(ctx)
		if err != nil {
			return err
		}
		if foreign.Containers[op.Name] {
			errs = append(errs, taken(s.scope, a, "container", op.Name))
		}
	}
	return joinFields(errs)
}

// networkClashes returns which networks that a workload makes, if nobody has
// made them before, are another's.
func (s *session) networkClashes(foreign topology.Foreign, a topology.Address, w topology.Workload) []*topology.FieldError {
	var errs []*topology.FieldError
	clash := func(field, key, name string) {
		if foreign.Networks[name] {
			errs = append(errs, networkTaken(s.scope, a, field, key, name))
		}
	}
	for _, key := range sorted(w.Relationships) {
		if r := w.Relationships[key]; r.Address.IsWorkload() {
			clash("relationships", key, s.scope.ImpliedNetwork(a, key, r.TargetAddress))
		}
	}
	switch {
	case w.Egress:
		clash("egress", "", s.scope.EgressNetwork())
	case len(w.Ports) > 0:
		clash("ports", "", s.scope.EgressNetwork())
	}
	return errs
}

// networkClash returns that a relationship's network on the engine is another's.
func (s *session) networkClash(ctx context.Context, a topology.Address) error {
	foreign, err := s.foreign(ctx)
	if err != nil {
		return err
	}
	if name := s.scope.RelationshipNetwork(a.Name); foreign.Networks[name] {
		return taken(s.scope, a, "network", name)
	}
	return nil
}

// volumeClash returns that a volume's name on the engine is another's.
func (s *session) volumeClash(ctx context.Context, a topology.Address) error {
	foreign, err := s.foreign(ctx)
	if err != nil {
		return err
	}
	if name := s.scope.VolumeName(a.Name); foreign.Volumes[name] {
		return taken(s.scope, a, "volume", name)
	}
	return nil
}

func taken(s topology.Scope, a topology.Address, what, name string) *topology.FieldError {
	e := &topology.FieldError{
		Address: a, Field: "name", Err: fmt.Errorf("there is a %s %q on the engine that is not of this environment, and it is left alone", what, name),
		Hint: "Choose another name, or rename or remove that " + what + ".",
	}
	if a.Kind == topology.KindApp && what == "container" || a.Kind == topology.KindVolume && what == "volume" {
		e.Hint += fmt.Sprintf(" With Terraform it can be adopted as it is: import %q, as the guide on adopting says.", s.ID(a)+"="+name)
	}
	return e
}

func comparePorts(a, b topology.Port) int { return strings.Compare(a.String(), b.String()) }
