package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// most is how many addresses a terminal shows at once, if it is high enough.
const most = 16

// clear takes away what was drawn.
func (p *Progress) clear() {
	if p.drawn > 0 {
		fmt.Fprintf(p.terminal, "\x1b[%dA\x1b[J", p.drawn)
		p.drawn = 0
	}
}

// draw writes a line for each address that is not done: first what is at work,
// then what waits.
func (p *Progress) draw() {
	if p.size == nil {
		return
	}
	p.clear()
	var busy []string
	var waiting []topology.Address
	for _, a := range p.order {
		c := p.of[a]
		switch {
		case c.over || c.failed || c.left == 0:
		case len(c.running) > 0:
			busy = append(busy, fmt.Sprintf("%s: %s (%s)", a, p.doing(slices.Max(c.running)), seconds(p.now().Sub(c.began))))
		case !p.ending && !p.hopeless(a):
			waiting = append(waiting, a)
		}
	}
	width, height := p.size()
	fit := max(1, min(most, height-2))
	lines := busy[:min(fit, len(busy))]
	for _, a := range waiting[:min(fit-len(lines), len(waiting))] {
		lines = append(lines, a.String()+p.awaited(a))
	}
	if more := len(busy) + len(waiting) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	for _, l := range lines {
		fmt.Fprintf(p.w, "%s\n", p.style.Aside(cut("  "+l, width)))
	}
	p.drawn = len(lines)
}

// hopeless reports whether an address needs one that failed.
func (p *Progress) hopeless(a topology.Address) bool {
	if !p.failed {
		return false
	}
	lost := func(n int) bool { return p.of[p.steps[n].Address].failed }
	return slices.ContainsFunc(p.of[a].steps, func(i int) bool { return slices.ContainsFunc(p.steps[i].Needs, lost) })
}

// awaited says for which addresses one waits.
func (p *Progress) awaited(a topology.Address) string {
	var names []string
	for _, i := range p.of[a].steps {
		for _, n := range p.steps[i].Needs {
			if name := p.steps[n].Address.String(); p.steps[n].Address != a && !p.settled[n] && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ": waiting"
	}
	return ": waiting for " + strings.Join(names, ", ")
}

// cut keeps a line within a width, so that it is one line of the terminal.
func cut(line string, width int) string {
	letters := []rune(line)
	if width < 4 || len(letters) < width {
		return line
	}
	return string(letters[:width-2]) + "…"
}
