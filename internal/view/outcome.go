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
// was, what is done and what is left.
func WriteOutcome(w io.Writer, s Style, p Plan, result apply.Result, took time.Duration) {
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
		fmt.Fprintf(w, "\n%s\n", s.Good(done.Count().applied(took)))
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Careful("Not all was applied, after "+seconds(took)+"."))
	for _, group := range []struct {
		name string
		of   apply.Outcome
	}{{"done", apply.OutcomeDone}, {"failed", apply.OutcomeFailed}, {"not done", apply.OutcomeAbandoned}} {
		if addresses := of[group.of]; len(addresses) > 0 {
			fmt.Fprintf(w, "  %s: %s\n", group.name, strings.Join(addresses, ", "))
		}
	}
	if len(done.Changes) > 0 {
		fmt.Fprint(w, "What is done stays. ")
	}
	fmt.Fprintln(w, "bayplan plan shows what is left.")
}

// applied says the count of what was done.
func (n Count) applied(took time.Duration) string {
	replaced := ""
	if n.Replace > 0 {
		replaced = fmt.Sprintf("%d replaced, ", n.Replace)
	}
	return fmt.Sprintf("Applied: %d created, %d changed, %s%d deleted, in %s.", n.Create, n.Change, replaced, n.Delete, seconds(took))
}

type outcomeJSON struct {
	FormatVersion string                             `json:"format_version"`
	Project       string                             `json:"project"`
	Environment   string                             `json:"environment"`
	Done          []topology.Address                 `json:"done"`
	Left          map[topology.Address]apply.Outcome `json:"left"`
	Errors        []string                           `json:"errors"`
}

// WriteOutcomeJSON writes what became of a plan for a program.
func WriteOutcomeJSON(w io.Writer, p Plan, result apply.Result, errs []string) error {
	out := outcomeJSON{
		FormatVersion: FormatVersion, Project: p.Scope.Project, Environment: p.Scope.Environment,
		Done: []topology.Address{}, Left: map[topology.Address]apply.Outcome{}, Errors: append([]string{}, errs...),
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
