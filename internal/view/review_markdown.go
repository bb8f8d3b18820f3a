package view

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// Sizes of a review in Markdown, in characters. GitHub takes 65,536 of a comment.
const (
	markdownLimit = 60_000
	changesLimit  = 44_000 // of it for changes in full; what does not fit is told in a line each
	linesLimit    = 55_000 // of it for all changes
	valueLimit    = 160    // of a value
	fieldsLimit   = 60     // how many lines of one change
)

// WriteReviewMarkdown writes a review as GitHub and GitLab show it, in at most
// 60,000 characters. What does not fit is said to be left out.
func WriteReviewMarkdown(w io.Writer, r Review) error {
	hash, err := r.PlanHash()
	if err != nil {
		return err
	}
	m := &markdown{Review: r}
	m.head()
	for _, s := range r.sections() {
		m.section(s)
	}
	m.rest()
	m.graph()
	foot := ""
	if !r.Unplanned {
		foot = fmt.Sprintf("\n<sub>Plan %s · base %s</sub>\n", code(hash), code(r.BaseHash))
	}
	_, err = io.WriteString(w, m.text.String()+foot)
	return err
}

// markdown is a review on its way to Markdown.
type markdown struct {
	Review
	text   strings.Builder
	length int // in characters
	short  int // how many changes are told in a line
	left   int // how many are not told
}

func (m *markdown) add(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	m.text.WriteString(s)
	m.length += utf8.RuneCountInString(s)
}

func (m *markdown) head() {
	decide, count := m.Verdict()
	m.add("## %s\n\n**%s** %s\n\n%s\n", escaped(m.Title()), escaped(decide), escaped(count), escaped(m.ends()))
	for _, why := range m.Refused {
		m.add("\n> **Refused:** %s\n", escaped(cutText(why, valueLimit*4)))
	}
}

// section writes the changes of a section, in full as long as they fit.
func (m *markdown) section(s section) {
	m.add("\n### %s\n", s.title)
	if s.about != "" {
		m.add("\n%s\n", s.about)
	}
	listed := false
	for _, c := range s.changes {
		full := m.change(s, c)
		line := fmt.Sprintf("- %s: %s\n", code(c.Address.String()), escaped(cutText(m.gist(c), valueLimit)))
		switch {
		case m.length+utf8.RuneCountInString(full) <= changesLimit:
			m.add("%s", full)
			listed = false
		case m.length+utf8.RuneCountInString(line) <= linesLimit:
			if !listed {
				m.add("\n")
			}
			m.add("%s", line)
			m.short, listed = m.short+1, true
		default:
			m.left++
		}
	}
}

// gist says a change in a line.
func (m *markdown) gist(c plan.Change) string {
	said := ActionName(c.Action)
	for _, h := range c.Hazards(m.Destroy) {
		said += ", " + string(h)
	}
	if impact := cmp.Or(m.Background[c.Address].Impact, c.Impact.String()); impact != "" {
		said += ": " + impact
	}
	return said
}

