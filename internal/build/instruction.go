package build

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
)

// instruction is one of a Dockerfile, with the lines that continue it.
type instruction struct {
	name  string // in upper case
	start int
	words []word // those after its name
}

// word is what stands between spaces.
type word struct {
	text  string
	start int
}

var (
	directive = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.*)$`) })
	heredoc   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]*<<(-?)["']?([^<"'\s]+)["']?$`) })
)

// lines is a text line by line, each without its end.
type lines struct {
	text []byte
	at   int
}

// next returns a line and where it starts, not ok behind the last.
func (l *lines) next() (line string, start int, ok bool) {
	if l.at >= len(l.text) {
		return "", l.at, false
	}
	start = l.at
	end := bytes.IndexByte(l.text[start:], '\n')
	if end < 0 {
		end = len(l.text) - start
	}
	l.at = start + end + 1
	return strings.TrimSuffix(string(l.text[start:start+end]), "\r"), start, true
}

// instructions splits a Dockerfile.
func instructions(text []byte) []instruction {
	l := &lines{text: text}
	escape, first := directives(text)
	l.at = first
	var out []instruction
	for {
		line, start, ok := l.next()
		if !ok {
			return out
		}
		if blank(line) {
			continue
		}
		words := split(line, start, escape)
		for continued(line, escape) {
			if line, start, ok = l.next(); !ok {
				break
			}
			for blank(line) && ok { // comments and empty lines go on in it
				line, start, ok = l.next()
			}
			words = append(words, split(line, start, escape)...)
		}
		if len(words) == 0 {
			continue
		}
		i := instruction{strings.ToUpper(words[0].text), words[0].start, words[1:]}
		out = append(out, i)
		i.skipHeredocs(l)
	}
}

// directives returns the character that continues a line, and where the text
// behind the directives starts.
func directives(text []byte) (escape byte, end int) {
	escape = '\\'
	for l := (&lines{text: text}); ; {
		line, start, ok := l.next()
		m := directive().FindStringSubmatch(strings.TrimSpace(line))
		if !ok || m == nil {
			return escape, start
		}
		if strings.EqualFold(m[1], "escape") && len(m[2]) == 1 {
			escape = m[2][0]
		}
	}
}

func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

func continued(line string, escape byte) bool {
	line = strings.TrimRight(line, " \t")
	return line != "" && line[len(line)-1] == escape
}

func split(line string, start int, escape byte) []word {
	if continued(line, escape) {
		line = strings.TrimSuffix(strings.TrimRight(line, " \t"), string(escape))
	}
	var out []word
	for at := 0; at < len(line); {
		if line[at] == ' ' || line[at] == '\t' {
			at++
			continue
		}
		end := strings.IndexAny(line[at:], " \t")
		if end < 0 {
			end = len(line) - at
		}
		out = append(out, word{line[at : at+end], start + at})
		at += end
	}
	return out
}

// skipHeredocs passes over the texts that follow an instruction, up to the line
// that ends each. What nothing ends is none.
func (i instruction) skipHeredocs(l *lines) {
	if i.name != "RUN" && i.name != "COPY" && i.name != "ADD" {
		return
	}
	for _, w := range i.words {
		m := heredoc().FindStringSubmatch(w.text)
		if m == nil {
			continue
		}
		before := l.at
		for {
			line, _, ok := l.next()
			if !ok {
				l.at = before
				break
			}
			if m[1] != "" {
				line = strings.TrimLeft(line, "\t")
			}
			if line == m[2] {
				break
			}
		}
	}
}
