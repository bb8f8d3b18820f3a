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
	var finished, left []string
	for _, c := range p.Changes {
		if outcome, ran := result[c.Address]; ran && outcome != apply.OutcomeDone {
			left = append(left, leftover(c.Address, outcome))
			continue
		}
		done.Changes = append(done.Changes, c)
		finished = append(finished, c.Address.String())
	}
	if len(left) == 0 {
		fmt.Fprintf(w, "\n%s\n", s.Good(done.Count().applied(took)))
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Careful("Not all was applied, after "+seconds(took)+"."))
	if len(finished) > 0 {
		fmt.Fprintf(w, "  done: %s\n", strings.Join(finished, ", "))
	}
	fmt.Fprintf(w, "  left: %s\n", strings.Join(left, ", "))
	fmt.Fprintln(w, "What was done stays. bayplan plan shows what is left.")
}

func leftover(a topology.Address, o apply.Outcome) string {
	if o == apply.OutcomeFailed {
		return a.String() + " (failed)"
	}
	return a.String()
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
