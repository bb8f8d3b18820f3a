// Package view writes what people and programs see: plans, the events of an
// apply, what is live, and graphs, as text for a terminal or a file and as JSON.
//
// What it writes follows from what it is given, in a fixed order. It decides
// nothing, knows no engine and no configuration, and hides the values that it
// is told to hide; derived passwords are in nothing it is given.
package view

// Style says how text is marked. The zero Style is plain text.
type Style struct {
	// Colour uses the colours of a terminal.
	Colour bool
}

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (s Style) mark(code, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold marks what matters most.
func (s Style) Bold(text string) string { return s.mark(bold, text) }

// Bad marks what went wrong.
func (s Style) Bad(text string) string { return s.mark(red, text) }

// Good marks what went well.
func (s Style) Good(text string) string { return s.mark(green, text) }

// Careful marks what to look at before going on.
func (s Style) Careful(text string) string { return s.mark(yellow, text) }

// Aside marks what can be passed over.
func (s Style) Aside(text string) string { return s.mark(dim, text) }
