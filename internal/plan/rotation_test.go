package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	firstPassword  = "service db type=postgresql:15\napp web image=web:1 relationships.db=service.db"
	secondPassword = "service db type=postgresql:15 credentials_version=2\napp web image=web:1 relationships.db=service.db"
)

// Whoever starts with the new password starts once the data knows it, and what a
// step says does not tell it.
func TestConsumersStartAfterTheRotation(t *testing.T) {
	s := &story{world: newWorld()}
	s.told(t, firstPassword)
	s.apply(t, options{}, s.order...)
	s.told(t, secondPassword)
	p, err := plan.Make(s.input(t, options{}, s.order...))
	if err != nil {
		t.Fatal(err)
	}
	changed, started := -1, -1
	for i, step := range p.Steps {
		if change, is := step.Op.(plan.ChangePassword); is {
			changed = i
			if back := step.Undo.(plan.ChangePassword); back.Password == change.Password || !strings.Contains(back.Input, back.Password) {
				t.Errorf("it is taken back with %+v", back)
			}
			if strings.Contains(step.Op.String(), change.Password) {
				t.Errorf("it says %s", step.Op)
			}
		}
		if _, is := step.Op.(plan.StartInstance); is && step.Address.Kind == topology.KindApp {
			started = i
		}
	}
	if changed < 0 || started < 0 || !slices.Contains(p.Steps[started].Needs, changed) {
		t.Errorf("the password is changed by step %d, and the consumer started by %d of\n%s", changed+1, started+1, p)
	}
}

// A rotation that was killed goes on as long as an instance with the earlier
// password is there to tell of it.
func TestKilledRotationGoesOn(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	s := &story{world: newWorld()}
	s.told(t, firstPassword)
	s.apply(t, options{}, s.order...)
	s.told(t, secondPassword)
	whole, err := plan.Make(s.input(t, options{}, db))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(whole.Steps, func(step plan.Step) bool { _, is := step.Op.(plan.ChangePassword); return is })
	for _, step := range whole.Steps[:at] {
		if err := s.engine.Perform(t.Context(), scope, step.Op, nil); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := plan.Make(s.input(t, options{}, db))
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.IndexFunc(rest.Steps, func(step plan.Step) bool { return step.Op.String() == whole.Steps[at].Op.String() })
	removed := slices.IndexFunc(rest.Steps, func(step plan.Step) bool { _, is := step.Op.(plan.RemoveInstance); return is })
	if changed < 0 || removed < 0 || !slices.Contains(rest.Steps[removed].Needs, changed) {
		t.Errorf("the rest does not change the password before the old instance goes:\n%s", rest)
	}
}
