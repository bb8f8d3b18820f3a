// Package plan decides what has to happen. It compares what is wanted with
// what is live, says what differs, why it matters and whom it hits, and orders
// the engine calls that make live what is wanted.
//
// It is pure: equal input gives equal output. It knows no context, clock,
// randomness, file, log, engine or HCL.
package plan

import (
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Input is all that a plan is made from.
type Input struct {
	Desired topology.Topology
	Live    topology.Live
	Key     topology.Key
	// About are the addresses to plan; one that is not in Desired is deleted.
	About []topology.Address
	// Follows are the addresses after all of whose steps those of another begin,
	// beside what follows from the objects that both have to do with.
	Follows map[topology.Address][]topology.Address
	// Downtimes are how long addresses were down when they were last recreated,
	// as far as that is recorded.
	Downtimes map[topology.Address]time.Duration
	// Renamed are the former addresses of what has another name now, by the new one.
	Renamed map[topology.Address]topology.Address
	// Only bounds a deletion or a renaming to what is named: instance ids by
	// name. Nil bounds nothing.
	Only map[string]string
	// Create says that nothing of the addresses is known to be live: what is
	// found of them is taken over as the next generation.
	Create bool
	// Locked says of apps and services whether the lock file has their image;
	// nothing of any where there is no lock file.
	Locked map[topology.Address]bool
	// Root says of apps and services whether their image's own user is root,
	// nothing of those where that is not known.
	Root map[topology.Address]bool
	// Built says of digests of builds whether the engine has their images. What is
	// not known to be there is built.
	Built map[string]bool
	// DeleteData are the volumes whose deletion deletes their data. Any other
	// that is no longer wanted stays behind.
	DeleteData map[topology.Address]bool
}

// Action is what happens to an address.
type Action rune

// The actions; their value is the symbol that plans show.
const (
	ActionNone    Action = ' '
	ActionCreate  Action = '+'
	ActionUpdate  Action = '~' // in place: live, or by replacing instances
	ActionReplace Action = '±' // of the whole object
	ActionDelete  Action = '-'
)

// Change is what differs for one address.
type Change struct {
	Address topology.Address
	Action  Action
	Fields  []FieldDiff
	Impact  Impact
}

// FieldDiff is one field, or one key of a map, that differs.
type FieldDiff struct {
	Field    string
	Key      string // of a map, or ""
	Old, New any    // nil where there is none
	Effect   Effect
}

// Plan is what has to happen, in order.
type Plan struct {
	Changes []Change
	Steps   []Step
}
