package provider

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// report adds what went wrong with an address to the diagnostics: what
// concerns one of its fields at that attribute, the rest at the resource.
func report(diags *diag.Diagnostics, verb string, a topology.Address, err error) {
	var field *topology.FieldError
	var unread *placeError
	summary := "Cannot " + verb + " " + a.String()
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
		diags.AddAttributeError(pathOf(&topology.FieldError{Field: unread.field, Key: unread.key}), summary, unread.err.Error())
	default:
		diags.AddError(summary, withHint(err.Error(), apply.Hint(err)))
	}
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

func withHint(text, hint string) string {
	if hint == "" {
		return text
	}
	return text + "\n\n" + hint
}
