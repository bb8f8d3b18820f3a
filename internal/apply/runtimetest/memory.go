// Package runtimetest holds Memory, an engine in memory for tests, and
// Contract, the suite that every apply.Runtime passes: a Runtime's own test is
// a factory and one call.
//
// It knows no engine's client.
package runtimetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Memory is an engine that keeps everything in memory and passes Contract.
// Nothing takes time in it: what an instance is going to become it is as soon
// as it is started. It is safe for concurrent use.
//
// Beside the calls of apply.Runtime it has those of a person at the engine's
// own command line (Stop, Remove, Set…), which panic when what they name is
// not there, and those of a test that wants to know or to disturb (Calls,
// Before, After, FailReads).
type Memory struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when anything changes
	last    int           // id given out last

	images     map[string]Image // what references stand for, by reference
	known      map[string]Image // what can be pulled by digest
	local      map[string]bool  // digests on the engine
	behaviours map[topology.Address]Behaviour
	probe      bool

	containers map[string]*container // by name
	networks   []*network
	volumes    map[string]*volume // by name; markers too
	foreign    topology.Foreign
	records    map[topology.Scope]map[int]apply.Record

	calls         []Call
	before, after Hook
	reads         error
}

// Call is a call of Perform that has ended.
type Call struct {
	Scope topology.Scope
	Op    plan.Op
	Err   error
}

// Hook is called for a call of Perform, outside any lock, and its error is
// the call's. It may block until ctx ends.
type Hook func(ctx context.Context, op plan.Op) error

var _ apply.Runtime = (*Memory)(nil)

// Endpoint returns a local endpoint: what is in memory is on this machine.
func (*Memory) Endpoint() string { return "unix://memory" }

// NewMemory returns an engine without anything on it.
func NewMemory() *Memory {
	return &Memory{
		changed:    make(chan struct{}),
		images:     map[string]Image{},
		known:      map[string]Image{},
		local:      map[string]bool{},
		behaviours: map[topology.Address]Behaviour{},
		containers: map[string]*container{},
		volumes:    map[string]*volume{},
		foreign:    newForeign(),
		records:    map[topology.Scope]map[int]apply.Record{},
	}
}

// Calls returns the calls of Perform so far, in the order in which they ended.
func (m *Memory) Calls() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

// ForgetCalls makes Calls begin anew.
func (m *Memory) ForgetCalls() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
}

// Before has a hook called before each call takes effect; after an error it
// has none. Nil takes the hook away.
func (m *Memory) Before(h Hook) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = h
}

// After has a hook called after each call that succeeded, the engine having
// done what it was asked for. Nil takes the hook away.
func (m *Memory) After(h Hook) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after = h
}

// FailReads makes Observe, ObserveForeign and ResolveImage fail with err,
// until it is called with nil.
func (m *Memory) FailReads(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads = err
}

// change does something under the lock and wakes who waits for a change.
func (m *Memory) change(do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() {
		close(m.changed)
		m.changed = make(chan struct{})
	}()
	return do()
}

func (m *Memory) newID() string {
	m.last++
	return fmt.Sprintf("%012x", m.last)
}

// missing is the error for an object that is not there.
type missing struct{ kind, name string }

func (e missing) Error() string { return fmt.Sprintf("%s %q does not exist", e.kind, e.name) }

// NotFound marks the error for apply.IsNotFound.
func (e missing) NotFound() {}

// notOurs is the error for an object of that name that is not of the scope.
func notOurs(kind, name string, s topology.Scope) error {
	return fmt.Errorf("%s %q exists and is not of project %q, environment %q", kind, name, s.Project, s.Environment)
}
