package view

import (
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// row is one line of a difference: of two objects one key that differs.
type row struct {
	name          string
	before, after any // as text takes them, nil where there is none
	secret        bool
	cause         string
}

// rows returns a difference line by line, without what is not to be shown. Of
// what is made all is configured, and no cause is said.
func rows(action plan.Action, d plan.FieldDiff, more Field) []row {
	name, cause := FieldName(d), more.Cause.String()
	if action == plan.ActionCreate {
		cause = ""
	}
	before, after := shown(d.Old, d.New)
	if more.Hidden == HiddenBoth {
		return []row{{name, veiled(before, "(sensitive)"), veiled(after, "(sensitive)"), true, cause}}
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
		return []row{{name, old(before), after, false, cause}}
	}
	var out []row
	for _, key := range keys(from, to) {
		if x, y := from[key], to[key]; text(x) != text(y) {
			out = append(out, row{name + "." + word(key), old(x), y, false, cause})
		}
	}
	return out
}

// lineLimit is how many characters of a value are for people; JSON has all of it.
const lineLimit = 2000

// lines writes a difference: `memory: "256m" -> "512m"`, and why. Of what is
// made there is no old value.
func lines(s Style, action plan.Action, d plan.FieldDiff, more Field) []string {
	var out []string
	for _, r := range rows(action, d, more) {
		before, after := cutText(brief(r.before), lineLimit), cutText(brief(r.after), lineLimit)
		line := r.name + ": " + after
		if action != plan.ActionCreate {
			line = r.name + ": " + before + s.Aside(" -> ") + after + remark(s, r.cause)
		}
		out = append(out, line)
	}
	return out
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
