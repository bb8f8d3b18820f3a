package view

import (
	"io"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

type reviewJSON struct {
	FormatVersion string         `json:"format_version"`
	Project       string         `json:"project"`
	Environment   string         `json:"environment"`
	Base          State          `json:"base"`
	BaseHash      string         `json:"base_hash"`
	Head          State          `json:"head"`
	PlanHash      string         `json:"plan_hash"`
	Empty         bool           `json:"empty"`
	Count         Count          `json:"count"`
	Hazards       []hazardJSON   `json:"hazards"`
	Changes       []reviewedJSON `json:"changes"`
	Kept          []keptJSON     `json:"kept"`
	Moved         []Move         `json:"moved"`
	Others        map[string]int `json:"others"`
	Refused       []string       `json:"refused"`
}

// reviewedJSON is a change with the section that it is in.
type reviewedJSON struct {
	Section string `json:"section"` // pressing, changes, drift or recorded
	changeJSON
}

type hazardJSON struct {
	Hazard  plan.Hazard      `json:"hazard"`
	Address topology.Address `json:"address"`
	Reason  string           `json:"reason"`
	Seconds *int             `json:"seconds,omitempty"` // of downtime; none where nobody knows how long
}

// WriteReviewJSON writes a review for a program.
func WriteReviewJSON(w io.Writer, r Review) error {
	hash, err := r.PlanHash()
	if err != nil {
		return err
	}
	out := reviewJSON{
		FormatVersion: FormatVersion, Project: r.Scope.Project, Environment: r.Scope.Environment,
		Base: r.Base, BaseHash: r.BaseHash, Head: r.Head, PlanHash: hash, Empty: r.Empty() && !r.Unplanned, Count: r.Count(),
		Hazards: []hazardJSON{}, Changes: []reviewedJSON{}, Kept: []keptJSON{}, Moved: append([]Move{}, r.Moved...),
		Others: map[string]int{}, Refused: append([]string{}, r.Refused...),
	}
	maps.Copy(out.Others, r.Others)
	for _, s := range r.sections() {
		for _, c := range s.changes {
			out.Changes = append(out.Changes, reviewedJSON{s.id, r.change(c)})
			out.Hazards = append(out.Hazards, r.hazards(c)...)
		}
	}
	for _, v := range r.Kept {
		out.Kept = append(out.Kept, keptJSON{v.Address, v.Name})
	}
	return writeJSON(w, out)
}

func (p Plan) hazards(c plan.Change) []hazardJSON {
	var out []hazardJSON
	for _, h := range c.Hazards(p.Destroy) {
		said := hazardJSON{Hazard: h, Address: c.Address, Reason: p.why(h, c.Impact)}
		if h == plan.HazardDowntime && c.Impact.Seconds > 0 {
			said.Seconds = &c.Impact.Seconds
		}
		out = append(out, said)
	}
	return out
}

func keysOf(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }
