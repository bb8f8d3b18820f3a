package view

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// drawn is a topology with a node of each kind.
func drawn() topology.Topology {
	db := topology.Address{Kind: topology.KindRelationship, Name: "db-of-web"}
	return topology.Topology{
		Scope: scope,
		Workloads: map[topology.Address]topology.Workload{
			cache: {Name: "cache", Type: "redis:7"},
			web: {
				Name: "web", Image: "registry.example/a-long-way/to-an-image:1.0", Replicas: 3, Mounts: map[string]topology.Mount{"/data": {Volume: "default/data"}, "/tmp": {Tmpfs: "1m"}},
				Relationships: map[string]topology.Reference{"db": {Address: db, TargetAddress: cache}, "mail": {Host: "mail.example.org"}},
			},
		},
		Relationships: map[topology.Address]topology.Relationship{
			db: {Name: "db-of-web", Target: topology.Reference{Address: cache, TargetAddress: cache}, Endpoint: "admin", Constraint: ">= 7, < 8"},
		},
		Volumes: map[topology.Address]topology.Volume{data: {Name: "data"}},
	}
}

func TestGraph(t *testing.T) {
	var out, svg bytes.Buffer
	WriteMermaid(&out, drawn())
	WriteDot(&out, drawn())
	golden(t, "graph.txt", out.Bytes())
	WriteSVG(&svg, drawn(), map[topology.Address]string{web: "starting", cache: "healthy", data: "absent"})
	golden(t, "graph.svg", svg.Bytes())
	checkXML(t, svg.Bytes())
}

// checkXML fails the test unless a text is well-formed.
func checkXML(t *testing.T, text []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// meshed is a topology of apps each of which needs some that come before it.
func meshed(apps int) topology.Topology {
	t := topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{}}
	name := func(i int) topology.Address {
		return topology.Address{Kind: topology.KindApp, Name: fmt.Sprintf("n%d", i)}
	}
	for i := range apps {
		w := topology.Workload{Relationships: map[string]topology.Reference{}}
		for _, before := range []int{i / 2, i / 3, i - 7} {
			if before >= 0 && before < i {
				w.Relationships[fmt.Sprintf("to-%d", before)] = topology.Reference{Address: name(before), TargetAddress: name(before)}
			}
		}
		t.Workloads[name(i)] = w
	}
	return t
}

func TestLayout(t *testing.T) {
	for _, apps := range []int{0, 1, 2, 40} {
		g := graphOf(meshed(apps))
		heights := make([]float64, len(g.nodes))
		for i := range heights {
			heights[i] = float64(40 + i%3*30)
		}
		l := newLayout(g, heights)
		for _, layer := range l.layers {
			for i := 1; i < len(layer); i++ {
				above, below := l.spots[layer[i-1]], l.spots[layer[i]]
				if above.y+above.height/2 > below.y-below.height/2 {
					t.Errorf("%d apps: what stands at %v reaches into what stands at %v", apps, above.y, below.y)
				}
			}
		}
		for i, e := range g.edges {
			ends := l.spots[l.routes[i][0]].layer < l.spots[l.routes[i][len(l.routes[i])-1]].layer
			if !ends {
				t.Errorf("%d apps: %s is not left of %s", apps, e.from, e.to)
			}
		}
	}
}

func TestSVGIsTheSameAgain(t *testing.T) {
	var first, again bytes.Buffer
	WriteSVG(&first, meshed(40), nil)
	WriteSVG(&again, meshed(40), nil)
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same topology is drawn otherwise")
	}
}

// A circle is for others to refuse.
func TestSVGOfACircle(t *testing.T) {
	there, back := meshed(2), topology.Address{Kind: topology.KindApp, Name: "n0"}
	other := topology.Address{Kind: topology.KindApp, Name: "n1"}
	there.Workloads[back] = topology.Workload{Relationships: map[string]topology.Reference{"to-1": {Address: other, TargetAddress: other}}}
	var out bytes.Buffer
	WriteSVG(&out, there, nil)
	checkXML(t, out.Bytes())
}
