package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Plan is a plan as it is shown: the changes that are to be made, and no others.
type Plan struct {
	Scope  topology.Scope
	Engine string // its address
	plan.Plan
	// Destroy says that the plan is to take down what is live.
	Destroy bool
	// Kept are volumes that are not wanted any more and stay with their data.
	Kept []topology.LiveVolume
	// Secret says which values are not to be shown: those of a field, or of one
	// key of it. Nil hides none.
	Secret func(a topology.Address, field, key string) bool
}

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

func (p Plan) secret(a topology.Address, d plan.FieldDiff) bool {
	return p.Secret != nil && p.Secret(a, d.Field, d.Key)
}

// Where says what the plan is about: project, environment and engine.
func (p Plan) Where() string {
	return fmt.Sprintf("%s, environment %s, on %s", p.Scope.Project, p.Scope.Environment, p.Engine)
}

// telling are the fields that may hold secrets. Whether an old value was one,
// today's configuration does not say.
var telling = []string{"env", "command", "entrypoint", "labels", "healthcheck"}

func pastSecret(d plan.FieldDiff) bool { return d.Old != nil && slices.Contains(telling, d.Field) }

// WritePlan writes a plan for a person: where it is for, each change with what
// differs, what it costs and what has to be allowed, then the count.
func WritePlan(w io.Writer, s Style, p Plan) {
	fmt.Fprintf(w, "%s\n\n", p.Where())
	for _, c := range p.Changes {
		writeChange(w, s, p, c)
	}
	writeKept(w, s, p.Kept)
	if p.Empty() {
		fmt.Fprintf(w, "%s %s\n", s.Good("No changes."), p.because())
		return
	}
	fmt.Fprintf(w, "%s\n", s.Bold(p.Count().String()))
}

// because says why there is nothing to do.
func (p Plan) because() string {
	if p.Destroy {
		return "There is nothing to take down."
	}
	return "What is live is what is configured."
}

func writeChange(w io.Writer, s Style, p Plan, c plan.Change) {
	symbol := string(c.Action)
	fmt.Fprintf(w, "%s %s\n", s.mark(colourOf(c.Action), symbol), s.Bold(c.Address.String()))
	for _, d := range c.Fields {
		if c.Action == plan.ActionCreate && d.Field == "name" {
			continue // the address says it
		}
		for _, line := range lines(s, c.Action, d, p.secret(c.Address, d)) {
			fmt.Fprintf(w, "    %s\n", line)
		}
	}
	if impact := c.Impact.String(); impact != "" {
		fmt.Fprintf(w, "  %s\n", s.Aside(impact))
	}
	for _, h := range c.Hazards(p.Destroy) {
		fmt.Fprintf(w, "  %s\n", s.Careful("! "+string(h)+": "+why(h, c.Impact)))
	}
	fmt.Fprintln(w)
}

// why says what a hazard of a change is.
func why(h plan.Hazard, i plan.Impact) string {
	switch h {
	case plan.HazardDowntime:
		return i.Down
	case plan.HazardRemoves:
		return "not configured here any more"
	}
	return "all that is in " + strings.Join(i.DeletesData, ", ") + " is lost"
}

func writeKept(w io.Writer, s Style, kept []topology.LiveVolume) {
	for _, v := range kept {
		fmt.Fprintf(w, "%s\n", s.Aside(fmt.Sprintf("  %s: volume %s is kept, with its data", v.Address, v.Name)))
	}
	if len(kept) > 0 {
		fmt.Fprintln(w)
	}
}

func colourOf(a plan.Action) string {
	switch a {
	case plan.ActionCreate:
		return green
	case plan.ActionDelete:
		return red
	}
	return yellow
}

// lines writes a difference: `memory: "256m" -> "512m"`, or of two objects
// only what differs in them. Of what is made there is no old value, and one that
// may have been a secret is hidden.
func lines(s Style, action plan.Action, d plan.FieldDiff, secret bool) []string {
	name := d.Field
	if d.Key != "" {
		name += fmt.Sprintf("[%q]", d.Key)
	}
	before, after := shown(d.Old), shown(d.New)
	if secret {
		return []string{line(s, action, name, hidden(before), hidden(after))}
	}
	veil := func(old any) any { return old }
	if pastSecret(d) {
		veil = hidden
	}
	from, was := before.(map[string]any)
	to, is := after.(map[string]any)
	if !was || !is {
		return []string{line(s, action, name, veil(before), after)}
	}
	var out []string
	for _, key := range keys(from, to) {
		if x, y := from[key], to[key]; text(x) != text(y) {
			out = append(out, line(s, action, name+"."+key, veil(x), y))
		}
	}
	return out
}

func line(s Style, action plan.Action, name string, before, after any) string {
	if action == plan.ActionCreate {
		return name + ": " + text(after)
	}
	return name + ": " + text(before) + s.Aside(" -> ") + text(after)
}

func hidden(value any) any {
	if value == nil {
		return nil
	}
	return place("(sensitive)")
}

// Count is how many changes of each kind a plan has.
type Count struct {
	Create  int `json:"create"`
	Change  int `json:"change"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
}

// Count counts the changes.
func (p Plan) Count() Count {
	var n Count
	for _, c := range p.Changes {
		switch c.Action {
		case plan.ActionCreate:
			n.Create++
		case plan.ActionUpdate:
			n.Change++
		case plan.ActionReplace:
			n.Replace++
		case plan.ActionDelete:
			n.Delete++
		}
	}
	return n
}

// String says the count in one line.
func (n Count) String() string {
	replace := ""
	if n.Replace > 0 {
		replace = fmt.Sprintf("%d to replace, ", n.Replace)
	}
	return fmt.Sprintf("Plan: %d to create, %d to change, %s%d to delete.", n.Create, n.Change, replace, n.Delete)
}
