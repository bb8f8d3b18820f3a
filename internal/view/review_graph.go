package view

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// graphLimit is how many nodes are drawn at most.
const graphLimit = 60

// both returns the topologies of a review as one, in which what comes after counts.
func (r Review) both() topology.Topology {
	return topology.Topology{
		Scope:         r.Scope,
		Workloads:     joinedMaps(r.Before.Workloads, r.After.Workloads),
		Relationships: joinedMaps(r.Before.Relationships, r.After.Relationships),
		Volumes:       joinedMaps(r.Before.Volumes, r.After.Volumes),
	}
}

func joinedMaps[T any](before, after map[topology.Address]T) map[topology.Address]T {
	out := map[topology.Address]T{}
	maps.Copy(out, before)
	maps.Copy(out, after)
	return out
}

// actions returns what happens to each address of the plan.
func (r Review) actions() map[topology.Address]plan.Action {
	out := map[topology.Address]plan.Action{}
	for _, c := range r.Changes {
		out[c.Address] = c.Action
	}
	return out
}

// graphOfChanges returns what changes and what is one edge away from it.
func (r Review) graphOfChanges() graph {
	changed := r.actions()
	g := graphOf(r.both())
	near := map[topology.Address]bool{}
	g.edges = slices.DeleteFunc(g.edges, func(e edge) bool {
		_, from := changed[e.from]
		_, to := changed[e.to]
		if from || to {
			near[e.from], near[e.to] = true, true
		}
		return !from && !to
	})
	g.nodes = slices.DeleteFunc(g.nodes, func(a topology.Address) bool {
		_, changes := changed[a]
		return !changes && !near[a]
	})
	return g
}

// mermaidClasses are the colours of what happens, which can be read in light and
// in dark.
const mermaidClasses = `  classDef create fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef update fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef replace fill:#fff1e5,stroke:#bc4c00,color:#1f2328
  classDef delete fill:#ffebe9,stroke:#cf222e,color:#1f2328
`

func (r Review) writeMermaid(w io.Writer, g graph) {
	changed := r.actions()
	fmt.Fprintln(w, "flowchart LR")
	for _, a := range g.nodes {
		label, class := a.String(), ""
		if action, ok := changed[a]; ok {
			label, class = a.String()+": "+ActionName(action), ":::"+ActionName(action)
		}
		fmt.Fprintf(w, "  %s%s\"%s\"%s%s\n", nodeID(a), shapes[a.Kind][0], label, shapes[a.Kind][1], class)
	}
	for _, e := range g.edges {
		fmt.Fprintf(w, "  %s -->%s %s\n", nodeID(e.from), mermaidLabel(e.label), nodeID(e.to))
	}
	fmt.Fprint(w, mermaidClasses)
}
