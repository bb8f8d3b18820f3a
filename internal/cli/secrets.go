package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// takeSecrets reads the secrets of a resource, which are write-only and so in no
// planned value, into the topology.
func (p *project) takeSecrets(a topology.Address, r *config.Resource) error {
	if !r.Config.Type().HasAttribute("secrets") {
		return nil
	}
	given := r.Config.GetAttr("secrets")
	switch {
	case given.IsNull():
		return nil
	case !given.IsWhollyKnown():
		return &topology.FieldError{
			Address: a, Field: "secrets", Err: errors.New("a value is not known when a plan is made"),
			Hint: "Give the values of its variables.",
		}
	}
	key, err := p.Key()
	if err != nil {
		return err
	}
	w := p.desired.Workloads[a]
	w.Secrets = map[string]topology.Secret{}
	for it := given.ElementIterator(); it.Next(); {
		name, value := it.Element()
		w.Secrets[name.AsString()] = topology.NewSecret(value.AsString())
	}
	w.Secrets = key.Printed(p.Scope, a, w.Secrets)
	p.desired.Workloads[a] = w
	return nil
}

// fillable returns an error where a plan fills in a secret whose value nobody
// knows: of what was applied before, only that it was there is kept.
func (p *proposal) fillable() error {
	var errs []error
	for _, s := range p.Steps {
		fill, is := s.Op.(plan.FillVault)
		if !is {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(fill.Secrets)) {
			if _, known := fill.Secrets[name].Value(); known {
				continue
			}
			gone := errors.New("the value of then is gone: no secret is kept")
			if version := p.input.Desired.Workloads[s.Address].SecretsVersion; version != "" {
				gone = fmt.Errorf("the value of version %s is gone: no secret is kept", version)
			}
			errs = append(errs, &topology.FieldError{
				Address: s.Address, Field: "secrets", Key: name, Err: gone,
				Hint: "Go back to the commit instead, with its value as a variable, or apply a configuration that has it.",
			})
		}
	}
	return errors.Join(errs...)
}

// valuesOf returns the values of all secrets of a topology, by address and name.
func valuesOf(t topology.Topology) map[topology.Address]map[string]string {
	out := map[topology.Address]map[string]string{}
	for a, w := range t.Workloads {
		for name, secret := range w.Secrets {
			if value, known := secret.Value(); known {
				if out[a] == nil {
					out[a] = map[string]string{}
				}
				out[a][name] = value
			}
		}
	}
	return out
}

// giveValues gives the secrets of a topology their values again.
func giveValues(t topology.Topology, values map[topology.Address]map[string]string) {
	for a, of := range values {
		for name, value := range of {
			secret := topology.NewSecret(value)
			secret.Print = t.Workloads[a].Secrets[name].Print
			t.Workloads[a].Secrets[name] = secret
		}
	}
}
