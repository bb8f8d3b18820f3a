package docker

import (
	"errors"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// An engine that was started again still tells who holds the lock.
func TestLockOutlivesTheDaemon(t *testing.T) {
	t.Parallel()
	machine := testenv.NewMachine(t, nil)
	e, err := New(Options{Host: machine.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	scope := topology.Scope{Project: "shop", Environment: "default"}
	if err := e.Lock(t.Context(), scope, apply.Lock{ID: "first"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(machine.Kill(), machine.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	err = e.Lock(t.Context(), scope, apply.Lock{ID: "second"})
	var locked *apply.LockedError
	if !errors.As(err, &locked) || locked.Holder.ID != "first" {
		t.Errorf("got %v; want that it is locked by the first", err)
	}
}
