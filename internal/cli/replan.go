package cli

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// replan makes the planned values of a resource what is wanted of it where it
// ignores changes. One that is not the configured one may have been a secret.
func (p *project) replan(a topology.Address, want any) error {
	r := p.sources[a]
	configured, err := r.Value()
	if err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	raw, err := provider.Encode(r.Raw(), want)
	if err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	if err := r.Replan(raw); err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	planned, err := r.Value()
	if err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	for _, path := range ignored(r, planned) {
		was, _ := path.Apply(configured)
		is, err := path.Apply(planned)
		if err == nil && !is.RawEquals(was) && p.wasSecret(a, rootOf(path)) {
			r.Sensitive = append(r.Sensitive, path)
		}
	}
	return nil
}

// ignored returns the paths that a resource ignores changes of.
func ignored(r *config.Resource, planned cty.Value) []cty.Path {
	if !r.Lifecycle.IgnoreAll {
		return r.Lifecycle.IgnoreChanges
	}
	var all []cty.Path
	for name := range planned.Type().AttributeTypes() {
		all = append(all, cty.GetAttrPath(name))
	}
	return all
}

// rootOf returns the attribute that a path starts with.
func rootOf(path cty.Path) string {
	if root, ok := path[0].(cty.GetAttrStep); ok {
		return root.Name
	}
	return ""
}
