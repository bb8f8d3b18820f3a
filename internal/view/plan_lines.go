package view

import (
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// lines writes a difference: `memory: "256m" -> "512m"`, or of two objects
// only what differs in them, and why. Of what is made there is no old value.
func lines(s Style, action plan.Action, d plan.FieldDiff, more Field) []string {
	name, cause := FieldName(d), more.Cause.String()
	if action == plan.ActionCreate {
		cause = "" // all of it is configured
	}
	before, after := shown(d.Old, d.New)
	if more.Hidden == HiddenBoth {
		return []string{line(s, action, name, veiled(before, "(sensitive)"), veiled(after, "(sensitive)"), cause)}
	}
	old := func(value any) any {
		if more.Hidden == HiddenOld {
			return veiled(value, "(hidden)")
		}
		return value
	}
	from, was := before.(map[string]any)
	to, is := after.(map[string]any)
	if !was || !is {
		return []string{line(s, action, name, old(before), after, cause)}
	}
	var out []string
	for _, key := range keys(from, to) {
		if x, y := from[key], to[key]; text(x) != text(y) {
			out = append(out, line(s, action, name+"."+key, old(x), y, cause))
		}
	}
	return out
}

func line(s Style, action plan.Action, name string, before, after any, cause string) string {
	if action == plan.ActionCreate {
		return name + ": " + brief(after)
	}
	return name + ": " + brief(before) + s.Aside(" -> ") + brief(after) + remark(s, cause)
}

// remark sets off what can be passed over at a line's end, as configuration does.
func remark(s Style, what string) string {
	if what == "" {
		return ""
	}
	return s.Aside("  # " + what)
}

// veiled hides a value, but not that there is none.
func veiled(value any, as place) any {
	if value == nil {
		return nil
	}
	return as
}

// digits is how much of a digest tells it from others.
const digits = 12

// brief writes a value in one line, a digest by its beginning.
func brief(value any) string {
	if digest, is := value.(string); is {
		return text(shortDigest(digest))
	}
	return text(value)
}

// shortDigest cuts the digest at a text's end.
func shortDigest(text string) string {
	if at := strings.LastIndex(text, "sha256:"); at >= 0 && len(text) > at+len("sha256:")+digits {
		return text[:at+len("sha256:")+digits] + "…"
	}
	return text
}
