package testenv

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Call is one request that passed a [Proxy].
type Call struct {
	// Seq numbers the calls of a proxy from 1, in the order of their arrival.
	Seq int
	// Method is the HTTP method.
	Method string
	// Path is the API path without its version, and with {id} in the place of
	// whatever names an object: /containers/{id}/start.
	Path string
	// Target is the same path with the names as they were sent, and Query the
	// undecoded query.
	Target, Query string
	// Read tells a GET or HEAD from a call that may change something. Attaching
	// to a container and starting an exec are posts, so they count as writes.
	Read bool
	// Status is what was delivered: 0 while there is no answer, and when there
	// never was one.
	Status int
	// Bytes counts the answer's body as delivered so far.
	Bytes int64
}

// Key is the call's method and path: "POST /containers/{id}/start".
func (c Call) Key() string { return c.Method + " " + c.Path }

var apiVersion = regexp.MustCompile(`^/v\d+\.\d+/`)

// collections holds, for each first word of a path whose second names an object,
// the second words that do not.
var collections = map[string][]string{
	"configs":      {"create"},
	"containers":   {"create", "json", "prune"},
	"distribution": {},
	"exec":         {},
	"images":       {"create", "get", "json", "load", "prune", "search"},
	"networks":     {"create", "prune"},
	"nodes":        {},
	"plugins":      {"create", "privileges", "pull"},
	"secrets":      {"create"},
	"services":     {"create"},
	"tasks":        {},
	"volumes":      {"create", "prune"},
}

// verbs are the last words that may follow the name of an image or a plugin,
// which can have slashes in it.
var verbs = []string{"disable", "enable", "get", "history", "json", "push", "set", "tag", "upgrade"}

func newCall(seq int, r *http.Request) Call {
	target := apiVersion.ReplaceAllLiteralString(r.URL.Path, "/")
	return Call{
		Seq:    seq,
		Method: r.Method,
		Path:   normalise(target),
		Target: target,
		Query:  r.URL.RawQuery,
		Read:   r.Method == http.MethodGet || r.Method == http.MethodHead,
	}
}

// normalise puts {id} in the place of the object's name in an API path.
func normalise(path string) string {
	words := strings.Split(strings.TrimPrefix(path, "/"), "/")
	fixed, ok := collections[words[0]]
	if !ok || len(words) < 2 || len(words) == 2 && slices.Contains(fixed, words[1]) {
		return path
	}
	rest := words[2:]
	switch words[0] {
	case "images", "plugins", "distribution":
		rest = nil
		if last := words[len(words)-1]; len(words) > 2 && slices.Contains(verbs, last) {
			rest = []string{last}
		}
	}
	return "/" + strings.Join(append([]string{words[0], "{id}"}, rest...), "/")
}
