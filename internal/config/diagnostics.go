package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// errorf returns one error at a place.
func errorf(at hcl.Range, summary, format string, args ...any) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: place(at)}}
}

// warnf returns one warning at a place.
func warnf(at hcl.Range, summary, format string, args ...any) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: place(at)}}
}

// unsupported says that something is Terraform's, and not evaluated here.
func unsupported(at hcl.Range, format string, args ...any) hcl.Diagnostics {
	return errorf(at, "Not evaluated by this command", "%s Use Terraform for it.", fmt.Sprintf(format, args...))
}

func place(at hcl.Range) *hcl.Range {
	if at == (hcl.Range{}) {
		return nil
	}
	return &at
}

// byPlace sorts diagnostics: those without a place first, the others by file and
// position, and what is said of one place as it was.
func byPlace(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int { return compareRanges(rangeOrNone(a.Subject), rangeOrNone(b.Subject)) })
	return diags
}

func rangeOrNone(at *hcl.Range) hcl.Range {
	if at == nil {
		return hcl.Range{}
	}
	return *at
}

func compareRanges(a, b hcl.Range) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte))
}
