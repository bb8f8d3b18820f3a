package view

import (
	"fmt"
	"io"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Diff is what differs between two states of a topology.
type Diff struct {
	From, To State
	Changes  []plan.Change // without an impact
	// Background tells more of the changes.
	Background map[topology.Address]Background
}

// WriteDiff writes a diff for a person, each address as a plan does.
func WriteDiff(w io.Writer, s Style, d Diff) {
	fmt.Fprintf(w, "From %s\nto %s\n\n", d.From, d.To)
	p := Plan{Plan: plan.Plan{Changes: d.Changes}, Background: d.Background}
	for _, c := range d.Changes {
		writeChange(w, s, p, c)
	}
	if p.Empty() {
		fmt.Fprintf(w, "%s\n", s.Good("No difference."))
		return
	}
	n := p.Count()
	fmt.Fprintf(w, "%s\n", s.Bold(fmt.Sprintf("Diff: %d new, %d changed, %d gone.", n.Create, n.Change, n.Delete)))
}

type diffJSON struct {
	FormatVersion string           `json:"format_version"`
	From          State            `json:"from"`
	To            State            `json:"to"`
	Empty         bool             `json:"empty"`
	Changes       []differenceJSON `json:"changes"`
}

type differenceJSON struct {
	Address topology.Address `json:"address"`
	Action  string           `json:"action"`
	Place   *Place           `json:"place"`
	Fields  []fieldJSON      `json:"fields"`
}

// WriteDiffJSON writes a diff for a program.
func WriteDiffJSON(w io.Writer, d Diff) error {
	out := diffJSON{FormatVersion: FormatVersion, From: d.From, To: d.To, Empty: len(d.Changes) == 0, Changes: []differenceJSON{}}
	p := Plan{Background: d.Background}
	for _, c := range d.Changes {
		all := p.change(c)
		out.Changes = append(out.Changes, differenceJSON{all.Address, all.Action, all.Place, all.Fields})
	}
	return writeJSON(w, out)
}
