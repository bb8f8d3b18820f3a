package apply_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestLimitOf(t *testing.T) {
	set := &topology.Timeouts{Create: "90s", Update: "2m"}
	network := topology.Address{Kind: topology.KindRelationship, Name: "db"}
	for _, row := range []struct {
		a      topology.Address
		action plan.Action
		set    *topology.Timeouts
		want   string
		within time.Duration
	}{
		{web, plan.ActionCreate, set, `timeouts.create = "90s" is over`, 90 * time.Second},
		{web, plan.ActionUpdate, set, `timeouts.update = "2m" is over`, 2 * time.Minute},
		{web, plan.ActionNone, set, `timeouts.update = "2m" is over`, 2 * time.Minute},
		{web, plan.ActionDelete, set, `timeouts.delete, by default 5m0s, is over`, 5 * time.Minute},
		{web, plan.ActionCreate, nil, `timeouts.create, by default 5m0s, is over`, 5 * time.Minute},
		{network, plan.ActionCreate, nil, `the time for a change, 5m0s, is over`, 5 * time.Minute},
	} {
		got := apply.LimitOf(row.a, row.action, row.set)
		if said := (&apply.LimitError{Limit: got}).Error(); said != row.want || got.Within != row.within {
			t.Errorf("%s %c: %s, %s; want %s, %s", row.a, row.action, said, got.Within, row.want, row.within)
		}
	}
}

func TestAnAddressOverItsLimitIsTakenBackAndOthersGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{lasts: map[string]time.Duration{start("b"): time.Hour, start("db"): time.Minute}}
		limit := apply.Limit{Setting: "its time", Value: "10s", Within: 10 * time.Second}
		var heard recorder
		begin := time.Now()
		result, err := apply.Run(t.Context(), rt, scope, []plan.Step{up(web, "a"), up(web, "b", 0), up(web, "c", 1), up(db, "db")},
			apply.Options{Sink: heard.sink, Limits: map[topology.Address]apply.Limit{web: limit}})
		var over *apply.LimitError
		if want := `app.web: start instance "b": its time = "10s" is over`; err == nil || err.Error() != want || !errors.As(err, &over) {
			t.Errorf("error %v, want %s", err, want)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v is no deadline's", err)
		}
		if diff := cmp.Diff([]string{start("a"), start("db"), start("b"), stop("b"), stop("a")}, heard.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if want := (apply.Result{web: apply.OutcomeFailed, db: apply.OutcomeDone}); !cmp.Equal(result, want) {
			t.Errorf("result %v, want %v", result, want)
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("took %s, want a minute", took)
		}
	})
}

// What an address waits for others does not count, and calls that are made at
// once count once.
func TestALimitMeasuresOnlyOnesOwnCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{lasts: map[string]time.Duration{start("db"): time.Minute, start("b"): 2 * time.Second, start("c"): 2 * time.Second}}
		steps := []plan.Step{up(web, "a"), up(db, "db"), up(web, "b", 0, 1), up(web, "c", 0, 1)}
		for within, ok := range map[time.Duration]bool{3100 * time.Millisecond: true, 2900 * time.Millisecond: false} {
			limits := map[topology.Address]apply.Limit{web: {Within: within}}
			if _, err := apply.Run(t.Context(), rt, scope, steps, apply.Options{Limits: limits}); (err == nil) != ok {
				t.Errorf("within %s: %v", within, err)
			}
		}
	})
}
