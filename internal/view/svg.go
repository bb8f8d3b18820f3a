package view

import (
	"cmp"
	_ "embed"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

//go:embed svg.css
var svgStyle string

// Sizes of a drawing.
const (
	margin  = 24
	heading = 36 // the line above
	tall    = 46 // a node, at least
	lane    = 15 // an edge where it leaves its node
	curve   = 76 // the space in which edges go up and down
	inset   = 40 // what a node has beside its text
	gap     = 8  // beside a label
	tip     = 7  // of an arrow
	lid     = 5  // of a volume
)

// lettering is how a text is written: its class, and the size of its letters.
type lettering struct {
	class string
	size  float64
}

var (
	titled   = lettering{"title", 13}
	noted    = lettering{"note", 11}
	labelled = lettering{"label", 10}
)

// How many letters of a text are shown, and of an image, whose end tells most.
const (
	longest      = 48
	longestImage = 28
)

// width is that of a text, which is written to be as wide whatever the font.
func (l lettering) width(text string) float64 {
	return 0.61 * l.size * float64(len([]rune(shortened(text))))
}

func shortened(text string) string {
	if letters := []rune(text); len(letters) > longest {
		return string(letters[:longest-1]) + "…"
	}
	return text
}

// drawing is a graph on its way to SVG.
type drawing struct {
	io.Writer
	graph
	*layout
	topology topology.Topology
	states   map[topology.Address]string
	links    map[topology.Address]link
	columns  []column
}

// column is where a layer is: its nodes, then the labels of the edges that leave it.
type column struct{ left, width, labels float64 }

// link leads from a node to where there is more of it.
type link struct{ to, class, about string }

// WriteSVG draws what needs what as a picture that stands by itself, light or
// dark as who looks at it prefers. States, if any, are what a status says of each.
func WriteSVG(w io.Writer, t topology.Topology, states map[topology.Address]string) {
	d := &drawing{Writer: w, graph: graphOf(t), topology: t, states: states}
	d.draw(fmt.Sprintf("%s, environment %s", t.Scope.Project, t.Scope.Environment))
}

// draw writes the drawing under a title.
func (d *drawing) draw(title string) {
	heights := make([]float64, len(d.nodes))
	for i, a := range d.nodes {
		heights[i] = max(tall, float64(lane*(1+len(d.leaving(a)))))
		if a.Kind == topology.KindVolume {
			heights[i] += 2 * lid
		}
	}
	d.layout = newLayout(d.graph, heights)
	d.setColumns()
	width, height := titled.width(title), 0.0
	for _, c := range d.columns {
		width = max(width, c.left+c.width)
	}
	for _, s := range d.spots {
		height = max(height, s.y+s.height/2)
	}
	width, height = width+2*margin, height+2*margin+heading
	fmt.Fprintf(d, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %[1]g %[2]g\" width=\"%[1]g\" height=\"%[2]g\">\n",
		math.Ceil(width), math.Ceil(height))
	fmt.Fprintf(d, "<title>%s</title>\n<style>\n%s</style>\n", html.EscapeString(title), svgStyle)
	fmt.Fprintln(d, `<rect class="sky" width="100%" height="100%"/>`)
	d.write(titled, title, margin, margin+titled.size)
	fmt.Fprintf(d, "<g transform=\"translate(%d %d)\">\n", margin, margin+heading)
	for i := range d.edges {
		d.edge(i)
	}
	for _, s := range d.spots {
		if s.node >= 0 {
			d.linked(s)
		}
	}
	fmt.Fprintln(d, "</g>\n</svg>")
}

// linked draws a node, as a link where it has one.
func (d *drawing) linked(s spot) {
	l, ok := d.links[d.nodes[s.node]]
	if !ok {
		d.node(s)
		return
	}
	fmt.Fprintf(d, "<a href=\"%s\" class=\"%s\" aria-label=\"%s\">\n", html.EscapeString(l.to), l.class, html.EscapeString(l.about))
	d.node(s)
	fmt.Fprintln(d, "</a>")
}

// leaving returns the edges that leave a node.
func (d *drawing) leaving(a topology.Address) []int {
	var out []int
	for i, e := range d.edges {
		if e.from == a {
			out = append(out, i)
		}
	}
	return out
}

func (d *drawing) setColumns() {
	left := 0.0
	for _, layer := range d.layers {
		c := column{left: left}
		for _, s := range layer {
			if n := d.spots[s].node; n >= 0 {
				c.width = max(c.width, titled.width(d.nodes[n].String()), noted.width(d.note(d.nodes[n])))
				for _, e := range d.leaving(d.nodes[n]) {
					c.labels = max(c.labels, labelled.width(d.edges[e].label))
				}
			}
		}
		c.width = math.Ceil(c.width) + inset
		c.labels = math.Ceil(c.labels) + 2*gap
		d.columns = append(d.columns, c)
		left = c.left + c.width + c.labels + curve
	}
}

// note says in a few words what a node is.
func (d *drawing) note(a topology.Address) string {
	var what []string
	w := d.topology.Workloads[a]
	switch a.Kind {
	case topology.KindApp:
		image := []rune(w.Image)
		if n := len(image) - longestImage; n > 0 {
			image = append([]rune{'…'}, image[n+1:]...)
		}
		what = append(what, string(image))
	case topology.KindService:
		what = append(what, w.Type)
	case topology.KindRelationship:
		what = append(what, d.topology.Relationships[a].Constraint)
	case topology.KindVolume:
		if v := d.topology.Volumes[a]; v.Shared {
			what = append(what, "shared")
		}
	}
	if w.Replicas > 1 {
		what = append(what, fmt.Sprintf("×%d", w.Replicas))
	}
	what = append(what, d.states[a])
	return strings.Join(slices.DeleteFunc(what, func(s string) bool { return s == "" }), " · ")
}

// edge draws an edge with its label, from the lane in which it leaves its node.
func (d *drawing) edge(i int) {
	route := d.routes[i]
	from := d.spots[route[0]]
	lanes := d.leaving(d.edges[i].from)
	slices.SortStableFunc(lanes, func(x, y int) int {
		return cmp.Compare(d.spots[d.routes[x][1]].y, d.spots[d.routes[y][1]].y)
	})
	y := from.y + lane*(float64(slices.Index(lanes, i))-float64(len(lanes)-1)/2)
	c := d.columns[from.layer]
	d.write(labelled, d.edges[i].label, c.left+c.width+gap, y-3)
	var path strings.Builder
	fmt.Fprintf(&path, "M%g %g", c.left+c.width, y)
	for _, s := range route[1:] {
		end := c.left + c.width + c.labels
		c = d.columns[d.spots[s].layer]
		to := c.left
		if d.spots[s].node >= 0 {
			to -= tip
		}
		fmt.Fprintf(&path, " H%g C%g %g %g %g %g %g", end, end+curve/2, y, to-curve/2, d.spots[s].y, to, d.spots[s].y)
		y = d.spots[s].y
		if d.spots[s].node < 0 {
			fmt.Fprintf(&path, " H%g", c.left+c.width)
		}
	}
	fmt.Fprintf(d, "<path class=\"edge\" d=\"%s\"/>\n", path.String())
	fmt.Fprintf(d, "<path class=\"tip\" d=\"M%g %g l-%d -4 v8 z\"/>\n", c.left, y, tip)
}

// node draws an address in the shape of its kind.
func (d *drawing) node(s spot) {
	a, c := d.nodes[s.node], d.columns[s.layer]
	top, bottom, right, middle := s.y-s.height/2, s.y+s.height/2, c.left+c.width, s.y
	class := "node " + string(a.Kind)
	switch a.Kind {
	case topology.KindRelationship:
		fmt.Fprintf(d, "<path class=\"%s\" d=\"M%g %g L%g %g H%g L%g %g L%g %g H%g z\"/>\n",
			class, c.left, s.y, c.left+12, top, right-12, right, s.y, right-12, bottom, c.left+12)
	case topology.KindVolume:
		middle += lid
		fmt.Fprintf(d, "<path class=\"%s\" d=\"M%g %g V%g a%g %d 0 0 0 %g 0 V%g\"/>\n",
			class, c.left, top+lid, bottom-lid, c.width/2, lid, c.width, top+lid)
		fmt.Fprintf(d, "<ellipse class=\"%s\" cx=\"%g\" cy=\"%g\" rx=\"%g\" ry=\"%d\"/>\n", class, c.left+c.width/2, top+lid, c.width/2, lid)
	default:
		round := 6.0
		if a.Kind == topology.KindService {
			round = tall / 2
		}
		fmt.Fprintf(d, "<rect class=\"%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"%g\"/>\n", class, c.left, top, c.width, s.height, round)
	}
	d.inscribe(a, c.left+inset/2, middle)
}

// inscribe writes what a node is, and how it is.
func (d *drawing) inscribe(a topology.Address, x, y float64) {
	note := d.note(a)
	if note == "" {
		d.write(titled, a.String(), x, y+5)
	} else {
		d.write(titled, a.String(), x, y-2)
		d.write(noted, note, x, y+14)
	}
	if state := d.states[a]; state != "" {
		fmt.Fprintf(d, "<circle class=\"%s\" cx=\"%g\" cy=\"%g\" r=\"4\"/>\n", wellness(state), x-9, y-6)
	}
}

// wellness says which colour a state has.
func wellness(state string) string {
	switch state {
	case "healthy", "running", "present", "completed":
		return "well"
	case "starting", "created", "restarting", "paused":
		return "busy"
	}
	return "ill"
}

// write writes a text whose line begins at a point.
func (d *drawing) write(l lettering, text string, x, y float64) {
	if text == "" {
		return
	}
	fmt.Fprintf(d, "<text class=\"%s\" x=\"%g\" y=\"%g\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
		l.class, x, y, l.width(text), html.EscapeString(shortened(text)))
}
