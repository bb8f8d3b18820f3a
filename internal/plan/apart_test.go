package plan_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What fails takes back what needs it, and nothing else: neither one that only
// needs the same, nor is one done that leads to what was taken back.
func TestWhatAFailureTakesBack(t *testing.T) {
	for what, tt := range map[string]struct {
		from, to string
		fails    string
		want     map[string]apply.Outcome
	}{
		"a target in common": {
			"service db type=redis:7\napp a image=web:1 relationships.db=service.db\napp b image=web:1 relationships.db=service.db",
			"service db type=redis:7\napp a image=web:2 relationships.db=service.db\napp b image=web:2 relationships.db=service.db",
			"app.a",
			map[string]apply.Outcome{"app.a": apply.OutcomeFailed, "app.b": apply.OutcomeDone},
		},
		"a target whose last hook fails": {
			"app api image=web:1 port=80\napp front image=web:1 relationships.api=app.api",
			"app api image=web:1 port=81 user=7 hooks.post_deploy=false\napp front image=web:1 relationships.api=app.api",
			"",
			map[string]apply.Outcome{"app.api": apply.OutcomeFailed, "app.front": apply.OutcomeAbandoned},
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld()
			w.want(t, declare(t, tt.from))
			w.apply(t, options{}, w.order...)
			old := w.live(t)
			w.want(t, declare(t, tt.to))
			order, err := plan.Order(w.desired, old, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := w.plan(t, options{}, order...)
			if err != nil {
				t.Fatal(err)
			}
			if tt.fails != "" {
				a, _ := topology.ParseAddress(tt.fails)
				w.engine.Behave(a, runtimetest.Exits)
			}
			result, err := apply.Run(t.Context(), w.engine, scope, p.Steps, apply.Options{})
			if err == nil {
				t.Fatal("nothing fails")
			}
			for address, want := range tt.want {
				a, _ := topology.ParseAddress(address)
				if result[a] != want {
					t.Errorf("%s is %s, want %s:\n%s", a, result[a], want, p)
				}
				w.serves(t, a, old, p)
			}
		})
	}
}
