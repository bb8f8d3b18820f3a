package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What is planned from a topology as if it were live is what is planned once it is.
func TestAsLive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.want(t, randomTopology(t, "first"))
		supposed, err := plan.AsLive(w.desired, key)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if again := w.planFrom(t, supposed); again.String() != "no changes\n" {
			t.Fatalf("what is live is not what it was made from:\n%s", again)
		}
		w.apply(t, options{}, w.order...)
		w.want(t, randomTopology(t, "second"))
		spelled := strings.NewReplacer("0.25g", "256m") // as an engine does
		if diff := cmp.Diff(spelled.Replace(w.planFrom(t, w.live(t)).String()), spelled.Replace(w.planFrom(t, supposed).String())); diff != "" {
			t.Errorf("-from what is live +as if it were:\n%s", diff)
		}
	})
}

// planFrom plans everything at once, from what is given as live.
func (w *world) planFrom(t failing, live topology.Live) plan.Plan {
	t.Helper()
	in := w.input(t, options{})
	in.Live = live
	var err error
	if in.About, err = plan.Order(w.desired, live, nil); err != nil {
		t.Fatalf("%v", err)
	}
	p, err := plan.Make(in)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

// Between is empty of equals, and names every address of which a plan has a
// difference to tell.
func TestBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.want(t, randomTopology(t, "first"))
		first := w.desired
		if changes := plan.Between(first, first, nil); len(changes) > 0 {
			t.Fatalf("a topology differs from itself: %v", changes)
		}
		live, err := plan.AsLive(first, key)
		if err != nil {
			t.Fatalf("%v", err)
		}
		w.want(t, randomTopology(t, "second"))
		changes := plan.Between(first, w.desired, nil)
		for _, c := range w.planFrom(t, live).Changes {
			found := slices.ContainsFunc(changes, func(other plan.Change) bool { return other.Address == c.Address && other.Action == c.Action })
			if told := len(c.Fields) > 0 || c.Action == plan.ActionCreate || c.Action == plan.ActionDelete; told && !found {
				t.Errorf("%s is planned to change, and does not differ", c)
			}
		}
	})
}

func TestBetweenRenamed(t *testing.T) {
	db, store := topology.Address{Kind: topology.KindService, Name: "db"}, topology.Address{Kind: topology.KindService, Name: "store"}
	before := topology.Topology{Workloads: map[topology.Address]topology.Workload{db: {Name: "db", Memory: "64m"}}}
	after := topology.Topology{Workloads: map[topology.Address]topology.Workload{store: {Name: "store", Memory: "64m", Strategy: "recreate"}}}
	want := []plan.Change{{Address: store, Action: plan.ActionUpdate, Fields: []plan.FieldDiff{
		{Field: "name", Old: "db", New: "store", Effect: plan.EffectReplace},
		{Field: "strategy", New: topology.StrategyRecreate},
	}}}
	if diff := cmp.Diff(want, plan.Between(before, after, map[topology.Address]topology.Address{store: db})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := plan.Between(before, after, nil); len(got) != 2 || got[0].Action != plan.ActionDelete || got[1].Action != plan.ActionCreate {
		t.Errorf("without the renaming: got %v", got)
	}
}

// Whoever has only the text of an impact finds every hazard in it.
func TestReadImpact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.want(t, randomTopology(t, "first"))
		live, err := plan.AsLive(w.desired, key)
		if err != nil {
			t.Fatalf("%v", err)
		}
		w.want(t, randomTopology(t, "second"))
		for _, c := range w.planFrom(t, live).Changes {
			if rapid.Bool().Draw(t, c.Address.String()) {
				c.Impact.Unlocked, c.Impact.DeletesData = "web:1@sha256:ab", []string{"shop-default-a", "shop-default-b"}
			}
			read := c
			read.Impact = plan.ReadImpact(c.Impact.String())
			if diff := cmp.Diff(c.Hazards(false), read.Hazards(false)); diff != "" || c.Impact.Seconds != read.Impact.Seconds || c.Impact.Down != read.Impact.Down {
				t.Errorf("%q is read as %+v: %s", c.Impact, read.Impact, diff)
			}
		}
	})
}
