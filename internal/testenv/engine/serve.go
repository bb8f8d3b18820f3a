package engine

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"

	"github.com/docker/docker/api/types/filters"
)

// apiVersion is that of Docker 20.10.
const apiVersion = "1.41"

// request is a call whose body has been read.
type request struct {
	*http.Request
	body []byte
}

// into decodes the body.
func (r request) into(value any) error {
	if err := json.Unmarshal(r.body, value); err != nil {
		return failure{http.StatusBadRequest, err.Error()}
	}
	return nil
}

// flag reports whether the query has a parameter that is set.
func (r request) flag(name string) bool {
	value := r.URL.Query().Get(name)
	return value == "1" || value == "true"
}

// filters returns the filters of a list; one that is not among the known is an error.
func (r request) filters(known ...string) (filters.Args, error) {
	args, err := filters.FromJSON(r.URL.Query().Get("filters"))
	if err != nil {
		return args, failure{http.StatusBadRequest, err.Error()}
	}
	for _, key := range args.Keys() {
		if !slices.Contains(known, key) {
			return args, failure{http.StatusNotImplemented, fmt.Sprintf("this engine does not filter by %q", key)}
		}
	}
	return args, nil
}

// answer is what a call that succeeds answers with.
type answer struct {
	status int
	body   any               // written as JSON; []byte as it is, nil not at all
	header map[string]string // beyond what every answer has
}

var (
	done    = answer{status: http.StatusNoContent}
	already = answer{status: http.StatusNotModified}
)

func found(body any) answer { return answer{status: http.StatusOK, body: body} }
func made(body any) answer  { return answer{status: http.StatusCreated, body: body} }

// failure is an error as the engine's API has it.
type failure struct {
	status int
	text   string
}

func (f failure) Error() string { return f.text }

func refused(status int, format string, args ...any) error {
	return failure{status, fmt.Sprintf(format, args...)}
}

func missing(format string, args ...any) error {
	return refused(http.StatusNotFound, format, args...)
}

func conflict(format string, args ...any) error {
	return refused(http.StatusConflict, format, args...)
}

var version = regexp.MustCompile(`^/v[0-9.]+/`)

// ServeHTTP answers a call, with the version of the API in its path or without.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.URL.Path = version.ReplaceAllString(r.URL.Path, "/")
	w.Header().Set("Api-Version", apiVersion)
	w.Header().Set("Ostype", "linux")
	e.mux.ServeHTTP(w, r)
}

// handle answers the calls of a pattern. A call whose body ends early is not done.
func (e *Engine) handle(pattern string, do func(request) (answer, error)) {
	e.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		e.mu.Lock()
		a, err := do(request{r, body})
		e.mu.Unlock()
		write(w, a, err)
	})
}

func write(w http.ResponseWriter, a answer, err error) {
	if err != nil {
		a = answer{status: http.StatusInternalServerError, body: map[string]string{"message": err.Error()}}
		if f, ok := err.(failure); ok { //nolint:errorlint // this package wraps none
			a.status = f.status
		}
	}
	raw, isRaw := a.body.([]byte)
	if a.body != nil && !isRaw {
		w.Header().Set("Content-Type", "application/json")
		raw, err = json.Marshal(a.body)
		if err != nil {
			panic(err) // of this package's own types
		}
	}
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(raw) // who asked may be gone
}

// route lists the calls that there are.
func (e *Engine) route() {
	e.mux = http.NewServeMux()
	for pattern, do := range map[string]func(request) (answer, error){
		"GET /_ping":   e.ping,
		"GET /version": e.version,
		"GET /info":    e.info,

		"GET /images/json":               e.listImages,
		"GET /images/{rest...}":          e.inspectImage,
		"POST /images/create":            e.pullImage,
		"POST /images/{rest...}":         e.tagImage,
		"DELETE /images/{name...}":       e.removeImage,
		"GET /distribution/{rest...}":    e.askRegistry,
		"GET /containers/json":           e.listContainers,
		"POST /containers/create":        e.createContainer,
		"GET /containers/{id}/json":      e.inspectContainer,
		"POST /containers/{id}/start":    e.startContainer,
		"POST /containers/{id}/stop":     e.stopContainer,
		"POST /containers/{id}/kill":     e.stopContainer,
		"POST /containers/{id}/pause":    e.pauseContainer,
		"POST /containers/{id}/unpause":  e.unpauseContainer,
		"POST /containers/{id}/rename":   e.renameContainer,
		"POST /containers/{id}/update":   e.updateContainer,
		"DELETE /containers/{id}":        e.removeContainer,
		"GET /containers/{id}/logs":      e.readLog,
		"PUT /containers/{id}/archive":   e.putFiles,
		"GET /containers/{id}/archive":   e.getFile,
		"POST /containers/{id}/exec":     e.createExec,
		"GET /exec/{id}/json":            e.inspectExec,
		"GET /networks":                  e.listNetworks,
		"POST /networks/create":          e.createNetwork,
		"GET /networks/{id}":             e.inspectNetwork,
		"POST /networks/{id}/connect":    e.connectNetwork,
		"POST /networks/{id}/disconnect": e.disconnectNetwork,
		"DELETE /networks/{id}":          e.removeNetwork,
		"GET /volumes":                   e.listVolumes,
		"POST /volumes/create":           e.createVolume,
		"GET /volumes/{name}":            e.inspectVolume,
		"DELETE /volumes/{name}":         e.removeVolume,
	} {
		e.handle(pattern, do)
	}
	e.mux.HandleFunc("POST /exec/{id}/start", e.startExec)
	e.handle("/", func(r request) (answer, error) {
		return answer{}, refused(http.StatusNotImplemented, "this engine knows no %s %s", r.Method, r.URL.Path)
	})
}
