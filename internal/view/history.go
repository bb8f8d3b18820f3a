package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// WriteHistory writes revisions for a person, in the order given.
func WriteHistory(w io.Writer, s Style, revisions []revision.Revision) {
	for i, r := range revisions {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeRevision(w, s, r)
	}
	if len(revisions) == 0 {
		fmt.Fprintln(w, "There is no revision: nothing was applied with bayplan apply yet.")
	}
}

func writeRevision(w io.Writer, s Style, r revision.Revision) {
	fmt.Fprintf(w, "%s %s\n", s.mark(yellow, fmt.Sprintf("revision %d", r.Number)), s.status(r))
	fmt.Fprintf(w, "Date:   %s\n", moment(r.Began))
	fmt.Fprintf(w, "Author: %s\n", inLine(r.Author))
	if r.Git != nil {
		fmt.Fprintf(w, "Commit: %s\n", commitLine(*r.Git))
	}
	fmt.Fprintf(w, "%s\n", strings.Replace(Count(r.Count).String(), "Plan: ", "Plan:   ", 1))
	for _, of := range []string{"failed", "abandoned"} {
		if addresses := r.With(of); len(addresses) > 0 {
			fmt.Fprintf(w, "%s\n", s.Bad(notDone[of]+joined(addresses)))
		}
	}
	if r.TakenBack != nil {
		fmt.Fprintf(w, "Back:   %s\n", s.takenBack(r))
	}
	if r.Message != "" {
		fmt.Fprintf(w, "\n    %s\n", strings.ReplaceAll(r.Message, "\n", "\n    "))
	}
}

// takenBack says whether all that was to be taken back was.
func (s Style) takenBack(r revision.Revision) string {
	back := revision.Revision{Ended: revision.Ended{Outcomes: r.TakenBack}}
	if left := append(back.With("failed"), back.With("abandoned")...); len(left) > 0 {
		return s.Bad("not taken back: " + joined(left))
	}
	return "what was done was taken back"
}

// notDone begins the line of the addresses with an outcome.
var notDone = map[string]string{"failed": "Failed: ", "abandoned": "Undone: "}

