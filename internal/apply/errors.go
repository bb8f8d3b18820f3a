package apply

import (
	"errors"
	"fmt"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// StepError is what went wrong with one step, or with taking one back. Run
// returns them joined; errors.As finds the first.
type StepError struct {
	Address topology.Address
	Op      plan.Op // what was done: the step's op or, of a step taken back, its undo
	Undo    bool    // it happened while the step was taken back
	Err     error   // as the Runtime returned it
}

// Error says "<address>: <op>: <cause>".
func (e *StepError) Error() string {
	if e.Undo {
		return fmt.Sprintf("%s: take back: %s: %v", e.Address, e.Op, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Address, e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// ErrUnreachable is among the causes of an error when there is no engine to be
// reached at all.
var ErrUnreachable = errors.New("the engine cannot be reached")

// IsNotFound reports whether an error of a Runtime means that the thing asked
// for is not there, as opposed to not being known to be there.
func IsNotFound(err error) bool { return errdefs.IsNotFound(err) }
