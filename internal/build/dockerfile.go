package build

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// dockerfile is a Dockerfile with the places at which it names other images.
type dockerfile struct {
	text []byte
	uses []use
}

// use is a place at which an image is named, which may be by variables.
type use struct {
	start, end int
	reference  string
}

// pin returns the Dockerfile with references replaced.
func (d dockerfile) pin(to map[string]string) []byte {
	var out []byte
	done := 0
	for _, u := range d.uses {
		out = append(out, d.text[done:u.start]...)
		out = append(out, cmp.Or(to[u.reference], u.reference)...)
		done = u.end
	}
	return append(out, d.text[done:]...)
}

// stages reads a Dockerfile stage by stage.
type stages struct {
	dockerfile
	args   map[string]string // that FROM can refer to
	given  map[string]string
	names  map[string]bool // of the stages before it
	stage  string          // the present one
	number int             // of it, from 0; -1 before the first
}

// syntaxArg is the argument that BuildKit takes for what a Dockerfile's first line says.
const syntaxArg = "BUILDKIT_SYNTAX"

// parse finds the images that a Dockerfile names in the stages up to a target,
// in the last one's where there is none.
func parse(text []byte, target string, args map[string]string) (dockerfile, error) {
	if _, is := args[syntaxArg]; is {
		return dockerfile{}, fmt.Errorf("the argument %s names an image that nothing would check: write \"# syntax=IMAGE\" as the Dockerfile's first line", syntaxArg)
	}
	escape, frontends := directives(text)
	all, err := split(text, escape, true)
	if err != nil {
		return dockerfile{}, err
	}
	d, err := readStages(text, all, frontends, target, args)
	if err != nil {
		return d, err
	}
	plain, err := split(text, escape, false)
	if len(plain) == len(all) || slices.ContainsFunc(plain, func(i instruction) bool { return !slices.Contains(known, i.name) }) {
		return d, nil // there is no heredoc, or nobody who knows none takes the file
	}
	other, errOther := readStages(text, plain, frontends, target, args)
	if err = cmp.Or(err, errOther); err != nil || !slices.Equal(d.uses, other.uses) {
		return d, errors.New("a builder that does not know heredocs reads other images in theirs: put those texts into files")
	}
	return d, nil
}

// readStages finds the images that instructions name.
func readStages(text []byte, all []instruction, frontends []use, target string, args map[string]string) (dockerfile, error) {
	s := stages{dockerfile: dockerfile{text, slices.Clone(frontends)}, args: map[string]string{}, given: args, names: map[string]bool{}, number: -1}
	is := func(name string) bool { return target != "" && s.number >= 0 && strings.EqualFold(target, name) }
	for _, i := range all {
		if i.name == "FROM" && (is(s.stage) || is(strconv.Itoa(s.number))) {
			break
		}
		if err := s.note(i); err != nil {
			return s.dockerfile, atLine(text, i.start, err)
		}
	}
	switch {
	case s.number < 0:
		return s.dockerfile, errors.New("there is no FROM in it")
	case target != "" && !s.names[strings.ToLower(target)] && !is(s.stage) && !is(strconv.Itoa(s.number)):
		return s.dockerfile, fmt.Errorf("there is no stage %q in it", target)
	}
	return s.dockerfile, nil
}

func atLine(text []byte, at int, err error) error {
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:at], []byte("\n")), err)
}

