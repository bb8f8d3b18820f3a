package config

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// eval evaluates an expression in a module.
func (ev *evaluator) eval(in *instance, expr hcl.Expression, rep repetition) (cty.Value, hcl.Diagnostics) {
	return expr.Value(ev.scope(in, expr.Variables(), rep))
}

// scope is the values of what some expressions refer to, and the functions.
func (ev *evaluator) scope(in *instance, all []hcl.Traversal, rep repetition) *hcl.EvalContext {
	spaces := map[string]map[string]cty.Value{}
	put := func(space, name string, v cty.Value) {
		if spaces[space] == nil {
			spaces[space] = map[string]cty.Value{}
		}
		spaces[space][name] = v
	}
	types := map[string]map[string]cty.Value{}
	variables := map[string]cty.Value{}
	for _, t := range all {
		r, diags := refer(t)
		if diags.HasErrors() {
			continue
		}
		switch r.kind {
		case kindVariable:
			put("var", r.name, valueOf(in.variables, r.name))
		case kindLocal:
			put("local", r.name, valueOf(in.locals, r.name))
		case kindModule:
			put("module", r.name, in.callValue(r.name))
		case kindResource:
			v := valueOf(in.resources, r.resource())
			put(r.typ, r.name, v)
			if types[r.typ] == nil {
				types[r.typ] = map[string]cty.Value{}
			}
			types[r.typ][r.name] = v
		case kindPath:
			put("path", r.name, ev.path(in, r.name))
		case kindTerraform:
			put("terraform", r.name, cty.StringVal(ev.options.Workspace))
		case kindEach:
			put("each", "key", orUnknown(rep.eachKey))
			put("each", "value", orUnknown(rep.eachValue))
		case kindCount:
			put("count", "index", orUnknown(rep.index))
		case kindSelf:
			variables["self"] = orUnknown(rep.self)
		}
	}
	for space, values := range spaces {
		variables[space] = cty.ObjectVal(values)
	}
	if len(types) > 0 {
		byType := map[string]cty.Value{}
		for name, values := range types {
			byType[name] = cty.ObjectVal(values)
		}
		variables["resource"] = cty.ObjectVal(byType)
	}
	return &hcl.EvalContext{Variables: variables, Functions: ev.library()}
}

func valueOf(values map[string]cty.Value, name string) cty.Value { return orUnknown(values[name]) }

func orUnknown(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return cty.DynamicVal
	}
	return v
}

// callValue is what module.name stands for.
func (in *instance) callValue(name string) cty.Value {
	e, ok := in.calls[name]
	if !ok {
		return cty.DynamicVal
	}
	return e.value(func(child *instance) cty.Value { return cty.ObjectVal(child.outputs) })
}

func (ev *evaluator) path(in *instance, name string) cty.Value {
	switch name {
	case "module":
		return cty.StringVal(filepath.ToSlash(in.module.dir))
	case "root":
		return cty.StringVal(".")
	}
	dir, err := filepath.Abs(ev.dir)
	if err != nil {
		dir = ev.dir
	}
	return cty.StringVal(filepath.ToSlash(dir))
}
