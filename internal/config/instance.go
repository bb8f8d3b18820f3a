package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// Resource is one instance of a resource, as it is planned to be new.
type Resource struct {
	Address string    // such as module.x["a"].bayplan_app.web[0]
	Module  string    // such as module.x["a"], "" for the root
	Type    string    // such as bayplan_app
	Name    string    // as in the block's label
	Key     cty.Value // of the instance: a number, a string, or cty.NilVal

	// Config is an object of what is written, without marks.
	Config cty.Value
	// Sensitive are the paths in Value that must not be shown.
	Sensitive []cty.Path
	// Private is what the provider wants back when the value is applied.
	Private []byte

	// DependsOn are the addresses of the resources that it refers to, also by way
	// of locals, variables and outputs, and of depends_on; sorted.
	DependsOn []string
	Lifecycle Lifecycle
	DeclRange hcl.Range

	body    hcl.Body
	schema  *schema
	scope   *hcl.EvalContext
	planned map[string]tftypes.Value // as the server said it, perhaps without what is null
	value   cty.Value                // the same in the language, cty.NilVal until it is asked for
}

// Lifecycle is what a lifecycle block says for later changes.
type Lifecycle struct {
	PreventDestroy      bool
	CreateBeforeDestroy bool
	IgnoreAll           bool
	IgnoreChanges       []cty.Path
}

// resource evaluates all instances of a resource or data source in one instance
// of its module.
func (ev *evaluator) resource(in *instance, r *resource, n *node) hcl.Diagnostics {
	if in.rehearsal {
		in.resources[r.address()] = cty.DynamicVal
		return ev.rehearse(in, r)
	}
	keys, each, diags := ev.repetitions(in, r.repeat)
	if diags.HasErrors() || keys == nil {
		in.resources[r.address()] = cty.DynamicVal
		return append(diags, ev.rehearse(in, r)...)
	}
	e := expansion[cty.Value]{repeat: r.repeat, keys: keys}
	for i, key := range keys {
		one := &Resource{
			Address: keyed(within(in.address, r.address()), key), Module: in.address, Type: r.typ, Name: r.name, Key: key,
			Lifecycle: r.lifecycle.exported(), DeclRange: r.declRange, body: r.body, schema: r.schema,
		}
		v, more := ev.instance(in, r, one, each[i])
		diags = append(diags, more...)
		e.all = append(e.all, v)
		if !more.HasErrors() && !r.data {
			ev.resources, ev.dependent[one] = append(ev.resources, one), n
			n.addresses = append(n.addresses, one.Address)
		}
	}
	if len(keys) == 0 {
		diags = append(diags, ev.rehearse(in, r)...)
	}
	in.resources[r.address()] = e.value(func(v cty.Value) cty.Value { return v })
	return diags
}

// rehearse validates a resource or data source of which there are no instances.
func (ev *evaluator) rehearse(in *instance, r *resource) hcl.Diagnostics {
	one := &Resource{Address: within(in.address, r.address()), Type: r.typ, body: r.body, schema: r.schema, DeclRange: r.declRange}
	_, diags := ev.decode(in, r, one, unknownRepetition)
	if diags.HasErrors() {
		return diags
	}
	q, err := ev.protocol.ask(one, r.data)
	if err != nil {
		return append(diags, one.failed(err)...)
	}
	if r.data {
		return append(diags, q.read(ev.ctx, false)...)
	}
	return append(diags, q.validate(ev.ctx)...)
}

// instance evaluates and plans one instance, and returns what references to it see.
func (ev *evaluator) instance(in *instance, r *resource, one *Resource, rep repetition) (cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	for _, c := range r.lifecycle.pre {
		diags = append(diags, ev.check(in, c, rep, "Precondition not met", c.test.Range())...)
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	paths, more := ev.decode(in, r, one, rep)
	if diags = append(diags, more...); more.HasErrors() {
		return cty.DynamicVal, diags
	}
	q, err := ev.protocol.ask(one, r.data)
	if err != nil {
		return cty.DynamicVal, append(diags, one.failed(err)...)
	}
	if r.data {
		diags = append(diags, q.read(ev.ctx, ev.options.Configure)...)
	} else {
		diags = append(diags, q.plan(ev.ctx)...)
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	if !r.used && len(r.lifecycle.post) == 0 && len(paths) == 0 && !one.schema.secret {
		return cty.DynamicVal, diags // which nobody looks at
	}
	v, err := one.Value()
	if err != nil {
		return cty.DynamicVal, append(diags, one.failed(err)...)
	}
	if paths = append(paths, one.schema.sensitive(v)...); len(paths) > 0 {
		v = v.MarkWithPaths(paths)
		_, paths = v.UnmarkDeepWithPaths()
	}
	for _, p := range paths {
		one.Sensitive = append(one.Sensitive, p.Path)
	}
	rep.self = v
	for _, c := range r.lifecycle.post {
		diags = append(diags, ev.check(in, c, rep, "Postcondition not met", c.test.Range())...)
	}
	return v, diags
}

// decode evaluates the block of a resource to its Config, and returns the marks in it.
func (ev *evaluator) decode(in *instance, r *resource, one *Resource, rep repetition) ([]cty.PathValueMarks, hcl.Diagnostics) {
	one.scope = ev.scope(in, r.refers, rep)
	v, diags := hcldec.Decode(dynblock.Expand(one.body, one.scope), r.spec, one.scope)
	if diags.HasErrors() { // which name what there is
		_, diags = hcldec.Decode(dynblock.Expand(one.body, one.scope), one.schema.spec, one.scope)
		return nil, append(diags, one.dropped(r.written)...)
	}
	v, marks := v.UnmarkDeepWithPaths()
	one.Config = v
	return marks, append(diags, one.dropped(r.written)...)
}

func (l lifecycle) exported() Lifecycle {
	out := Lifecycle{PreventDestroy: l.preventDestroy, CreateBeforeDestroy: l.createBeforeDestroy, IgnoreAll: l.ignoreAll}
	for _, t := range l.ignore {
		var path cty.Path
		for _, s := range t {
			switch s := s.(type) {
			case hcl.TraverseRoot:
				path = append(path, cty.GetAttrStep{Name: s.Name})
			case hcl.TraverseAttr:
				path = append(path, cty.GetAttrStep{Name: s.Name})
			case hcl.TraverseIndex:
				path = append(path, cty.IndexStep{Key: s.Key})
			}
		}
		out.IgnoreChanges = append(out.IgnoreChanges, path)
	}
	return out
}