func (s *stages) note(i instruction) error {
	switch i.name {
	case "ARG":
		return s.arg(i)
	case "FROM":
		return s.from(i)
	}
	if s.number < 0 {
		return errors.New("there is no FROM before it")
	}
	for _, w := range i.words {
		flag, value, _ := strings.Cut(w.text, "=")
		var err error
		switch {
		case !strings.HasPrefix(w.text, "--"):
			return nil
		case flag == "--from":
			err = s.use(w, 0, value)
		case flag == "--mount":
			err = s.mount(w, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mount notes the images of a mount, which is a line of CSV.
func (s *stages) mount(w word, value string) error {
	r := csv.NewReader(strings.NewReader(value))
	options, err := r.Read()
	if err != nil {
		return fmt.Errorf("--mount=%s: %w", value, err)
	}
	for i, option := range options {
		if key, from, _ := strings.Cut(option, "="); strings.EqualFold(key, "from") {
			_, column := r.FieldPos(i)
			if err := s.use(w, len("--mount=")+column-1, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// use notes an image that a word names behind a place in it, unless that is a
// stage before this one. A stage's own name is none in itself.
func (s *stages) use(w word, after int, named string) error {
	number, err := strconv.Atoi(named)
	if named == "" || s.isStage(named) || err == nil && 0 <= number && number < s.number {
		return nil
	}
	i := strings.Index(w.text[after:], "="+named)
	if i < 0 {
		return inPieces(named)
	}
	i += after + 1
	first, last := w.at[i], w.at[i+len(named)-1]
	if last-first != len(named)-1 {
		return inPieces(named)
	}
	s.uses = append(s.uses, use{first, last + 1, named})
	return nil
}

func inPieces(image string) error {
	return fmt.Errorf("the image %q is not written in one piece: write it on one line, with no quotes or escapes inside", image)
}

func (s *stages) isStage(name string) bool {
	return s.names[strings.ToLower(name)] || strings.EqualFold(name, "scratch")
}

// from begins a stage.
func (s *stages) from(i instruction) error {
	if s.stage != "" {
		s.names[s.stage] = true
	}
	words := slices.DeleteFunc(i.words, func(w word) bool { return strings.HasPrefix(w.text, "--") })
	if len(words) != 1 && (len(words) != 3 || !strings.EqualFold(words[1].text, "AS")) {
		return errors.New("FROM takes an image, and AS with a name")
	}
	reference, err := expand(strings.Trim(words[0].text, `"'`), s.args)
	if err == nil && reference == "" {
		err = errors.New("a variable in it has no value")
	}
	if err != nil {
		return fmt.Errorf("FROM %s: cannot tell which image that is: %w", words[0].text, err)
	}
	if !s.isStage(reference) {
		s.uses = append(s.uses, use{words[0].at[0], words[0].at[len(words[0].at)-1] + 1, reference})
	}
	s.number++
	s.stage = ""
	if len(words) == 3 {
		s.stage = strings.ToLower(words[2].text)
	}
	return nil
}

// arg takes the arguments that FROM can refer to: those before the first.
func (s *stages) arg(i instruction) error {
	if s.number >= 0 {
		return nil
	}
	for _, w := range i.words {
		name, value, set := strings.Cut(w.text, "=")
		given, is := s.given[name]
		switch {
		case is:
			s.args[name] = given
		case set:
			expanded, err := expand(strings.Trim(value, `"'`), s.args)
			if err != nil {
				return fmt.Errorf("ARG %s: %w", name, err)
			}
			s.args[name] = expanded
		}
	}
	return nil
}

var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^${}]*))?\})`)
})

// expand replaces variables as a Dockerfile's FROM does.
func expand(text string, args map[string]string) (string, error) {
	out := variable().ReplaceAllStringFunc(text, func(found string) string {
		m := variable().FindStringSubmatch(found)
		value, set := args[m[1]+m[2]]
		if strings.HasPrefix(m[3], ":") {
			set = value != ""
		}
		switch {
		case strings.HasSuffix(m[3], "-") && !set, strings.HasSuffix(m[3], "+") && set:
			return m[4]
		case strings.HasSuffix(m[3], "+"):
			return ""
		}
		return value
	})
	if rest := variable().ReplaceAllString(text, ""); strings.ContainsAny(rest, "$\\") {
		return "", fmt.Errorf("it has more than plain variables, of which there are: %s", strings.Join(slices.Sorted(maps.Keys(args)), ", "))
	}
	return out, nil
}
