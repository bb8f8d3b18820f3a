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
	var busy, waiting []string
	for _, a := range p.order {
		c := p.of[a]
		switch {
		case c.over || c.failed || c.left == 0:
		case len(c.running) > 0:
			busy = append(busy, fmt.Sprintf("%s: %s (%s)", a, p.doing(slices.Max(c.running)), seconds(p.now().Sub(c.began))))
		case !p.ending && !p.hopeless(a):
			waiting = append(waiting, a.String()+p.awaited(a))
		}
	}
	width, height := p.size()
	lines := slices.Concat(busy, waiting)
	if fit := max(1, min(most, height-2)); len(lines) > fit {
		lines = append(lines[:fit:fit], fmt.Sprintf("and %d more", len(lines)-fit))
	}
	for _, l := range lines {
		fmt.Fprintf(p.w, "%s\n", p.style.Aside(cut("  "+l, width)))
	}
	p.drawn = len(lines)
}

// hopeless reports whether an address needs one that failed.
func (p *Progress) hopeless(a topology.Address) bool {
	for _, s := range p.steps {
		lost := func(n int) bool { return p.of[p.steps[n].Address].failed }
		if s.Address == a && slices.ContainsFunc(s.Needs, lost) {
			return true
		}
	}
	return false
}

// awaited says for which addresses one waits.
func (p *Progress) awaited(a topology.Address) string {
	var names []string
	for _, s := range p.steps {
		if s.Address != a {
			continue
		}
		for _, n := range s.Needs {
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
