package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// WriteOutcome writes what became of a plan: how much was done or, when not all
// was, what is done and what is left. Back says that what is done is taken back.
func WriteOutcome(w io.Writer, s Style, p Plan, result apply.Result, took time.Duration, back bool) {
	done := Plan{}
	of := map[apply.Outcome][]string{}
	for _, c := range p.Changes {
		outcome, ran := result[c.Address]
		if !ran {
			outcome = apply.OutcomeDone
		}
		if outcome == apply.OutcomeDone {
			done.Changes = append(done.Changes, c)
		}
		of[outcome] = append(of[outcome], c.Address.String())
	}
	if len(done.Changes) == len(p.Changes) {
		fmt.Fprintf(w, "\n%s\n", s.Good(done.Count().applied(p.applied(), took)))
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Careful("Not all was "+strings.ToLower(p.applied())+", after "+seconds(took)+"."))
	for _, group := range []struct {
		name string
		of   apply.Outcome
	}{{"done", apply.OutcomeDone}, {"failed", apply.OutcomeFailed}, {"not done", apply.OutcomeAbandoned}} {
		if addresses := of[group.of]; len(addresses) > 0 {
			fmt.Fprintf(w, "  %s: %s\n", group.name, strings.Join(addresses, ", "))
		}
	}
	switch {
	case back:
		fmt.Fprint(w, "What is done is taken back.\n\n")
		return
	case len(done.Changes) > 0:
		fmt.Fprint(w, "What is done stays. ")
	}
	fmt.Fprintln(w, "bayplan plan shows what is left.")
}

// applied is the word for what an apply of the plan does.
func (p Plan) applied() string {
	if p.Back {
		return "Taken back"
	}
	return "Applied"
}

// applied says the count of what was done.
func (n Count) applied(what string, took time.Duration) string {
	replaced := ""
	if n.Replace > 0 {
		replaced = fmt.Sprintf("%d replaced, ", n.Replace)
	}
	return fmt.Sprintf("%s: %d created, %d changed, %s%d deleted, in %s.", what, n.Create, n.Change, replaced, n.Delete, seconds(took))
}

type outcomeJSON struct {
	FormatVersion string                             `json:"format_version"`
	Project       string                             `json:"project"`
	Environment   string                             `json:"environment"`
	Done          []topology.Address                 `json:"done"`
	Left          map[topology.Address]apply.Outcome `json:"left"`
	Errors        []string                           `json:"errors"`
	// TakenBack is what became of taking back what was done.
	TakenBack map[topology.Address]apply.Outcome `json:"taken_back,omitempty"`
}

// WriteOutcomeJSON writes what became of a plan for a program.
func WriteOutcomeJSON(w io.Writer, p Plan, result, takenBack apply.Result, errs []string) error {
	out := outcomeJSON{
		FormatVersion: FormatVersion, Project: p.Scope.Project, Environment: p.Scope.Environment,
		Done: []topology.Address{}, Left: map[topology.Address]apply.Outcome{}, Errors: append([]string{}, errs...),
		TakenBack: takenBack,
	}
	for _, c := range p.Changes {
		if outcome, ran := result[c.Address]; ran && outcome != apply.OutcomeDone {
			out.Left[c.Address] = outcome
		} else {
			out.Done = append(out.Done, c.Address)
		}
	}
	return writeJSON(w, out)
}
