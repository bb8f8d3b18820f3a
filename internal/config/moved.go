package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// movedBlock is a moved block, both addresses as the module that it is in says them.
type movedBlock struct {
	from, to  target
	declRange hcl.Range
}

// target is what an address in a moved block names.
type target struct {
	text      string
	path      []string // names of module calls, whatever their keys
	resource  string   // type.name, "" for a module
	hasKey    bool     // it is of one instance
	declRange hcl.Range
}

var movedSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "from", Required: true}, {Name: "to", Required: true}}}

func (m *module) readMoved(b *hcl.Block) hcl.Diagnostics {
	content, diags := b.Body.Content(movedSchema)
	if diags.HasErrors() {
		return diags
	}
	from, more := readTarget(content.Attributes["from"].Expr)
	diags = append(diags, more...)
	to, more := readTarget(content.Attributes["to"].Expr)
	if diags = append(diags, more...); diags.HasErrors() {
		return diags
	}
	if kind, _, _ := strings.Cut(from.resource, "."); kind == "docker_container" || kind == "docker_volume" {
		return append(diags, adopting(b.DefRange)...)
	}
	if (from.resource == "") != (to.resource == "") {
		return append(diags, errorf(b.DefRange, "Move between a module and a resource", "A resource moves to a resource, a module to a module.")...)
	}
	m.moved = append(m.moved, &movedBlock{from, to, b.DefRange})
	return diags
}

// readTarget reads an address such as module.x["a"].bayplan_app.web[0].
func readTarget(expr hcl.Expression) (target, hcl.Diagnostics) {
	t, diags := traversal(expr)
	if diags.HasErrors() {
		return target{}, diags
	}
	out := target{declRange: expr.Range()}
	words := steps(t)
	for len(words) >= 2 && words[0].name == "module" && words[1].name != "" {
		out.path, out.text = append(out.path, words[1].name), within(out.text, "module."+words[1].name)
		words = words[2:]
		words = out.takeKey(words)
	}
	if len(words) >= 2 && words[0].name != "" && words[1].name != "" {
		out.resource = words[0].name + "." + words[1].name
		out.text = within(out.text, out.resource)
		words = out.takeKey(words[2:])
	}
	if len(words) > 0 || out.text == "" {
		return out, errorf(expr.Range(), "Not an address", "Name a resource or a module, such as bayplan_app.web or module.x.")
	}
	return out, diags
}

func (t *target) takeKey(words []step) []step {
	t.hasKey = len(words) > 0 && words[0].name == ""
	if !t.hasKey {
		return words
	}
	t.text = keyed(t.text, words[0].key)
	return words[1:]
}

// step is a name or a key of a traversal.
type step struct {
	name string
	key  cty.Value
}

func steps(t hcl.Traversal) []step {
	var out []step
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			out = append(out, step{name: s.Name})
		case hcl.TraverseAttr:
			out = append(out, step{name: s.Name})
		case hcl.TraverseIndex:
			out = append(out, step{key: s.Key})
		}
	}
	return out
}

// movedBlocks returns what all modules say was moved, and an error for what is
// said to have moved away and is still declared.
func (m *module) movedBlocks() ([]Moved, hcl.Diagnostics) {
	var all []Moved
	var diags hcl.Diagnostics
	for _, b := range m.moved {
		all = append(all, Moved{within(m.address(), b.from.text), within(m.address(), b.to.text), b.declRange})
		if b.from.hasKey || b.to.resource == b.from.resource && len(b.from.path) == len(b.to.path) && b.to.hasKey {
			continue
		}
		if m.declares(b.from) {
			diags = append(diags, errorf(b.declRange, "Moved and still declared", "%s is said to have moved to %s, and is declared nevertheless.", b.from.text, b.to.text)...)
		}
	}
	for _, c := range m.calls {
		if c.module != nil {
			inner, more := c.module.movedBlocks()
			all, diags = append(all, inner...), append(diags, more...)
		}
	}
	return all, diags
}

func (m *module) declares(t target) bool {
	at := m
	for _, name := range t.path {
		c, ok := at.callOf(name)
		if !ok || c.module == nil {
			return false
		}
		at = c.module
	}
	return t.resource == "" || slices.Contains(at.addresses(kindResource), t.resource)
}
