package build

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// known are the instructions that there are: a builder that finds another one in a
// file builds nothing.
var known = []string{
	"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN",
	"SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}

// instruction is one of a Dockerfile, with the lines that continue it.
type instruction struct {
	name  string // in upper case
	start int
	words []word // those after its name
}

// word is what stands between spaces, and where in the file each byte of it is.
type word struct {
	text string
	at   []int
}

// mark is the byte order mark that a file may start with.
const mark = "\ufeff"

var (
	directive = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S+)(.*)$`) })
	heredoc   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]*<<(-?)([^<]*)$`) })
	inQuotes  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"[^"\\]*"|'[^'\\]*'`) })
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
	return strings.TrimRight(string(l.text[start:start+end]), "\r"), start, true
}

// start returns the lines of a text behind its mark.
func start(text []byte) *lines {
	l := &lines{text: text}
	if bytes.HasPrefix(text, []byte(mark)) {
		l.at = len(mark)
	}
	return l
}

// split takes a Dockerfile apart, with or without knowing heredocs. What builders
// take apart in different ways is an error.
func split(text []byte, escape byte, heredocs bool) ([]instruction, error) {
	l := start(text)
	var out []instruction
	for {
		line, at, ok := l.next()
		if !ok {
			return out, nil
		}
		if blank(line) {
			continue
		}
		var all word
		for ok {
			more, err := continued(line, escape)
			if err != nil {
				return out, atLine(text, at, err)
			}
			if more {
				line = strings.TrimRight(line, " \t")
				line = line[:len(line)-1]
			}
			all.add(line, at)
			if !more {
				break
			}
			line, at, ok = l.next()
			for ok && blank(line) { // comments and empty lines go on in it
				line, at, ok = l.next()
			}
		}
		i := read(all)
		if i.name == "" {
			continue
		}
		out = append(out, i)
		if heredocs {
			if err := i.skipHeredocs(l); err != nil {
				return out, atLine(text, i.start, err)
			}
		}
	}
}

// directives returns the character that continues a line, and the images that
// are named to read the file with.
func directives(text []byte) (escape byte, frontends []use) {
	escape = '\\'
	escapes := true // until there is a comment that is no directive
	for l := start(text); ; {
		line, at, ok := l.next()
		if ok && strings.HasPrefix(line, "#!") {
			escapes = false
			continue
		}
		m := directive().FindStringSubmatchIndex(line)
		if !ok || m == nil {
			return escape, frontends
		}
		value, rest := line[m[4]:m[5]], strings.TrimSpace(line[m[6]:])
		switch strings.ToLower(line[m[2]:m[3]]) {
		case "syntax":
			frontends = append(frontends, use{at + m[4], at + m[5], value})
		case "escape":
			if escapes && len(value) == 1 && rest == "" {
				escape = value[0]
			}
		case "check":
		default:
			escapes = false
		}
	}
}

func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// continued reports whether a line goes on in the next. Two escapes at its end are
// one that is meant, or not, by which builder it is.
func continued(line string, escape byte) (bool, error) {
	line = strings.TrimRight(line, " \t")
	if n := len(line); n < 2 || line[n-1] != escape || line[n-2] != escape {
		return n > 0 && line[n-1] == escape, nil
	}
	return false, fmt.Errorf("builders differ on whether a line that ends with %c%c goes on in the next: let it end with something else", escape, escape)
}

// add appends what stands at a place of the file.
func (w *word) add(text string, at int) {
	w.text += text
	for i := range len(text) {
		w.at = append(w.at, at+i)
	}
}

func (w word) from(i int) word { return word{w.text[i:], w.at[i:]} }

// read splits an instruction whose lines are joined. What another image will
// be built with, behind ONBUILD, is read as if it were for this one.
func read(line word) instruction {
	name, rest := line.plain()
	if strings.EqualFold(name.text, "ONBUILD") {
		return read(rest)
	}
	i := instruction{name: strings.ToUpper(name.text)}
	if i.name == "" {
		return i
	}
	i.start = name.at[0]
	for flags := true; ; {
		var w word
		if flags {
			if w, rest = rest.flag(); w.text == "" {
				flags = false
				continue
			}
		} else if w, rest = rest.plain(); w.text == "" {
			return i
		}
		i.words = append(i.words, w)
	}
}

// plain cuts the first word off, as it is.
func (w word) plain() (first, rest word) {
	const spaces = " \t\v\f\r"
	w = w.from(len(w.text) - len(strings.TrimLeft(w.text, spaces)))
	end := strings.IndexAny(w.text, spaces)
	if end < 0 {
		end = len(w.text)
	}
	return word{w.text[:end], w.at[:end]}, w.from(end)
}

// flag cuts off a flag without its quotes and escapes, and nothing where there is none.
// It goes by bytes, as builders do.
func (w word) flag() (flag, rest word) {
	i := 0
	for i < len(w.text) && unicode.IsSpace(rune(w.text[i])) {
		i++
	}
	if !strings.HasPrefix(w.text[i:], "--") {
		return word{}, w.from(i)
	}
	var quote byte
	for ; i < len(w.text); i++ {
		switch c := w.text[i]; {
		case quote == 0 && unicode.IsSpace(rune(c)):
			return flag, w.from(i)
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
			continue
		case quote != 0 && c == quote:
			quote = 0
			continue
		case c == '\\':
			if i++; i == len(w.text) {
				return flag, w.from(i)
			}
		}
		flag.add(w.text[i:i+1], w.at[i])
	}
	return flag, w.from(i)
}

// skipHeredocs passes over the texts that follow an instruction, up to the line
// that ends each. What nothing ends is none. What may be one and is not plainly so,
// for its name or the quotes before it, is an error.
func (i instruction) skipHeredocs(l *lines) error {
	if i.name != "RUN" && i.name != "COPY" && i.name != "ADD" {
		return nil
	}
	before := ""
	for _, w := range i.words {
		open := quotes(inQuotes().ReplaceAllString(before, ""))
		before += w.text + " "
		m := heredoc().FindStringSubmatch(w.text)
		if len(m) == 0 || m[2] == "" {
			continue
		}
		name := m[2]
		if inQuotes().FindString(name) == name {
			name = strings.Trim(name, `"'`)
		}
		end := l.after(name, m[1] != "")
		if open || quotes(name) {
			return fmt.Errorf("whether a heredoc begins with %s cannot be told: write it as <<NAME, with no quotes and escapes open before it", w.text)
		}
		if end >= 0 {
			l.at = end
		}
	}
	return nil
}

func quotes(text string) bool { return strings.ContainsAny(text, "\"'\\") }

// after returns where the lines go on behind the next that is a text, tabs before it
// aside where it may have some; -1 when there is none.
func (l *lines) after(text string, tabs bool) int {
	for rest := *l; ; {
		line, _, ok := rest.next()
		if tabs {
			line = strings.TrimLeft(line, "\t")
		}
		switch {
		case !ok:
			return -1
		case line == text:
			return rest.at
		}
	}
}
