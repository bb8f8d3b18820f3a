package view

import (
	"cmp"
	"math"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// layout places a graph in layers: what needs is left of what it needs, and an
// edge that spans layers bends in each.
type layout struct {
	spots  []spot
	layers [][]int // of spots, from the top
	routes [][]int // by edge: the spots it passes, its ends among them
}

// spot is a node, or a bend of an edge.
type spot struct {
	node      int // index into the graph's nodes, -1 for a bend
	layer     int
	y, height float64 // of its middle, and of all of it
	near      []int   // spots it is joined with, in the layers beside its own
}

const (
	sweeps = 12 // after which no order was seen to get better
	apart  = 18 // between nodes of a layer
	beside = 10 // between a bend and what is next to it
)

// newLayout places a graph whose nodes have the given heights.
func newLayout(g graph, heights []float64) *layout {
	l := &layout{}
	at := map[topology.Address]int{}
	for i, layer := range layersOf(g) {
		at[g.nodes[i]] = l.add(spot{node: i, layer: layer, height: heights[i]})
	}
	for _, e := range g.edges {
		l.route(at[e.from], at[e.to])
	}
	for i := range sweeps {
		l.order(i%2 == 0)
	}
	l.stack()
	for i := range sweeps {
		l.straighten(i%2 == 1)
	}
	l.raise()
	return l
}

// layersOf returns how far each node is from one that nobody needs. A circle
// ends somewhere.
func layersOf(g graph) []int {
	at := map[topology.Address]int{}
	for i, a := range g.nodes {
		at[a] = i
	}
	out := make([]int, len(g.nodes))
	for again := true; again; {
		again = false
		for _, e := range g.edges {
			from, to := at[e.from], at[e.to]
			if next := out[from] + 1; out[to] < next && next < len(out) {
				out[to], again = next, true
			}
		}
	}
	return out
}

func (l *layout) add(s spot) int {
	for len(l.layers) <= s.layer {
		l.layers = append(l.layers, nil)
	}
	l.spots = append(l.spots, s)
	l.layers[s.layer] = append(l.layers[s.layer], len(l.spots)-1)
	return len(l.spots) - 1
}

func (l *layout) route(from, to int) {
	route := []int{from}
	for layer := l.spots[from].layer + 1; layer < l.spots[to].layer; layer++ {
		route = append(route, l.add(spot{node: -1, layer: layer}))
	}
	route = append(route, to)
	for i := 1; i < len(route); i++ {
		l.spots[route[i]].near = append(l.spots[route[i]].near, route[i-1])
		l.spots[route[i-1]].near = append(l.spots[route[i-1]].near, route[i])
	}
	l.routes = append(l.routes, route)
}

// order sorts each layer by where what it is joined with stands in the layer
// before, or after it.
func (l *layout) order(forward bool) {
	place := make([]float64, len(l.spots))
	for n := range l.layers {
		if !forward {
			n = len(l.layers) - 1 - n
		}
		layer := l.layers[n]
		for i, s := range layer {
			place[s] = float64(i)
		}
		mean := map[int]float64{}
		for _, s := range layer {
			mean[s] = l.mean(s, place[s], func(other int) (float64, bool) {
				return place[other], l.spots[other].layer < n == forward
			})
		}
		slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
		for i, s := range layer {
			place[s] = float64(i)
		}
	}
}

// mean returns the middle of a value of what a spot is joined with, as far as it counts.
func (l *layout) mean(s int, otherwise float64, value func(other int) (v float64, counts bool)) float64 {
	sum, n := 0.0, 0.0
	for _, other := range l.spots[s].near {
		if v, counts := value(other); counts {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return otherwise
	}
	return sum / n
}

// stack puts the spots of each layer below one another.
func (l *layout) stack() {
	for _, layer := range l.layers {
		for i := 1; i < len(layer); i++ {
			l.spots[layer[i]].y = l.spots[layer[i-1]].y + l.distance(layer[i-1], layer[i])
		}
	}
}

// distance is how far the middles of two neighbours of a layer are apart at least.
func (l *layout) distance(a, b int) float64 {
	x, y := l.spots[a], l.spots[b]
	between := float64(apart)
	if x.node < 0 || y.node < 0 {
		between = beside
	}
	return (x.height+y.height)/2 + between
}

// straighten moves each spot towards the height of what it is joined with in the
// layer before, or after it, as far as its neighbours let it.
func (l *layout) straighten(forward bool) {
	for n := range l.layers {
		if !forward {
			n = len(l.layers) - 1 - n
		}
		layer := l.layers[n]
		low, high := make([]float64, len(layer)), make([]float64, len(layer))
		for i, s := range layer {
			want := l.mean(s, l.spots[s].y, func(other int) (float64, bool) { return l.spots[other].y, l.spots[other].layer < n == forward })
			low[i], high[i] = want, want
		}
		for i := 1; i < len(layer); i++ {
			low[i] = max(low[i], low[i-1]+l.distance(layer[i-1], layer[i]))
		}
		for i := len(layer) - 2; i >= 0; i-- {
			high[i] = min(high[i], high[i+1]-l.distance(layer[i], layer[i+1]))
		}
		for i, s := range layer {
			l.spots[s].y = (low[i] + high[i]) / 2
		}
	}
}

// raise makes 0 the top of what is highest.
func (l *layout) raise() {
	top := math.Inf(1)
	for _, s := range l.spots {
		top = min(top, s.y-s.height/2)
	}
	for i := range l.spots {
		l.spots[i].y = math.Round(l.spots[i].y - top)
	}
}
