package view

import (
	"fmt"
	"time"
)

// StateKind says what a state of a topology is one of.
type StateKind string

// The kinds of state.
const (
	StateWorking   StateKind = "working directory"
	StateDirectory StateKind = "directory"
	StateCommit    StateKind = "commit"
	StateRevision  StateKind = "revision" // of the ledger
	StatePlan      StateKind = "plan"     // in a file
	StateLive      StateKind = "live"
	StateTerraform StateKind = "terraform" // what terraform knew, or planned
)

// State says which state of a topology is meant.
type State struct {
	Kind    StateKind `json:"kind"`
	Name    string    `json:"name,omitempty"` // as it was asked for; of what is live the engine's address
	Commit  string    `json:"commit,omitempty"`
	Dirty   bool      `json:"dirty,omitempty"` // something is not as it was committed
	Author  string    `json:"author,omitempty"`
	Time    time.Time `json:"time,omitzero"`
	Subject string    `json:"subject,omitempty"`
}

// String says the state in a few words.
func (s State) String() string {
	switch s.Kind {
	case StateRevision:
		return "revision " + s.Name
	case StateCommit:
		if s.Name == "" {
			return s.commit()
		}
		return fmt.Sprintf("%s (%s)", s.Name, s.commit())
	case StateWorking:
		if s.Commit == "" || s.Dirty {
			return "the working directory"
		}
		return fmt.Sprintf("the working directory (%s)", s.commit())
	case StateTerraform:
		return "terraform's " + s.Name
	case StateLive:
		return "what is live on " + s.Name
	}
	return s.Name
}

// commit is as much of the hash as people write, and what the commit is about.
func (s State) commit() string {
	return fmt.Sprintf("%s %q", s.Commit[:min(len(s.Commit), 10)], s.Subject)
}
