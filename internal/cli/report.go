package cli

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// hinted is an error with what to do about it.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }

func (e *hinted) Unwrap() error { return e.err }

// withHint returns an error with what to do about it.
func withHint(hint, format string, args ...any) error {
	return &hinted{fmt.Errorf(format, args...), hint}
}

// report writes what went wrong: each of joined errors in a line of its own,
// with a hint where there is one, or at its place in the configuration.
func (c *command) report(err error) {
	for _, e := range flat(err) {
		var diags *diagnosed
		if errors.As(e, &diags) {
			c.diagnose(diags.files, diags.all)
			continue
		}
		fmt.Fprintf(c.err(), "%s %v\n", c.style(c.Err).Bad("bayplan:"), e)
		if hint := hintOf(e); hint != "" {
			fmt.Fprintf(c.err(), "  %s\n", hint)
		}
	}
}

// flat takes joined errors apart.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flat(e)...)
	}
	return out
}

func hintOf(err error) string {
	var own *hinted
	var field *topology.FieldError
	switch {
	case errors.As(err, &own):
		return own.hint
	case errors.As(err, &field):
		return field.Hint
	}
	return apply.Hint(err)
}

// diagnosed is an error in a configuration, with the files to show it in.
type diagnosed struct {
	files map[string]*hcl.File
	all   hcl.Diagnostics
}

func (e *diagnosed) Error() string { return e.all.Error() }

// diagnose writes diagnostics with the lines that they are about.
func (c *command) diagnose(files map[string]*hcl.File, diags hcl.Diagnostics) {
	width := uint(widthUnknown)
	if size := sizeOf(c.Err); size != nil {
		columns, _ := size()
		width = uint(max(columns, 20))
	}
	writer := hcl.NewDiagnosticTextWriter(c.err(), files, width, c.style(c.Err).Colour)
	if err := writer.WriteDiagnostics(diags); err != nil {
		fmt.Fprintf(c.err(), "bayplan: %v\n", diags)
	}
}
