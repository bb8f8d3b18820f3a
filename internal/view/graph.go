package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// edge leads from what needs to what is needed.
type edge struct {
	from, to topology.Address
	label    string
}

// graph is a topology as nodes and edges, sorted.
type graph struct {
	nodes []topology.Address
	edges []edge
}

func graphOf(t topology.Topology) graph {
	nodes := map[topology.Address]bool{}
	var g graph
	for a, w := range t.Workloads {
		nodes[a] = true
		for key, r := range w.Relationships {
			if !r.External() {
				g.edges = append(g.edges, edge{a, r.Address, key})
			}
		}
		for at, m := range w.Mounts {
			if v, err := t.Scope.VolumeOf(m.Volume); err == nil {
				g.edges = append(g.edges, edge{a, v, at})
			}
		}
	}
	for a, r := range t.Relationships {
		nodes[a] = true
		g.edges = append(g.edges, edge{a, r.Target.Address, r.Endpoint})
	}
	for a := range t.Volumes {
		nodes[a] = true
	}
	for _, e := range g.edges {
		nodes[e.to] = true // which another directory may declare
	}
	g.nodes = slices.SortedFunc(maps.Keys(nodes), compare)
	slices.SortFunc(g.edges, func(x, y edge) int {
		if c := compare(x.from, y.from); c != 0 {
			return c
		}
		if c := compare(x.to, y.to); c != 0 {
			return c
		}
		return strings.Compare(x.label, y.label)
	})
	return g
}

func compare(x, y topology.Address) int {
	switch {
	case x.Less(y):
		return -1
	case y.Less(x):
		return 1
	}
	return 0
}

// shapes are the brackets that Mermaid draws the kinds with.
var shapes = map[topology.Kind][2]string{
	topology.KindApp:          {"[", "]"},
	topology.KindService:      {"([", "])"},
	topology.KindRelationship: {"{{", "}}"},
	topology.KindVolume:       {"[(", ")]"},
}

// WriteMermaid writes what needs what as a Mermaid flowchart.
func WriteMermaid(w io.Writer, t topology.Topology) {
	g := graphOf(t)
	fmt.Fprintln(w, "flowchart LR")
	for _, a := range g.nodes {
		fmt.Fprintf(w, "  %s%s\"%s\"%s\n", nodeID(a), shapes[a.Kind][0], a, shapes[a.Kind][1])
	}
	for _, e := range g.edges {
		fmt.Fprintf(w, "  %s -->%s %s\n", nodeID(e.from), mermaidLabel(e.label), nodeID(e.to))
	}
}

// mermaidLabel writes what stands on an arrow.
func mermaidLabel(label string) string {
	if label == "" {
		return ""
	}
	return `|"` + mermaidText(label) + `"|`
}

// mermaidText writes what nobody checked so that Mermaid shows it as it is: all
// but letters and what paths have by its number.
func mermaidText(s string) string {
	var out strings.Builder
	for _, c := range s {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(" _-./:", c) {
			out.WriteRune(c)
		} else {
			fmt.Fprintf(&out, "#%d;", c)
		}
	}
	return out.String()
}

// nodeID is the address as an identifier of Mermaid. A name has no underscore.
func nodeID(a topology.Address) string {
	return string(a.Kind) + "_" + strings.ReplaceAll(a.Name, "-", "_")
}

var dotShapes = map[topology.Kind]string{
	topology.KindApp: "box", topology.KindService: "ellipse", topology.KindRelationship: "hexagon", topology.KindVolume: "cylinder",
}

// WriteDot writes what needs what in the language of Graphviz.
func WriteDot(w io.Writer, t topology.Topology) {
	g := graphOf(t)
	fmt.Fprintln(w, "digraph bayplan {\n  rankdir = LR")
	for _, a := range g.nodes {
		fmt.Fprintf(w, "  %q [shape = %s]\n", a, dotShapes[a.Kind])
	}
	for _, e := range g.edges {
		fmt.Fprintf(w, "  %q -> %q [label = %q]\n", e.from, e.to, e.label)
	}
	fmt.Fprintln(w, "}")
}
