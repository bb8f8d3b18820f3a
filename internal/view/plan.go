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
	// Drift says that only what is not as it was made is in the plan, without steps.
	Drift bool
	// Back says that the plan takes back what a failed apply has done.
	Back bool
	// Reverts is the revision that the plan goes back to, or "".
	Reverts string
	// Background tells more of the changes.
	Background map[topology.Address]Background
}

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

func (p Plan) field(a topology.Address, d plan.FieldDiff) Field {
	return p.Background[a].Fields[FieldName(d)]
}

// Where says what the plan is about: project, environment and engine.
func (p Plan) Where() string {
	return fmt.Sprintf("%s, environment %s, on %s", p.Scope.Project, p.Scope.Environment, p.Engine)
}

// WritePlan writes a plan for a person: where it is for, each change with what
// differs, what it costs and what has to be allowed, then the count.
func WritePlan(w io.Writer, s Style, p Plan) {
	fmt.Fprintf(w, "%s\n\n", p.Where())
	for _, c := range p.Changes {
		writeChange(w, s, p, c)
	}
	p.writeKept(w, s)
	if p.Empty() {
		nothing, because := p.nothing()
		fmt.Fprintf(w, "%s %s\n", s.Good(nothing), because)
		return
	}
	fmt.Fprintf(w, "%s\n", s.Bold(p.sum()))
}

// sum says in one line what the plan comes to.
func (p Plan) sum() string {
	if p.Drift {
		return fmt.Sprintf("Drift: %d to put right, as an apply does.", len(p.Changes))
	}
	return p.Count().String()
}

// wantedBy says what the plan makes live, as the end of a sentence.
func (p Plan) wantedBy() string {
	if p.Reverts != "" {
		return p.Reverts + " has"
	}
	return "is configured"
}

// nothing says that there is nothing to do, and why.
func (p Plan) nothing() (said, because string) {
	switch {
	case p.Drift:
		return "No drift.", "What was made from this configuration is as it was made."
	case p.Destroy:
		return "No changes.", "There is nothing to take down."
	}
	return "No changes.", "What is live is what " + p.wantedBy() + "."
}

func writeChange(w io.Writer, s Style, p Plan, c plan.Change) {
	more := p.Background[c.Address]
	fmt.Fprintf(w, "%s %s%s\n", s.mark(colourOf(c.Action), string(c.Action)), s.Bold(c.Address.String()), remark(s, more.Place.String()))
	for _, d := range c.Fields {
		if p.goesWithoutSaying(c, d) {
			continue
		}
		for _, line := range lines(s, c.Action, d, p.field(c.Address, d)) {
			fmt.Fprintf(w, "    %s\n", line)
		}
	}
	if impact := impactBeside(c.Impact, more); impact != "" {
		fmt.Fprintf(w, "  %s\n", s.Aside(impact))
	}
	if len(more.NeededBy) > 0 {
		fmt.Fprintf(w, "  %s\n", s.Aside("needed by "+joined(more.NeededBy)))
	}
	for _, h := range c.Hazards(p.Destroy) {
		fmt.Fprintf(w, "  %s\n", s.Careful("! "+string(h)+": "+p.why(h, c.Impact)))
	}
	fmt.Fprintln(w)
}

// goesWithoutSaying reports whether the address of what is made says a field, or
// nobody asked for it.
func (p Plan) goesWithoutSaying(c plan.Change, d plan.FieldDiff) bool {
	return c.Action == plan.ActionCreate && (d.Field == "name" || p.field(c.Address, d).Default)
}

// impactBeside says an impact, without what is said beside it: what hazards
// are about, and whom it hits.
func impactBeside(i plan.Impact, more Background) string {
	if more.Impact != "" {
		return more.Impact
	}
	i.Unlocked, i.Converts, i.Host = "", "", ""
	if len(more.NeededBy) > 0 {
		i.Hits = nil
	}
	return i.String()
}

func joined(addresses []topology.Address) string {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// why says what a hazard of a change is.
func (p Plan) why(h plan.Hazard, i plan.Impact) string {
	switch h {
	case plan.HazardDowntime:
		return i.Down
	case plan.HazardConverts:
		return "makes " + i.Converts + ", which has no way back"
	case plan.HazardRemoves:
		if p.Reverts != "" {
			return "not there in " + p.Reverts
		}
		return "not configured here any more"
	case plan.HazardUnlocked:
		return unlocked(i.Unlocked)
	case plan.HazardHost:
		return "whoever mounts it has " + i.Host + " of the host, and with it power over the engine or the system"
	case plan.HazardRoot:
		return "its processes are root's: set user, or one in the image"
	}
	return "all that is in " + strings.Join(i.DeletesData, ", ") + " is lost"
}

// writeKept tells of the volumes that stay, and of which no change says so.
func (p Plan) writeKept(w io.Writer, s Style) {
	kept := p.untold()
	for _, v := range kept {
		fmt.Fprintf(w, "%s\n", s.Aside("  "+keeping(v)))
	}
	if len(kept) > 0 {
		fmt.Fprintln(w)
	}
}

func keeping(v topology.LiveVolume) string {
	return fmt.Sprintf("%s: volume %s is kept, with its data", v.Address, v.Name)
}

// untold returns the kept volumes of which no change tells.
func (p Plan) untold() []topology.LiveVolume {
	said := map[string]bool{}
	for _, c := range p.Changes {
		for _, name := range c.Impact.KeepsData {
			said[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Kept), func(v topology.LiveVolume) bool { return said[v.Name] })
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

// unlocked says which images are taken that the lock file has not; of what is built
// on several it may have some.
func unlocked(images string) string {
	all := strings.Split(images, ", ")
	for i := range all {
		all[i] = shortDigest(all[i])
	}
	if len(all) > 1 {
		return "not all in the lock file: takes " + strings.Join(all, ", ")
	}
	return "not in the lock file: takes " + all[0]
}
