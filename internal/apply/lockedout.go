package apply

import (
	"errors"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// LockedOut returns what has to be told of changes that were not all done: each
// address whose instances still have the former password of a service that was
// told another, a *LockedOutError each, joined.
func LockedOut(changes []plan.Change, result Result) error {
	var errs []error
	left := func(a topology.Address) bool {
		outcome, ran := result[a]
		return ran && outcome != OutcomeDone
	}
	for _, c := range changes {
		if !left(c.Address) {
			continue
		}
		for _, service := range plan.Rotated(c) {
			if !left(service) {
				errs = append(errs, &LockedOutError{c.Address, service})
			}
		}
	}
	return errors.Join(errs...)
}

// LockedOutError is about instances that a service lets in no more.
type LockedOutError struct{ Address, Service topology.Address }

// Error says who is locked out of what.
func (e *LockedOutError) Error() string {
	return fmt.Sprintf("%s: what runs of it has the former password of %s, which lets it in no more", e.Address, e.Service)
}

// Hint says what to do about it.
func (e *LockedOutError) Hint() string {
	return "Put right what failed and apply again; until then it cannot connect anew."
}
