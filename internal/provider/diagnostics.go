package provider

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// report adds what went wrong with an address to the diagnostics: what
// concerns one of its fields at that attribute, the rest at the resource.
func report(diags *diag.Diagnostics, verb string, a topology.Address, err error) {
	var field *topology.FieldError
	var unread *placeError
	var step *apply.StepError
	summary := atMost(summaryLimit, "Cannot "+verb+" "+a.String())
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
	case ok:
		for _, e := range joined.Unwrap() {
			report(diags, verb, a, e)
		}
	case errors.As(err, &field) && field.Address == a:
		diags.AddAttributeError(pathOf(field), summary, detailOf(field))
	case errors.As(err, &unread):
		diags.AddAttributeError(pathOf(&topology.FieldError{Field: unread.field, Key: unread.key}), summary, withHint(unread.err.Error(), ""))
	case errors.As(err, &step) && step.Address == a && fieldOf(step.Op) != "":
		diags.AddAttributeError(path.Root(fieldOf(step.Op)), summary, withHint(err.Error(), apply.Hint(err)))
	default:
		diags.AddError(summary, withHint(err.Error(), apply.Hint(err)))
	}
}

// fieldOf is the attribute that decides whether a step succeeds, "" where that is
// no single one.
func fieldOf(op plan.Op) string {
	if _, builds := op.(plan.BuildImage); builds {
		return "build"
	}
	return ""
}

// joinFields returns what a check found as one error, nil when it found nothing.
func joinFields(errs []*topology.FieldError) error {
	var all []error
	for _, e := range errs {
		all = append(all, e)
	}
	return errors.Join(all...)
}

func pathOf(e *topology.FieldError) path.Path {
	p := path.Root(e.Field)
	if e.Key != "" {
		p = p.AtMapKey(e.Key)
	}
	return p
}

func detailOf(e *topology.FieldError) string { return withHint(e.Err.Error(), e.Hint) }

// How many characters are told of what is wrong, which may be a megabyte: all of
// the end of a log, and of a name enough to know it by.
const (
	detailLimit  = 12_000
	summaryLimit = 200
)

// atMost keeps a text within a number of characters, says how many it has, and
// leaves nothing in it that does more than be read.
func atMost(limit int, text string) string {
	if n := utf8.RuneCountInString(text); n > limit {
		text = fmt.Sprintf("%s… (%d characters)", string([]rune(text)[:limit]), n)
	}
	return inert(text)
}

// inert spells out what would do something to a terminal: Terraform writes what
// it is told as it is.
func inert(text string) string {
	live := func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c)
	}
	if !strings.ContainsFunc(text, live) {
		return text
	}
	var out strings.Builder
	for _, c := range text {
		if live(c) {
			fmt.Fprintf(&out, `\u%04x`, c)
		} else {
			out.WriteRune(c)
		}
	}
	return out.String()
}

func withHint(text, hint string) string {
	text = atMost(detailLimit, text)
	if hint == "" {
		return text
	}
	return text + "\n\n" + hint
}
