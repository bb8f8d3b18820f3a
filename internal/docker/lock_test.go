package docker

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Of many that lock at once one wins, and all others see that one.
func TestLockOfMany(t *testing.T) {
	env := testenv.Require(t)
	e, err := New(Options{Host: env.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	scope := topology.Scope{Project: testenv.Project(t), Environment: "default"}
	const racers = 12
	errs := make([]error, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			errs[i] = e.Lock(t.Context(), scope, apply.Lock{ID: fmt.Sprint(i), Who: "racer", Operation: "apply", Since: time.Now()})
		})
	}
	all.Wait()
	winner := ""
	for i, err := range errs {
		if err == nil {
			if winner != "" {
				t.Fatalf("%s and %d hold the lock", winner, i)
			}
			winner = fmt.Sprint(i)
		}
	}
	for i, err := range errs {
		var locked *apply.LockedError
		if err != nil && (!errors.As(err, &locked) || locked.Holder.ID != winner) {
			t.Errorf("%d: got %v; want that it is locked by %s", i, err, winner)
		}
	}
	if holder, err := e.Holder(t.Context(), scope); err != nil || holder.ID != winner {
		t.Errorf("held by %+v, %v; want %s", holder, err, winner)
	}
	if err := e.Unlock(t.Context(), scope, "nobody"); err == nil {
		t.Error("another's lock was given back")
	}
	for range 2 {
		if err := e.Unlock(t.Context(), scope, winner); err != nil {
			t.Fatal(err)
		}
	}
	if holder, err := e.Holder(t.Context(), scope); err != nil || holder != (apply.Lock{}) {
		t.Errorf("given back, and held by %+v, %v", holder, err)
	}
	if err := e.Lock(t.Context(), scope, apply.Lock{ID: "next"}); err != nil {
		t.Fatal(err)
	}
}
