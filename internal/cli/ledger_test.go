package cli

import (
	"context"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// passing is a runtime whose lock passes from hand to hand while records are read.
type passing struct {
	*runtimetest.Memory
	apply.Locker
	holder, next string
}

func (p *passing) Holder(context.Context, topology.Scope) (apply.Lock, error) {
	return apply.Lock{ID: p.holder}, nil
}

func (p *passing) Records(ctx context.Context, s topology.Scope) ([]apply.Record, error) {
	p.holder = p.next
	return p.Memory.Records(ctx, s)
}

func TestWhatEndsOrBeginsWhileTheLedgerIsReadRuns(t *testing.T) {
	scope := topology.Scope{Project: "shop", Environment: "default"}
	for name, tt := range map[string]struct {
		holder, next string
		want         revision.Status
	}{
		"ends":         {"mine", "", revision.StatusRunning},
		"begins":       {"", "mine", revision.StatusRunning},
		"was killed":   {"", "", revision.StatusInterrupted},
		"is of others": {"another's", "another's", revision.StatusInterrupted},
	} {
		rt := &passing{Memory: runtimetest.NewMemory(), holder: tt.holder, next: tt.next}
		if err := rt.Begin(t.Context(), scope, 1, []byte(`{"format_version": "1.0", "number": 1, "id": "mine"}`)); err != nil {
			t.Fatal(err)
		}
		l, err := readLedger(t.Context(), provider.Session{Runtime: rt, Scope: scope})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.revisions[0].Status; got != tt.want {
			t.Errorf("what %s is %s; want %s", name, got, tt.want)
		}
	}
}

// A revision that has what was renamed under both names keeps none from being reverted.
func TestContradictingNamesTellNothing(t *testing.T) {
	at := func(name string) topology.Address { return topology.Address{Kind: topology.KindApp, Name: name} }
	scope, key := topology.Scope{Project: "shop", Environment: "default"}, topology.Key("a key that only tests have")
	sealed := func(number int, workloads map[topology.Address]topology.Workload) revision.Revision {
		content := revision.NewContent(scope)
		content.Topology.Workloads = workloads
		r := revision.Revision{Begun: revision.Begun{Number: number}}
		if err := r.Seal(key, content); err != nil {
			t.Fatal(err)
		}
		return r
	}
	l := &ledger{Session: provider.Session{Scope: scope}, revisions: []revision.Revision{
		sealed(1, map[topology.Address]topology.Workload{at("a"): {}, at("b"): {RenamedFrom: "a"}}),
		sealed(2, map[topology.Address]topology.Workload{at("c"): {RenamedFrom: "b"}}),
	}}
	then := topology.Topology{Workloads: map[topology.Address]topology.Workload{at("b"): {}}}
	live := topology.Live{Instances: []topology.Instance{{Address: at("c")}}}
	if got := l.otherNames(key, then).live(then, live)[at("b")]; got != at("c") {
		t.Errorf("app.b is live as %s; want app.c", got)
	}
}
