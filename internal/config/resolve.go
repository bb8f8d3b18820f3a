package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// resolve returns the nodes that a reference in a module is to. What is not
// declared is reported.
func (b *builder) resolve(m *module, t hcl.Traversal, a allowed) []*node {
	r, diags := refer(t)
	var out []*node
	if !diags.HasErrors() {
		var more hcl.Diagnostics
		out, more = b.find(m, r, a)
		diags = append(diags, more...)
	}
	b.report(diags)
	return out
}

// report adds what is not reported yet: an expression may say a name twice.
func (b *builder) report(diags hcl.Diagnostics) {
	for _, d := range diags {
		same := func(other *hcl.Diagnostic) bool {
			return other.Summary == d.Summary && other.Subject != nil && d.Subject != nil && *other.Subject == *d.Subject
		}
		if !slices.ContainsFunc(b.diags, same) {
			b.diags = append(b.diags, d)
		}
	}
}

func (b *builder) find(m *module, r reference, a allowed) ([]*node, hcl.Diagnostics) {
	undeclared := func(what string, declared []string) hcl.Diagnostics {
		return errorf(r.at, "Reference to nothing", "%s has no %s %q.%s", inWords(m), what, r.name, similar(r.name, declared))
	}
	switch r.kind {
	case kindVariable:
		if _, ok := m.variable(r.name); !ok {
			return nil, undeclared("variable", names(m.variables, func(v *variable) string { return v.name }))
		}
		nodes := []*node{b.of(m, "var."+r.name)}
		if check := b.of(m, "var."+r.name+" (validation)"); check != nil {
			nodes = append(nodes, check)
		}
		return nodes, nil
	case kindLocal:
		if _, ok := m.local(r.name); !ok {
			return nil, undeclared("local value", names(m.locals, func(l *local) string { return l.name }))
		}
		return []*node{b.of(m, "local."+r.name)}, nil
	case kindModule:
		c, ok := m.callOf(r.name)
		if !ok {
			return nil, undeclared("module call", names(m.calls, func(c *call) string { return c.name }))
		}
		return b.findOutput(c, b.of(m, "module."+r.name), r)
	case kindResource, kindData:
		n := b.of(m, r.resource())
		if n == nil || n.resource == nil {
			return nil, errorf(r.at, "Reference to nothing", "%s has no %s.%s", inWords(m), r.inWords(), similar(r.resource(), m.addresses(r.kind)))
		}
		n.resource.used = true
		return []*node{n}, nil
	}
	return nil, r.check(a)
}

// check returns an error for a name that is not there in this place.
func (r reference) check(a allowed) hcl.Diagnostics {
	switch {
	case r.kind == kindEach && !a.each:
		return errorf(r.at, "Reference to each without for_each", "There is no each.%s here: it takes for_each in the same block.", r.name)
	case r.kind == kindCount && !a.count:
		return errorf(r.at, "Reference to count without count", "There is no count.%s here: it takes count in the same block.", r.name)
	case r.kind == kindSelf && !a.self:
		return errorf(r.at, "Reference to self", "Only a postcondition has a self.")
	}
	return nil
}

// findOutput returns what a reference to a module call needs: one output or all.
func (b *builder) findOutput(c *call, n *node, r reference) ([]*node, hcl.Diagnostics) {
	nodes := []*node{n}
	if c.module == nil {
		return nodes, nil
	}
	if r.output == "" {
		return append(nodes, b.everything(c.module)...), nil
	}
	if _, ok := c.module.output(r.output); !ok {
		return nodes, errorf(r.at, "Reference to nothing", "Module %q has no output %q.%s", c.name, r.output,
			similar(r.output, names(c.module.outputs, func(o *output) string { return o.name })))
	}
	return append(nodes, b.of(c.module, "output."+r.output)), nil
}

// everything is the outputs of a module.
func (b *builder) everything(m *module) []*node {
	var out []*node
	for _, o := range m.outputs {
		out = append(out, b.of(m, "output."+o.name))
	}
	return out
}

// resources are those of a module and of the modules in it.
func (b *builder) resources(m *module) []*node {
	var out []*node
	for _, r := range m.resources {
		out = append(out, b.of(m, r.address()))
	}
	for _, c := range m.calls {
		if c.module != nil {
			out = append(out, b.resources(c.module)...)
		}
	}
	return out
}

func names[T any](all []T, name func(T) string) []string {
	var out []string
	for _, one := range all {
		out = append(out, name(one))
	}
	slices.Sort(out)
	return out
}

func inWords(m *module) string {
	if m.parent == nil {
		return "The root module"
	}
	return fmt.Sprintf("Module %q", strings.Join(m.path, "."))
}
