package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Engine is an http.Handler that answers as an engine does. Each call is done
// as a whole before the next. The methods may be called at any time.
type Engine struct {
	mux *http.ServeMux

	mu         sync.Mutex
	serial     int
	images     []*image
	containers map[string]*container // by id
	named      map[string]*container
	networks   map[string]*network // by id
	volumes    map[string]*volume
	execs      map[string]*execution
}

// New returns an engine with no images, and the networks that every engine has.
func New() *Engine {
	e := &Engine{
		containers: map[string]*container{}, named: map[string]*container{},
		networks: map[string]*network{}, volumes: map[string]*volume{}, execs: map[string]*execution{},
	}
	for _, name := range []string{"bridge", "host", "none"} {
		e.addNetwork(name)
	}
	e.route()
	return e
}

// Copy returns another engine with all that this one has now.
func (e *Engine) Copy() *Engine {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := New()
	c.serial, c.images, c.networks = e.serial, nil, map[string]*network{}
	for _, i := range e.images {
		copied := *i
		copied.tags = slices.Clone(i.tags)
		c.images = append(c.images, &copied)
	}
	for id, n := range e.networks {
		copied := *n
		c.networks[id] = &copied
	}
	for name, v := range e.volumes {
		copied := *v
		copied.files = maps.Clone(v.files)
		c.volumes[name] = &copied
	}
	for id, one := range e.containers {
		copied := *one
		copied.endpoints = maps.Clone(one.endpoints)
		copied.files = maps.Clone(one.files)
		c.containers[id], c.named[one.name] = &copied, &copied
	}
	return c
}

// newID returns 64 hexadecimal digits that nothing else has.
func (e *Engine) newID() string {
	e.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "object %d", e.serial))
	return hex.EncodeToString(sum[:])
}

// matches reports whether an object's labels are as the filters say: "key" or
// "key=value", all of them.
func matches(labels map[string]string, wanted []string) bool {
	for _, w := range wanted {
		key, value, valued := strings.Cut(w, "=")
		has, ok := labels[key]
		if !ok || valued && has != value {
			return false
		}
	}
	return true
}
