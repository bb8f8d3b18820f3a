package cli

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// background returns what the reader of changes wants to know beside them.
func (p *project) background(in plan.Input, changes []plan.Change) map[topology.Address]view.Background {
	out := map[topology.Address]view.Background{}
	needs, goes := p.neededBy(slices.Collect(maps.Keys(in.Desired.Workloads))), map[topology.Address]bool{}
	for _, c := range changes {
		goes[c.Address] = c.Action == plan.ActionDelete
	}
	for _, c := range changes {
		of := view.Background{NeededBy: concerned(c, needs[c.Address], goes), Fields: map[string]view.Field{}}
		if source, ok := p.sources[c.Address]; ok {
			of.Place = placeOf(source.DeclRange)
		}
		for _, d := range c.Fields {
			of.Fields[view.FieldName(d)] = view.Field{
				Hidden: p.hidden(c.Address, d.Field, d.Key), Default: !p.configures(c.Address, d.Field), Cause: p.cause(in, c, d),
			}
		}
		out[c.Address] = of
	}
	return out
}

// cause returns why a field differs, with its place in the configuration.
func (p *project) cause(in plan.Input, c plan.Change, d plan.FieldDiff) view.Cause {
	why := in.Cause(c, d)
	out := view.Cause{Kind: why.Kind}
	if why.Of != c.Address {
		out.Address = why.Of
	}
	if source, ok := p.sources[why.Of]; ok {
		out.Place = placeOf(source.Range(written(source, why.Field, why.Key)))
	}
	return out
}

// configures reports whether a field of an address is written in the
// configuration. What follows from a type is not; a digest is what will run.
func (p *project) configures(a topology.Address, field string) bool {
	if p.recorded != nil {
		return field == "image_digest" || slices.Contains(p.recorded.Written[a], field)
	}
	source, ok := p.sources[a]
	return ok && (field == "image_digest" || isWritten(source, field))
}

func isWritten(source *config.Resource, field string) bool {
	return source.Config.Type().HasAttribute(field) && !source.Config.GetAttr(field).IsNull()
}

// decidedBy says which attribute decides another that is not written.
var decidedBy = map[string]string{
	"image_digest": "image", "version": "image", "image": "type", "base_images": "build", "type": "build",
	"port": "type", "scheme": "type", "endpoints": "type", "data_volume": "name",
}

// written returns the path of what is written for a field of a resource or, where
// nothing is, for what decides it; nil where its default holds.
func written(source *config.Resource, field, key string) cty.Path {
	for name := field; name != ""; name = decidedBy[name] {
		switch {
		case !isWritten(source, name):
		case name == field && key != "":
			return cty.GetAttrPath(name).IndexString(key)
		default:
			return cty.GetAttrPath(name)
		}
	}
	return nil
}

func placeOf(r hcl.Range) view.Place { return view.Place{File: r.Filename, Line: r.Start.Line} }

// concerned returns who needs what a change replaces or takes down, is live or
// wanted, and does not go with it. Sorted.
func concerned(c plan.Change, needs []topology.Address, goes map[topology.Address]bool) []topology.Address {
	if c.Action != plan.ActionReplace && c.Action != plan.ActionDelete && c.Impact.Replace == 0 {
		return nil
	}
	out := slices.Concat(c.Impact.Hits, needs)
	slices.SortFunc(out, byAddress)
	return slices.DeleteFunc(slices.Compact(out), func(a topology.Address) bool { return goes[a] })
}
