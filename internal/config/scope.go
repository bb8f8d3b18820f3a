package config

import (
	"maps"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// eval evaluates an expression in a module.
func (ev *evaluator) eval(in *instance, expr hcl.Expression, rep repetition) (cty.Value, hcl.Diagnostics) {
	return expr.Value(ev.scope(in, expr.Variables(), rep))
}

// scope is the values of what some expressions refer to, and the functions.
func (ev *evaluator) scope(in *instance, all []hcl.Traversal, rep repetition) *hcl.EvalContext {
	names := namespaces{}
	for _, t := range all {
		if r, diags := refer(t); !diags.HasErrors() {
			ev.put(names, in, r, rep)
		}
	}
	return &hcl.EvalContext{Variables: names.values(), Functions: ev.library()}
}

// put adds what a reference is to.
func (ev *evaluator) put(names namespaces, in *instance, r reference, rep repetition) {
	switch r.kind {
	case kindVariable:
		names.put("var", r.name, in.variables[r.name])
	case kindLocal:
		names.put("local", r.name, in.locals[r.name])
	case kindModule:
		names.put("module", r.name, in.callValue(r.name))
	case kindResource:
		names.put(r.typ, r.name, in.resources[r.resource()])
	case kindData:
		names.put(dataPrefix+r.typ, r.name, in.resources[r.resource()])
	case kindPath:
		names.put("path", r.name, ev.path(in, r.name))
	case kindTerraform:
		names.put("terraform", r.name, cty.StringVal(ev.options.Workspace))
	case kindEach:
		names.put("each", "key", rep.eachKey)
		names.put("each", "value", rep.eachValue)
	case kindCount:
		names.put("count", "index", rep.index)
	case kindSelf:
		names[""] = map[string]cty.Value{"self": orUnknown(rep.self)}
	}
}

// dataPrefix begins the namespace of a type of data sources.
const dataPrefix = string(kindData) + "."

// namespaces are objects of values. That named "" is of those that are in none.
type namespaces map[string]map[string]cty.Value

func (n namespaces) put(space, name string, v cty.Value) {
	if n[space] == nil {
		n[space] = map[string]cty.Value{}
	}
	n[space][name] = orUnknown(v)
}

// values returns all as the variables of expressions. What is no other namespace
// is a type of resources, and may also be named with resource before it.
func (n namespaces) values() map[string]cty.Value {
	out, types, data := map[string]cty.Value{}, map[string]cty.Value{}, map[string]cty.Value{}
	for space, values := range n {
		if typ, ok := strings.CutPrefix(space, dataPrefix); ok {
			data[typ] = cty.ObjectVal(values)
			continue
		}
		switch kind(space) {
		case "":
			maps.Copy(out, values)
			continue
		case kindVariable, kindLocal, kindModule, kindPath, kindTerraform, kindEach, kindCount:
		default:
			types[space] = cty.ObjectVal(values)
		}
		out[space] = cty.ObjectVal(values)
	}
	if len(data) > 0 {
		out[string(kindData)] = cty.ObjectVal(data)
	}
	if len(types) > 0 {
		out[string(kindResource)] = cty.ObjectVal(types)
	}
	return out
}

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
	return cty.StringVal(filepath.ToSlash(ev.location.told(".")))
}
