package docker

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// declaration is what the label of an instance says of what it was made from.
type declaration struct {
	workload    topology.Workload // the fields that the engine has no place for
	has         map[string]bool   // the fields that are set, also those that it has one for
	env, labels []string          // the names of variables and labels
}

// declarations reads labels, once for all instances with the same, which then share
// what is declared. The zero declarations are empty.
type declarations struct{ read sync.Map }

func (d *declarations) of(label string) (declaration, error) {
	if known, ok := d.read.Load(label); ok {
		return known.(declaration), nil
	}
	out, err := readDeclaration(label)
	if err != nil {
		return out, fmt.Errorf("label %s: %w", labelDeclared, err)
	}
	d.read.Store(label, out)
	return out, nil
}

func readDeclaration(label string) (declaration, error) {
	d := declaration{has: map[string]bool{}}
	declared := map[string]json.RawMessage{}
	if label != "" {
		if err := json.Unmarshal([]byte(label), &declared); err != nil {
			return d, err
		}
	}
	for _, f := range plan.WorkloadFields {
		value, is := declared[f.Name]
		if d.has[f.Name] = is; !is || f.Path != "" {
			continue
		}
		var into any
		switch f.Name {
		case "env":
			into = &d.env
		case "labels":
			into = &d.labels
		default:
			into = f.Get(&d.workload).Addr().Interface()
		}
		if err := json.Unmarshal(value, into); err != nil {
			return d, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return d, nil
}