func (m *markdown) change(s section, c plan.Change) string {
	var out strings.Builder
	more := m.beside(s, c)
	fmt.Fprintf(&out, "\n#### %s", code(c.Address.String()))
	if s.does {
		fmt.Fprintf(&out, ": %s", ActionName(c.Action))
	}
	if place := more.where(); place != "" {
		fmt.Fprintf(&out, " (%s)", code(place))
	}
	out.WriteString("\n\n")
	for _, h := range c.Hazards(m.Destroy) {
		fmt.Fprintf(&out, "> **%s**: %s\n\n", h, escaped(m.why(h, c.Impact)))
	}
	if impact := impactBeside(c.Impact, more); impact != "" {
		fmt.Fprintf(&out, "%s.\n\n", escaped(capital(impact)))
	}
	if len(more.NeededBy) > 0 {
		fmt.Fprintf(&out, "Needed by %s.\n\n", escaped(joined(more.NeededBy)))
	}
	if fields := m.fields(c); len(fields) > 0 {
		body := strings.Join(fields, "\n")
		mark := fence(body)
		fmt.Fprintf(&out, "%sdiff\n%s\n%s\n", mark, body, mark)
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// fields writes what differs in the colours of a diff.
func (m *markdown) fields(c plan.Change) []string {
	var out []string
	for _, d := range c.Fields {
		if m.goesWithoutSaying(c, d) {
			continue
		}
		for _, r := range rows(c.Action, d, m.field(c.Address, d)) {
			out = append(out, r.diff(c.Action))
		}
	}
	if n := len(out) - fieldsLimit; n > 0 {
		out = append(out[:fieldsLimit:fieldsLimit], fmt.Sprintf("# and %d more", n))
	}
	return out
}

// diff writes a row as a line of a diff: + what is new, - what goes, ! what changes.
func (r row) diff(action plan.Action) string {
	before, after := cutText(brief(r.before), valueLimit), cutText(brief(r.after), valueLimit)
	var line string
	switch {
	case r.secret && r.before != nil && r.after != nil:
		line = "! " + r.name + ": changed (sensitive)"
	case action == plan.ActionCreate || r.before == nil:
		line = "+ " + r.name + ": " + after
	case r.after == nil:
		line = "- " + r.name + ": " + before
	default:
		line = "! " + r.name + ": " + before + " -> " + after
	}
	return oneLine(line + remark(Style{}, r.cause))
}

// rest writes what is no change, and what was left out.
func (m *markdown) rest() {
	if asides := m.asides(); len(asides) > 0 {
		m.add("\n### Besides\n\n")
		for i, line := range asides {
			line = "- " + escaped(line) + "\n"
			if m.length+utf8.RuneCountInString(line) > linesLimit {
				m.add("- and %d more\n", len(asides)-i)
				break
			}
			m.add("%s", line)
		}
	}
	if m.short+m.left == 0 {
		return
	}
	where := "`bayplan review --format html` shows all of them"
	if m.Link != "" {
		where = "all of them are in [the whole review](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "").Replace(m.Link) + ">)"
	}
	m.add("\n**Of %d changes there is a line each", m.short)
	if m.left > 0 {
		m.add(", and %d more are left out", m.left)
	}
	m.add(": this comment has no more room; %s.**\n", where)
}

// graph draws what changes and what it has to do with, if it fits.
func (m *markdown) graph() {
	g := m.graphOfChanges()
	if len(g.nodes) == 0 {
		return
	}
	var out strings.Builder
	m.writeMermaid(&out, g)
	if len(g.nodes) > graphLimit || m.length+utf8.RuneCountInString(out.String()) > markdownLimit-500 {
		m.add("\n%d addresses change or have to do with what changes: too many to draw here.\n", len(g.nodes))
		return
	}
	m.add("\n### What it has to do with\n\n```mermaid\n%s```\n", out.String())
}

// cutText keeps a text within a number of characters, and says how many it has.
func cutText(s string, limit int) string {
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("%s… (%d characters)", string([]rune(s)[:limit]), n)
	}
	return s
}

// oneLine keeps a text from ending the line that it is in.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, s)
}

// escaped writes a text so that Markdown shows it as it is, and nobody is mentioned.
func escaped(s string) string {
	var out strings.Builder
	for _, c := range oneLine(s) {
		switch {
		case c == '@' || c == '#':
			fmt.Fprintf(&out, "&#%d;", c) // a backslash would leave a mention one
		case c == '&' || c == '<' || c == '>':
			out.WriteString(map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}[c])
		case strings.ContainsRune("\\`*_{}[]|~!$", c):
			out.WriteRune('\\')
			out.WriteRune(c)
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// code sets a text in the letters of a program, whatever is in it.
func code(s string) string {
	mark := strings.Repeat("`", longestRun(s, '`')+1)
	pad := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		pad = " "
	}
	return mark + pad + oneLine(s) + pad + mark
}

// fence returns what can stand around a text that may have fences in it.
func fence(body string) string { return strings.Repeat("`", max(3, longestRun(body, '`')+1)) }

func longestRun(s string, of rune) int {
	longest, run := 0, 0
	for _, c := range s {
		if run++; c != of {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(first)) + s[size:]
}
