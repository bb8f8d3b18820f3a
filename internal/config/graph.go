package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// node is one thing to be evaluated, in all instances of its module.
type node struct {
	name   string // module.x.local.y, without keys
	module *module
	at     hcl.Range
	needs  []*node
	run    func(in *instance) hcl.Diagnostics

	resource  *resource // what it is, nil when it is no resource and no data source
	addresses []string  // of its instances, when it is a resource
	failed    bool
	state     int // while the graph is sorted
}

// graph is all nodes. Their order is that of the files until it is sorted.
type graph struct {
	nodes  []*node
	byName map[string]*node
}

func (g *graph) add(m *module, name string, at hcl.Range, run func(*instance) hcl.Diagnostics) *node {
	n := &node{name: within(m.address(), name), module: m, at: at, run: run}
	g.nodes = append(g.nodes, n)
	if g.byName[n.name] == nil {
		g.byName[n.name] = n
	}
	return n
}

func (g *graph) of(m *module, name string) *node { return g.byName[within(m.address(), name)] }

func (n *node) need(all ...*node) {
	for _, other := range all {
		if other != nil {
			n.needs = append(n.needs, other)
		}
	}
}

const (
	unvisited = iota
	visiting
	visited
)

// sorted returns the nodes such that each comes after what it needs. A cycle is an
// error that says its path.
func (g *graph) sorted() ([]*node, hcl.Diagnostics) {
	var order, path []*node
	var diags hcl.Diagnostics
	var visit func(n *node)
	visit = func(n *node) {
		switch n.state {
		case visited:
			return
		case visiting:
			diags = append(diags, cycle(path, n)...)
			return
		}
		n.state = visiting
		path = append(path, n)
		for _, other := range n.needs {
			visit(other)
		}
		path = path[:len(path)-1]
		n.state = visited
		order = append(order, n)
	}
	for _, n := range g.nodes {
		visit(n)
	}
	return order, diags
}

// cycle says how the last of a path leads back to a node of it.
func cycle(path []*node, back *node) hcl.Diagnostics {
	var names []string
	for i, n := range path {
		if n == back {
			path = path[i:]
			break
		}
	}
	for _, n := range append(path, back) {
		names = append(names, n.name)
	}
	return errorf(back.at, "Cycle", "%s.", strings.Join(names, " -> "))
}

// dependencies are the resources that a node needs, directly or by way of what is
// no resource.
func (n *node) dependencies() []*node {
	var out []*node
	seen := map[*node]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		for _, other := range n.needs {
			if seen[other] {
				continue
			}
			seen[other] = true
			if other.resource != nil && !other.resource.data {
				out = append(out, other)
				continue
			}
			walk(other)
		}
	}
	walk(n)
	return out
}
