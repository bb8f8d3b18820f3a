package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
)

// builder makes the graph of a tree of modules.
type builder struct {
	*graph
	ev    *evaluator
	diags hcl.Diagnostics
}

// allowed says which of the names are there that are not there everywhere.
type allowed struct{ each, count, self bool }

// build returns what is to be evaluated and what needs what. References to what is
// not declared are errors.
func (ev *evaluator) build() (*graph, hcl.Diagnostics) {
	b := &builder{&graph{byName: map[string]*node{}}, ev, nil}
	b.declare(ev.root.module)
	b.edges(ev.root.module)
	return b.graph, b.diags
}

// declare adds the nodes of a module and of those that it calls.
func (b *builder) declare(m *module) {
	ev := b.ev
	if m.parent == nil {
		b.add(m, "provider", rangeOf(m.provider), ev.configure)
	}
	for _, v := range m.variables {
		b.add(m, "var."+v.name, v.declRange, func(in *instance) hcl.Diagnostics { return ev.variable(in, v) })
		if len(v.validation) > 0 {
			b.add(m, "var."+v.name+" (validation)", v.declRange, func(in *instance) hcl.Diagnostics { return ev.validate(in, v) })
		}
	}
	for _, l := range m.locals {
		b.add(m, "local."+l.name, l.declRange, func(in *instance) hcl.Diagnostics { return ev.local(in, l) })
	}
	for _, r := range slices.Concat(m.data, m.resources) {
		n := b.add(m, r.address(), r.declRange, nil)
		n.resource = r
		n.run = func(in *instance) hcl.Diagnostics { return ev.resource(in, r, n) }
	}
	for _, o := range m.outputs {
		b.add(m, "output."+o.name, o.declRange, func(in *instance) hcl.Diagnostics { return ev.output(in, o) })
	}
	for _, c := range m.calls {
		b.add(m, "module."+c.name, c.declRange, func(in *instance) hcl.Diagnostics { return ev.call(in, c) })
		if c.module != nil {
			b.declare(c.module)
		}
	}
}

func rangeOf(p *providerBlock) hcl.Range {
	if p == nil {
		return hcl.Range{}
	}
	return p.declRange
}

func (b *builder) edges(m *module) {
	enclosing := b.enclosing(m)
	for _, v := range m.variables {
		b.variableEdges(m, v)
	}
	for _, l := range m.locals {
		b.need(b.of(m, "local."+l.name), allowed{}, l.expr)
	}
	for _, o := range m.outputs {
		n := b.of(m, "output."+o.name)
		b.need(n, allowed{}, o.expr)
		b.needConditions(n, allowed{}, o.preconditions)
		n.need(b.dependOn(m, o.dependsOn)...)
	}
	for _, r := range slices.Concat(m.data, m.resources) {
		n := b.of(m, r.address())
		n.need(enclosing...)
		b.resourceEdges(n, r)
	}
	if m.provider != nil {
		b.needTraversals(b.of(m, "provider"), allowed{}, dynblock.VariablesHCLDec(m.provider.body, b.ev.protocol.provider.spec))
	}
	for _, c := range m.calls {
		n := b.of(m, "module."+c.name)
		n.need(b.parent(m))
		b.need(n, allowed{}, c.repeat.expressions()...)
		if c.module != nil {
			b.edges(c.module)
		}
	}
	b.insideParent(m)
}

// dependOn returns what a depends_on names: of a module all that it declares.
func (b *builder) dependOn(m *module, all []hcl.Traversal) []*node {
	var out []*node
	for _, t := range all {
		out = append(out, b.resolve(m, t, allowed{})...)
		if r, diags := refer(t); !diags.HasErrors() && r.kind == kindModule {
			if c, ok := m.callOf(r.name); ok && c.module != nil {
				out = append(out, b.resources(c.module)...)
			}
		}
	}
	return out
}

// parent is the node that makes the instances of a module, nil for the root.
func (b *builder) parent(m *module) *node {
	if m.parent == nil {
		return nil
	}
	return b.of(m.parent, "module."+m.call.name)
}

// insideParent lets nothing in a module be evaluated before there are instances of it.
func (b *builder) insideParent(m *module) {
	for _, n := range b.nodes {
		if n.module == m {
			n.need(b.parent(m))
		}
	}
}

// enclosing is what every resource of a module needs: the provider, and what the
// calls it is in depend on.
func (b *builder) enclosing(m *module) []*node {
	out := []*node{b.parent(m), b.byName["provider"]}
	for at := m; at.parent != nil; at = at.parent {
		out = append(out, b.dependOn(at.parent, at.call.dependsOn)...)
	}
	return out
}

func (b *builder) variableEdges(m *module, v *variable) {
	n := b.of(m, "var."+v.name)
	if m.parent != nil {
		if a, ok := m.call.arguments[v.name]; ok {
			b.needIn(n, m.parent, allowed{each: m.call.repeat.forEach != nil, count: m.call.repeat.count != nil}, a.Expr)
		}
	}
	check := b.of(m, "var."+v.name+" (validation)")
	if check == nil {
		return
	}
	for _, c := range v.validation {
		for _, expr := range []hcl.Expression{c.test, c.message} {
			if expr != nil {
				b.validationEdges(check, n, expr)
			}
		}
	}
	check.need(n)
}

// validationEdges are those of an expression that may refer to the very variable
// that it is about, which others only see once it is found valid.
func (b *builder) validationEdges(check, n *node, expr hcl.Expression) {
	for _, t := range expr.Variables() {
		for _, other := range b.resolve(n.module, t, allowed{}) {
			if other != check {
				check.need(other)
			}
		}
	}
}

func (b *builder) resourceEdges(n *node, r *resource) {
	repeated := allowed{each: r.repeat.forEach != nil, count: r.repeat.count != nil}
	b.need(n, allowed{}, r.repeat.expressions()...)
	b.needTraversals(n, repeated, r.refers)
	n.need(b.dependOn(n.module, r.dependsOn)...)
	b.needConditions(n, repeated, r.lifecycle.pre)
	repeated.self = true
	b.needConditions(n, repeated, r.lifecycle.post)
	b.diags = append(b.diags, r.checkIgnored()...)
}

func (b *builder) needConditions(n *node, a allowed, conditions []condition) {
	for _, c := range conditions {
		for _, expr := range []hcl.Expression{c.test, c.message} {
			if expr != nil {
				b.need(n, a, expr)
			}
		}
	}
}

func (b *builder) need(n *node, a allowed, expressions ...hcl.Expression) {
	b.needIn(n, n.module, a, expressions...)
}

func (b *builder) needIn(n *node, m *module, a allowed, expressions ...hcl.Expression) {
	for _, expr := range expressions {
		b.needTraversalsIn(n, m, a, expr.Variables())
	}
}

func (b *builder) needTraversals(n *node, a allowed, all []hcl.Traversal) {
	b.needTraversalsIn(n, n.module, a, all)
}

func (b *builder) needTraversalsIn(n *node, m *module, a allowed, all []hcl.Traversal) {
	for _, t := range inOrder(all) {
		for _, other := range b.resolve(m, t, a) {
			if other == n {
				b.report(errorf(t.SourceRange(), "Reference to itself", "%s refers to itself.", n.name))
				continue
			}
			n.need(other)
		}
	}
}

// inOrder sorts references by their place. They come from a walk over attributes
// in no order.
func inOrder(all []hcl.Traversal) []hcl.Traversal {
	return slices.SortedStableFunc(slices.Values(all), func(a, b hcl.Traversal) int { return compareRanges(a.SourceRange(), b.SourceRange()) })
}
