package topology

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxArgument is how many bytes an argument or a variable can have, the end of
// the text included (Linux: MAX_ARG_STRLEN).
const maxArgument = 128 << 10

var errNotText = errors.New("the value is not text")

// isText reports whether a value can be an argument or a variable of a process.
func isText(value string) bool { return utf8.ValidString(value) && !strings.Contains(value, "\x00") }

// texts checks what the processes of a workload are started with.
func (c *check) texts(w Workload) {
	c.arguments("entrypoint", w.Entrypoint)
	c.arguments("command", w.Command)
	if w.Hooks != nil {
		c.arguments("hooks", slices.Concat(w.Hooks.Deploy, w.Hooks.PostDeploy))
	}
	if w.Healthcheck != nil {
		c.arguments("healthcheck", w.Healthcheck.Test)
	}
	c.add("user", "", validUser(w.User))
	if w.WorkingDir != "" && (!path.IsAbs(w.WorkingDir) || !isText(w.WorkingDir)) {
		c.add("working_dir", "", fmt.Errorf("%q is no absolute path", w.WorkingDir))
	}
	if strings.ContainsFunc(w.Version, unicode.IsControl) {
		c.add("version", "", fmt.Errorf("%q is no version", w.Version))
	}
	c.add("scheme", "", validScheme(w.Scheme))
}

func validUser(s string) error {
	name, group, grouped := strings.Cut(s, ":")
	odd := func(c rune) bool { return c == ':' || !unicode.IsPrint(c) || unicode.IsSpace(c) }
	if s != "" && (name == "" || grouped && group == "" || strings.ContainsFunc(name+group, odd)) {
		return fmt.Errorf("%q is no user: want NAME or ID, and :GROUP after it if any", s)
	}
	return nil
}

func (c *check) arguments(field string, all []string) {
	for i, value := range all {
		switch {
		case !isText(value):
			c.add(field, "", fmt.Errorf("argument %d is not text", i+1))
		case len(value) >= maxArgument:
			c.add(field, "", fmt.Errorf("argument %d has %d bytes, and Linux takes at most %d", i+1, len(value), maxArgument-1))
		}
	}
}

// validVariable returns what is wrong with a variable of an environment.
func validVariable(name, value string) error {
	switch size := len(name) + len("=") + len(value); {
	case name == "" || strings.ContainsAny(name, "=\x00"):
		return errors.New("the name of a variable is not empty and has no = in it")
	case !isText(value):
		return errNotText
	case size >= maxArgument:
		return fmt.Errorf("the variable has %d bytes with its name, and Linux takes at most %d: put it into a file", size, maxArgument-1)
	}
	return nil
}

// validEndpoint returns what is wrong with one thing that a workload listens on.
func validEndpoint(e Endpoint) error {
	switch {
	case e.Port < 1 || e.Port > 65535:
		return fmt.Errorf("port %d is not from 1 to 65535", e.Port)
	case !isText(e.Path):
		return errNotText
	}
	return validScheme(e.Scheme)
}

var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*$`) // RFC 3986, 3.1

func validScheme(s string) error {
	if s == "" || scheme.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%q is no scheme: want such as http", s)
}

// validOutside returns what is wrong with what a reference says of something
// outside the topology.
func validOutside(r Reference) error {
	odd := func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-", c)
	}
	if _, err := netip.ParseAddr(r.Host); err != nil && strings.ContainsFunc(r.Host, odd) {
		return fmt.Errorf("%q is no host: want a name or an address", r.Host)
	}
	for _, value := range []string{r.Path, r.Username, r.Database} {
		if !isText(value) {
			return errNotText
		}
	}
	return validScheme(r.Scheme)
}