// status says what was done, and what became of it.
func (s Style) status(r revision.Revision) string {
	took := ""
	if !r.Ended.Ended.IsZero() {
		took = " in " + seconds(r.Ended.Ended.Sub(r.Began))
	}
	switch r.Status {
	case revision.StatusDone:
		return s.Good(r.Operation+" done") + took
	case revision.StatusRunning:
		return s.Careful(r.Operation + " is running, or was killed and holds the lock")
	}
	return s.Bad(r.Operation+" "+string(r.Status)) + took
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func commitLine(g revision.Git) string {
	var about []string
	if g.Branch != "" {
		about = append(about, inLine(g.Branch))
	}
	if name := g.AuthorName(); name != "" {
		about = append(about, "by "+inLine(name))
	}
	if g.Dirty {
		about = append(about, "with changes")
	}
	where := ""
	if len(about) > 0 {
		where = " (" + strings.Join(about, ", ") + ")"
	}
	return shortHash(g.Commit) + where + " " + inLine(g.Subject)
}

func shortHash(hash string) string { return hash[:min(len(hash), 10)] }

// WriteRevision writes all of a revision for a person: what it changed, and
// what it wanted unless that could not be opened.
func WriteRevision(w io.Writer, s Style, r revision.Revision, wanted *revision.Content) error {
	writeRevision(w, s, r)
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Changes {
		line := fmt.Sprintf("%s\t%s\t%s\t%s", c.Address, c.Action, outcomeOf(r, c.Address), changeText(c))
		fmt.Fprintln(table, strings.TrimSuffix(line, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if wanted == nil {
		return nil
	}
	for _, a := range wanted.Addresses() {
		fmt.Fprintf(w, "\n%s\n", s.Bold(a.String()))
		for _, v := range wanted.Values(a) {
			fmt.Fprintf(w, "    %s: %s\n", v.Name(), valueText(v))
		}
	}
	return nil
}

// outcomeOf says what became of a change.
func outcomeOf(r revision.Revision, a topology.Address) string {
	outcome, had := r.Outcomes[a]
	back, taken := r.TakenBack[a]
	said := fmt.Sprintf("%s, %.1fs", outcome.Outcome, outcome.Seconds)
	switch {
	case r.Ended.Ended.IsZero():
		return string(r.Status)
	case !had:
		return revision.OutcomeDone
	case taken && outcome.Outcome == revision.OutcomeDone && back.Outcome == revision.OutcomeDone:
		said += ", then taken back"
	case taken && outcome.Outcome == revision.OutcomeDone:
		said += ", then not taken back"
	}
	return said
}

func changeText(c revision.Change) string {
	if c.Impact == "" {
		return strings.Join(c.Fields, ", ")
	}
	return c.Impact
}

func valueText(v revision.Value) string {
	if v.Hidden {
		return "(sensitive)"
	}
	_, value := shown(nil, v.Value)
	return cutText(brief(value), lineLimit)
}

type revisionJSON struct {
	revision.Revision
	// Topology is what was wanted: by address the values that configuration has
	// names for; what is sensitive is null. It is null where it could not be opened.
	Topology map[topology.Address]map[string]any `json:"topology,omitempty"`
}

type historyJSON struct {
	FormatVersion string         `json:"format_version"`
	Project       string         `json:"project"`
	Environment   string         `json:"environment"`
	Revisions     []revisionJSON `json:"revisions"`
}

// WriteHistoryJSON writes revisions for a program, with what one of them wanted
// where that is given.
func WriteHistoryJSON(w io.Writer, scope topology.Scope, revisions []revision.Revision, wanted *revision.Content) error {
	out := historyJSON{FormatVersion, scope.Project, scope.Environment, []revisionJSON{}}
	for _, r := range revisions {
		r.Sealed = nil
		one := revisionJSON{Revision: r}
		if wanted != nil {
			one.Topology = contentJSON(*wanted)
		}
		out.Revisions = append(out.Revisions, one)
	}
	return writeJSON(w, out)
}

func contentJSON(c revision.Content) map[topology.Address]map[string]any {
	out := map[topology.Address]map[string]any{}
	for _, a := range c.Addresses() {
		out[a] = map[string]any{}
		for _, v := range c.Values(a) {
			out[a][v.Name()] = nil
			if !v.Hidden {
				out[a][v.Name()] = plain(v.Value)
			}
		}
	}
	return out
}

// WriteBlame writes for a person who set each value of an address.
func WriteBlame(w io.Writer, sets []revision.Set) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FIELD\tVALUE\tREVISION\tCOMMIT\tDATE\tAUTHOR\tMESSAGE")
	for _, set := range sets {
		number := fmt.Sprint(set.By.Number)
		if set.OrBefore {
			number += " or before"
		}
		commit := "-"
		if set.By.Git != nil {
			commit = shortHash(set.By.Git.Commit)
			if set.By.Git.Dirty {
				commit += "+"
			}
		}
		said, _, _ := strings.Cut(set.By.Said(), "\n")
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", set.Name(), short(valueText(set.Value)), number, commit, moment(set.By.Began), inLine(set.By.Who()), inLine(said))
	}
	return table.Flush()
}

// valueWidth is how much of a value a table shows.
const valueWidth = 48

func short(value string) string {
	if runes := []rune(value); len(runes) > valueWidth {
		return string(slices.Concat(runes[:valueWidth-1], []rune("…")))
	}
	return value
}

type setJSON struct {
	Field     string    `json:"field"`
	Value     any       `json:"value"`
	Sensitive bool      `json:"sensitive,omitempty"`
	Revision  int       `json:"revision"`
	OrBefore  bool      `json:"or_before,omitempty"` // it is as old as the history, or older
	Commit    string    `json:"commit,omitempty"`
	Committed string    `json:"commit_author,omitempty"`
	Dirty     bool      `json:"dirty,omitempty"`
	Date      time.Time `json:"date"`
	Author    string    `json:"author"`
	Message   string    `json:"message"`
}

type blameJSON struct {
	FormatVersion string           `json:"format_version"`
	Address       topology.Address `json:"address"`
	Values        []setJSON        `json:"values"`
}

// WriteBlameJSON writes for a program who set each value of an address.
func WriteBlameJSON(w io.Writer, a topology.Address, sets []revision.Set) error {
	out := []setJSON{}
	for _, set := range sets {
		one := setJSON{
			Field: set.Name(), Sensitive: set.Hidden, Revision: set.By.Number, OrBefore: set.OrBefore,
			Date: set.By.Began, Author: set.By.Author, Message: set.By.Said(),
		}
		if !set.Hidden {
			one.Value = plain(set.Value.Value)
		}
		if set.By.Git != nil {
			one.Commit, one.Committed, one.Dirty = set.By.Git.Commit, set.By.Git.Author, set.By.Git.Dirty
		}
		out = append(out, one)
	}
	return writeJSON(w, blameJSON{FormatVersion, a, out})
}
