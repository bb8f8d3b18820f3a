package cli

import (
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
	switch field {
	case "env":
		return true
	case "command", "entrypoint", "healthcheck", "labels":
		source, configured := p.sources[a]
		if p.recorded != nil {
			return len(p.recorded.Hidden[a]) > 0
		}
		return !configured || len(source.Sensitive) > 0
	}
	return false
}

// secret reports whether a value of an address is not to be shown: one that the
// configuration marks sensitive, and a variable that it no longer has, which
// may have been.
func (p *project) secret(a topology.Address, field, key string) bool {
	source, configured := p.sources[a]
	switch {
	case field == "secrets":
		return true
	case !configured && (p.recorded == nil || p.recorded.Written[a] == nil):
		return field == "env"
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

// lacks reports whether a field is a variable that an address is not to have.
func (p *project) lacks(a topology.Address, field, key string) bool {
	if field != "env" || key == "" {
		return false
	}
	_, there := p.desired.Workloads[a].Env[key]
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
