package view

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Review is what whoever judges a change of a topology wants to know: a plan,
// where it leads from and to, and what else is not as it should be.
type Review struct {
	Plan
	Base, Head State
	BaseHash   string // which tells the base from any other
	// Since is what drift is told by, the zero State where nothing tells it.
	Since State
	// Unasked are the addresses of the plan whose configuration is the same on
	// both sides: they differ on the engine.
	Unasked map[topology.Address]bool
	// Recorded are changes that nothing on the engine follows from.
	Recorded []plan.Change
	// Moved are the addresses of resources that have another name in a state.
	Moved []Move
	// Others counts the changes of resources that are not ours, by type.
	Others map[string]int
	// Refused are reasons for which the plan cannot be applied.
	Refused []string
	// Unplanned says that there is no plan: that nothing changes does not follow.
	Unplanned bool
	// Before and After are the topologies, to draw what is changed and what it has to do with.
	Before, After topology.Topology
	// Link says where all of the review is to be found, "" where nobody said.
	Link string
}

// Move is a resource under another name.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Title says what the review is about.
func (r Review) Title() string {
	switch {
	case r.Scope.Project == "" && r.Scope.Environment == "":
		return "Review"
	case r.Scope.Project == "":
		return "Review of environment " + r.Scope.Environment
	}
	return fmt.Sprintf("Review of %s, environment %s", r.Scope.Project, r.Scope.Environment)
}

// section is a part of a review: what it is called, a sentence, and its changes.
type section struct {
	title, about string
	id           string // for programs
	does         bool   // something on the engine is done for its changes
	changes      []plan.Change
}

// sections returns the parts of a review that have changes, in the order in
// which they matter.
func (r Review) sections() []section {
	all := []section{
		{id: "pressing", does: true, title: "What is lost or interrupted"},
		{id: "changes", does: true, title: "Changes"},
		{id: "drift", does: true, title: "Drift", about: "The configuration of these is as it was, and what is live is not: changed by hand, or not applied yet."},
		{id: "recorded", title: "Without effect on the engine", about: "Nothing is made, changed or restarted for these.", changes: r.Recorded},
	}
	for _, c := range r.Changes {
		at := 1
		switch {
		case rank(c, r.Destroy) < unpressing:
			at = 0
		case r.Unasked[c.Address]:
			at = 2
		}
		all[at].changes = append(all[at].changes, c)
	}
	slices.SortStableFunc(all[0].changes, func(x, y plan.Change) int { return cmp.Compare(rank(x, r.Destroy), rank(y, r.Destroy)) })
	return slices.DeleteFunc(all, func(s section) bool { return len(s.changes) == 0 })
}

// beside returns what the reader of a change in a section wants to know beside it.
func (r Review) beside(s section, c plan.Change) Background {
	more := r.Background[c.Address]
	if !s.does {
		more.NeededBy = nil
	}
	return more
}

// pressing are the hazards that come first, the gravest before the others.
var pressing = []plan.Hazard{plan.HazardDeletesData, plan.HazardConverts, plan.HazardDowntime, plan.HazardRemoves}

const unpressing = 4

// rank is how grave the gravest hazard of a change is, 0 for the gravest.
func rank(c plan.Change, destroy bool) int {
	hazards := c.Hazards(destroy)
	for i, h := range pressing {
		if slices.Contains(hazards, h) {
			return i
		}
	}
	return unpressing
}

// Verdict says in a sentence what a person has to decide on, and in another what changes.
func (r Review) Verdict() (decide, count string) {
	if r.Unplanned {
		return "There is no plan.", "What would change is not known."
	}
	n := map[plan.Hazard]int{}
	longest, unbounded := 0, false
	for _, c := range r.Changes {
		for _, h := range c.Hazards(r.Destroy) {
			n[h]++
		}
		longest = max(longest, c.Impact.Seconds)
		unbounded = unbounded || c.Impact.Down != "" && c.Impact.Seconds == 0
	}
	var parts []string
	say := func(h plan.Hazard, one, many, rest string) {
		switch n[h] {
		case 0:
		case 1:
			parts = append(parts, "1 change "+one+rest)
		default:
			parts = append(parts, fmt.Sprintf("%d changes %s%s", n[h], many, rest))
		}
	}
	down := ""
	if longest > 0 && !unbounded {
		down = fmt.Sprintf(", for up to about %ds", longest)
	}
	if down != "" && n[plan.HazardDowntime] > 1 {
		down += " each"
	}
	say(plan.HazardDeletesData, "deletes data", "delete data", "")
	say(plan.HazardConverts, "converts data for good", "convert data for good", "")
	say(plan.HazardDowntime, "interrupts service", "interrupt service", down)
	say(plan.HazardRemoves, "removes what is not configured any more", "remove what is not configured any more", "")
	say(plan.HazardUnlocked, "takes an image that is not locked", "take an image that is not locked", "")
	say(plan.HazardHost, "gives access to the host", "give access to the host", "")
	decide = "Nothing is lost or interrupted."
	if len(parts) > 0 {
		decide = strings.Join(parts, "; ") + "."
	}
	if r.Empty() {
		nothing, _ := r.nothing()
		return decide, nothing
	}
	return decide, r.Count().String()
}

// asides returns what else there is to say, line by line.
func (r Review) asides() []string {
	var out []string
	for _, v := range r.untold() {
		out = append(out, keeping(v))
	}
	for _, m := range r.Moved {
		out = append(out, fmt.Sprintf("%s is called %s in the state from now on", m.From, m.To))
	}
	for _, kind := range keysOf(r.Others) {
		out = append(out, fmt.Sprintf("%s: %d to change, which this review says nothing of", kind, r.Others[kind]))
	}
	return out
}

// ends says from where to where the review leads.
func (r Review) ends() string {
	said := fmt.Sprintf("From %s to %s", r.Base, r.Head)
	if r.Head.Dirty {
		said += ", which is not as it was committed"
	}
	switch {
	case r.Since.Kind != "":
		said += fmt.Sprintf("; drift is what is configured as in %s", r.Since)
	case r.Base.Kind != StateLive && r.Base.Kind != StateTerraform:
		said += "; planned as if the former were live, and nothing live was looked at"
	}
	return said + "."
}

// PlanHash is a hash of what the plan says: its changes and steps, as JSON has
// them. It is "" where there is no plan.
func (r Review) PlanHash() (string, error) {
	if r.Unplanned {
		return "", nil
	}
	var of struct {
		Changes []changeJSON
		Steps   []stepJSON
	}
	for _, c := range r.Changes {
		of.Changes = append(of.Changes, r.change(c))
	}
	for _, s := range r.Steps {
		of.Steps = append(of.Steps, stepJSON{s.Address, s.Op.String(), s.Needs})
	}
	canonical, err := json.Marshal(of)
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), err
}
