package cli

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// hidden says which values of a field, or of one key of it, are not to be shown.
func (p *project) hidden(a topology.Address, field, key string) view.Hidden {
	switch {
	case p.secret(a, field, key):
		return view.HiddenBoth
	case p.wasSecret(a, field):
		return view.HiddenOld
	}
	return view.HiddenNone
}

// wasSecret reports whether an old value may have been a secret, which what is
// configured now does not say: a variable always, and what else may hold one
// unless nothing of its address is sensitive.
func (p *project) wasSecret(a topology.Address, field string) bool {
	if keyed[field] != nil {
		return true
	}
	if !slices.Contains(texts, field) {
		return false
	}
	source, configured := p.sources[a]
	if p.recorded != nil {
		return len(p.recorded.Hidden[a]) > 0
	}
	return !configured || len(source.Sensitive) > 0
}

// secret reports whether a value of an address is not to be shown: one that the
// configuration marks sensitive, options with a password, and a variable or setting
// that it no longer has,
// which may have been.
func (p *project) secret(a topology.Address, field, key string) bool {
	source, configured := p.sources[a]
	switch {
	case field == "secrets", field == "driver_opts" && p.mountsWithSecret(a, key):
		return true
	case !configured && (p.recorded == nil || p.recorded.Written[a] == nil):
		return keyed[field] != nil
	case !configured && p.recorded.Hides(a, field, key):
		return true
	case !configured:
		return p.lacks(a, field, key)
	}
	for _, path := range source.Sensitive {
		if covers(path, field, key) {
			return true
		}
	}
	return p.lacks(a, field, key)
}

// mountsWithSecret reports whether an option of a volume's driver is options of a
// mount with a secret among them.
func (p *project) mountsWithSecret(a topology.Address, key string) bool {
	options := p.desired.Volumes[a].DriverOpts["o"]
	return key == "o" && topology.VeilMount(options) != options
}

// texts are the other fields in which somebody may have written a secret.
var texts = []string{"command", "entrypoint", "healthcheck", "hooks", "labels", "security_opt"}

// keyed holds the fields whose values may be secrets key by key, and what of them
// an address is to have.
var keyed = map[string]func(topology.Topology, topology.Address) map[string]string{
	"env":           func(t topology.Topology, a topology.Address) map[string]string { return t.Workloads[a].Env },
	"configuration": func(t topology.Topology, a topology.Address) map[string]string { return t.Workloads[a].Configuration },
	"driver_opts":   func(t topology.Topology, a topology.Address) map[string]string { return t.Volumes[a].DriverOpts },
}

// lacks reports whether a field is a variable or setting that an address is not to have.
func (p *project) lacks(a topology.Address, field, key string) bool {
	of := keyed[field]
	if of == nil || key == "" {
		return false
	}
	_, there := of(p.desired, a)[key]
	return !there
}

// covers reports whether a path of a value is that of a field, or of one key of it.
func covers(path cty.Path, field, key string) bool {
	if len(path) == 0 {
		return true
	}
	name, ok := path[0].(cty.GetAttrStep)
	if !ok || name.Name != field {
		return false
	}
	if len(path) == 1 || key == "" {
		return true
	}
	index, ok := path[1].(cty.IndexStep)
	return !ok || index.Key.Type() != cty.String || index.Key.AsString() == key
}
