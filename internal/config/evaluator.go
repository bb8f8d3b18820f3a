package config

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// mark is what values are marked with.
type mark string

// sensitive marks what must not be shown.
const sensitive = mark("sensitive")

// evaluator evaluates the nodes of a graph, one after the other.
type evaluator struct {
	ctx       context.Context
	protocol  *protocol
	options   Options
	given     map[string]given
	root      *instance
	instances map[*module][]*instance
	functions map[string]function.Function
	now       time.Time

	provider  Provider
	resources []*Resource
	outputs   []Output
	dependent map[*Resource]*node
	location  location
}

// instance is one instance of a module and the values of what it declares.
type instance struct {
	module  *module
	address string
	parent  *instance
	around  repetition // each and count of the call
	// rehearsal says that there is no such instance: it is evaluated for its errors.
	rehearsal bool

	variables, locals, outputs, resources map[string]cty.Value
	calls                                 map[string]expansion[*instance]
}

// repetition is what each, count and self are. cty.NilVal stands for none.
type repetition struct{ eachKey, eachValue, index, self cty.Value }

// unknownRepetition is that of an instance that there is not.
var unknownRepetition = repetition{eachKey: cty.UnknownVal(cty.String), eachValue: cty.DynamicVal, index: cty.UnknownVal(cty.Number)}

func newInstance(m *module, parent *instance, address string, around repetition) *instance {
	return &instance{
		module: m, parent: parent, address: address, around: around,
		variables: map[string]cty.Value{}, locals: map[string]cty.Value{}, outputs: map[string]cty.Value{}, resources: map[string]cty.Value{},
		calls: map[string]expansion[*instance]{},
	}
}

func newEvaluator(ctx context.Context, p *protocol, root *module, values map[string]given, o Options, at location, now time.Time) *evaluator {
	top := newInstance(root, nil, "", repetition{})
	return &evaluator{
		ctx: ctx, protocol: p, options: o, given: values, root: top, location: at, now: now,
		instances: map[*module][]*instance{root: {top}},
		dependent: map[*Resource]*node{},
		provider:  Provider{Value: p.provider.null(), wire: p.provider.wire},
	}
}

// run evaluates everything and stores what came of it.
func (ev *evaluator) run(c *Config) hcl.Diagnostics {
	moved, diags := ev.root.module.movedBlocks()
	g, more := ev.build()
	if diags = append(diags, more...); diags.HasErrors() {
		return diags
	}
	order, more := g.sorted()
	if diags = append(diags, more...); more.HasErrors() {
		return diags
	}
	for _, n := range order {
		diags = append(diags, ev.visit(n)...)
	}
	diags = append(diags, ev.adopts()...)
	for _, r := range ev.resources {
		r.DependsOn = addressesOf(ev.dependent[r].dependencies())
	}
	c.Provider, c.Resources, c.Outputs, c.Moved = ev.provider, ev.resources, ev.outputs, moved
	return diags
}

func addressesOf(nodes []*node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.addresses...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// visit evaluates a node unless something that it needs has failed.
func (ev *evaluator) visit(n *node) hcl.Diagnostics {
	if n.failed = slices.ContainsFunc(n.needs, func(other *node) bool { return other.failed }); n.failed {
		return nil
	}
	var diags hcl.Diagnostics
	for _, in := range ev.instances[n.module] {
		diags = append(diags, n.run(in)...)
	}
	n.failed = diags.HasErrors()
	return diags
}
