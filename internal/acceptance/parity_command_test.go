package acceptance

import (
	"encoding/json"
	"fmt"
	"regexp"
)

func (p *parity) commandPlans() foreseen {
	p.t.Helper()
	var all struct {
		Changes []struct {
			Address, Action string
			Impact          struct{ Text string }
		}
		Resources []struct {
			Address            string
			Values             any
			Sensitive, Unknown []string
		}
		Outputs map[string]struct {
			Value              any
			Sensitive, Unknown bool
		}
	}
	if err := json.Unmarshal(p.named(p.bayplan("plan", "--json")), &all); err != nil {
		p.t.Fatal(err)
	}
	var f foreseen
	for _, c := range all.Changes {
		if c.Action == "delete" {
			c.Impact.Text = "" // terraform has no place for it
		}
		f.change(c.Address, c.Action, c.Impact.Text)
	}
	for _, r := range all.Resources {
		for _, path := range r.Unknown {
			r.Values = p.set(r.Values, steps(path), unknown)
		}
		for _, path := range r.Sensitive {
			r.Values = p.set(r.Values, steps(path), sensitive)
		}
		f.resource(r.Address, r.Values)
	}
	for name, o := range all.Outputs {
		switch {
		case o.Sensitive:
			o.Value = sensitive
		case o.Unknown:
			o.Value = unknown
		}
		f.value("output."+name, o.Value)
	}
	return f
}

var step = regexp.MustCompile(`[a-z_]\w*|\[[^\]]*\]`)

// steps takes a path such as env["A"] apart.
func steps(path string) []string { return step.FindAllString(path, -1) }

// set puts a word at a path of a value, where there is nothing.
func (p *parity) set(v any, path []string, word string) any {
	p.t.Helper()
	if len(path) == 0 {
		if v != nil {
			p.t.Errorf("%v is shown where there should be nothing", v)
		}
		return word
	}
	switch inner := v.(type) {
	case map[string]any:
		key := path[0]
		if key[0] == '[' {
			if err := json.Unmarshal([]byte(key[1:len(key)-1]), &key); err != nil {
				p.t.Fatal(err)
			}
		}
		inner[key] = p.set(inner[key], path[1:], word)
	case []any:
		var at int
		if _, err := fmt.Sscanf(path[0], "[%d]", &at); err != nil {
			p.t.Fatal(err)
		}
		inner[at] = p.set(inner[at], path[1:], word)
	default:
		p.t.Errorf("there is nothing at %v", path)
	}
	return v
}
