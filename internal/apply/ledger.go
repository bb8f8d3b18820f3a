package apply

import (
	"context"
	"errors"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Record is what is kept of one change of a scope, as text that means nothing
// to a Runtime.
type Record struct {
	Number int
	Begun  []byte // nil when only the end is left of a record that was being removed
	Ended  []byte // nil when the change runs, or was killed
}

// Ledger is a Runtime that keeps records beside what they are about, for
// everyone who uses the engine. A record is there whole or not at all.
type Ledger interface {
	// Records returns the records of a scope in the order of their numbers.
	Records(ctx context.Context, scope topology.Scope) ([]Record, error)
	// Begin keeps the beginning of a record. Of several under one number the
	// first is kept, and the others get ErrRecorded, as they do where something
	// else has its place; the same again is success.
	Begin(ctx context.Context, scope topology.Scope, number int, text []byte) error
	// End keeps the end of a record likewise.
	End(ctx context.Context, scope topology.Scope, number int, text []byte) error
	// Forget removes a record. One that is not there is success.
	Forget(ctx context.Context, scope topology.Scope, number int) error
	// KeepImages keeps images from being removed as unused, and lets go of all
	// others that were kept for the scope. What is not on the engine cannot be
	// kept, and is no error.
	KeepImages(ctx context.Context, scope topology.Scope, images []ImageID) error
}

// ImageID is one image: how it was spelled, and what that stood for.
type ImageID struct{ Image, Digest string }

// ErrRecorded is among the causes of an error when a number has another record.
var ErrRecorded = errors.New("the number is taken")
