package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Lock is what one holder says of itself while it changes a scope.
type Lock struct {
	ID        string    `json:"id"`
	Who       string    `json:"who"`       // user and machine
	Operation string    `json:"operation"` // what is being done: apply, destroy
	Since     time.Time `json:"since"`
}

// Locker is a Runtime that keeps a scope from being changed by two at once,
// wherever they run. A lock outlives its holder: one that was killed is told
// apart from a working one by nothing but its own machine.
type Locker interface {
	// Lock takes the lock of a scope, or returns a *LockedError.
	Lock(ctx context.Context, scope topology.Scope, lock Lock) error
	// Unlock gives back the lock of that id. It is a *LockedError when another
	// holds the lock, and success when nobody does.
	Unlock(ctx context.Context, scope topology.Scope, id string) error
	// Holder returns what the holder of a scope's lock says of itself, the zero
	// Lock when nobody holds it.
	Holder(ctx context.Context, scope topology.Scope) (Lock, error)
}

// LockedError says who holds a lock.
type LockedError struct{ Holder Lock }

func (e *LockedError) Error() string {
	return fmt.Sprintf("locked by %s for %s since %s", e.Holder.Who, e.Holder.Operation, e.Holder.Since.Format(time.RFC3339))
}
