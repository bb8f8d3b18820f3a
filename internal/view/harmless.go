package view

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// Harmless returns a writer through which text can do nothing but be read. What
// moves a cursor, rewrites a line or turns the direction of writing is written as
// JSON escapes it, \u001b, so that a JSON document stays one; what is not UTF-8 is
// written as \xff. Line feeds and tabs pass and, in the colours of a terminal, what
// marks text. Each write is to hold whole characters.
func Harmless(w io.Writer, s Style) io.Writer { return harmless{w, s} }

type harmless struct {
	w     io.Writer
	style Style
}

// Write implements io.Writer.
func (h harmless) Write(text []byte) (int, error) {
	if _, err := h.w.Write(h.style.defused(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// defused returns a text in which nothing is live, the text itself where nothing was.
func (s Style) defused(text []byte) []byte {
	if utf8.Valid(text) && bytes.IndexFunc(text, live) < 0 {
		return text
	}
	var out bytes.Buffer
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		if marks := marking(text); s.Colour && marks > 0 {
			size = marks
			out.Write(text[:size])
		} else {
			writeDefused(&out, c, text[:size])
		}
		text = text[size:]
	}
	return out.Bytes()
}

func writeDefused(out *bytes.Buffer, c rune, as []byte) {
	switch {
	case c == utf8.RuneError && len(as) == 1:
		fmt.Fprintf(out, `\x%02x`, as[0])
	case live(c):
		fmt.Fprintf(out, `\u%04x`, c)
	default:
		out.Write(as)
	}
}

// live reports whether a character does something to what shows it.
func live(c rune) bool {
	return unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029'
}

// markings are the escape sequences that mark text here, or where HCL shows what
// is wrong. None of them hides what follows.
var markings = [][]byte{
	[]byte("\x1b[0m"), []byte("\x1b[1m"), []byte("\x1b[2m"), []byte("\x1b[31m"), []byte("\x1b[32m"), []byte("\x1b[33m"),
	[]byte("\x1b[36m"), []byte("\x1b[1;4m"),
}

// marking returns the length of the marking that a text begins with, 0 without one.
func marking(text []byte) int {
	for _, m := range markings {
		if bytes.HasPrefix(text, m) {
			return len(m)
		}
	}
	return 0
}
