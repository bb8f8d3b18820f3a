package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// changes are what a step can fail in the middle of, from one topology to another.
var changes = []struct{ what, from, to string }{
	{
		"rolling, three replicas with consumers",
		"app web image=web:1 replicas=3\napp front image=front:1 relationships.web=app.web\nrelationship web target=app.web",
		"app web image=web:2 replicas=3\napp front image=front:1 relationships.web=app.web\nrelationship web target=app.web",
	},
	{"rolling to fewer", "app web image=web:1 replicas=3", "app web image=web:2 replicas=2"},
	{
		"one writer", "service db type=postgresql:15\napp web image=web:1 relationships.db=service.db",
		"service db type=postgresql:15.4\napp web image=web:1 relationships.db=service.db",
	},
	{
		"one writer, its consumers paused", "service db type=postgresql:15 freeze_timeout=30s\napp web image=web:1 replicas=2 relationships.db=service.db",
		"service db type=postgresql:15.4 freeze_timeout=30s\napp web image=web:1 replicas=2 relationships.db=service.db",
	},
	{
		"hooks", "app web image=web:1 replicas=2 hooks.deploy=true hooks.post_deploy=true",
		"app web image=web:2 replicas=2 hooks.deploy=true hooks.post_deploy=true",
	},
	{"recreated", "app web image=web:1 replicas=2 strategy=recreate", "app web image=web:2 replicas=2 strategy=recreate"},
	{"a published port", "app web image=web:1 ports=8080:80", "app web image=web:2 ports=8080:80"},
	{
		"another target", "service a type=redis:7\nservice b type=redis:7\napp web image=web:1 relationships.cache=service.a",
		"service a type=redis:7\nservice b type=redis:7\napp web image=web:1 relationships.cache=service.b",
	},
	{
		"led elsewhere", "service a type=redis:7\nservice b type=redis:7\nrelationship r target=service.a\napp web image=web:1 relationships.cache=relationship.r",
		"service a type=redis:7\nservice b type=redis:7\nrelationship r target=service.b\napp web image=web:1 relationships.cache=relationship.r",
	},
	{"more replicas and less memory", "app web image=web:1 memory=256m", "app web image=web:1 memory=128m replicas=3"},
	{"another secret", "app web image=web:1 secrets.a=hushed1 replicas=2", "app web image=web:1 secrets.a=hushed2 replicas=2"},
	{"from nothing with secrets", "", "app web image=web:1 secrets.a=hushed1 secrets_version=1"},
	{"to nothing with secrets", "app web image=web:1 secrets.a=hushed1", ""},
	{"no secrets any more", "app web image=web:1 secrets.a=hushed1 hooks.deploy=true", "app web image=web:1 hooks.deploy=true"},
	{"from nothing", "", "volume data\nservice db type=redis:7\nrelationship r target=service.db\napp web image=web:1 relationships.db=service.db relationships.r=relationship.r mounts./data=volume:data egress"},
	{"to nothing", "volume data\nservice db type=redis:7\nrelationship r target=service.db\napp web image=web:1 relationships.db=service.db relationships.r=relationship.r mounts./data=volume:data egress", ""},
}

// Whichever step fails, before or after the engine did it: what served goes on
// serving, or what is new is proven, and the next apply finishes the work.
func TestAnyStepMayFail(t *testing.T) {
	for _, change := range changes {
		for _, create := range []bool{false, true} {
			for _, did := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, create %v, did %v", change.what, create, did), func(t *testing.T) {
					for step := 0; failAt(t, change.from, change.to, options{create: create}, step, did); step++ {
						if t.Failed() {
							t.Fatalf("step %d", step)
						}
					}
				})
			}
		}
	}
}

// failAt fails the step of that number of the whole change once, and reports
// whether there was one.
func failAt(t *testing.T, from, to string, o options, step int, did bool) bool {
	t.Helper()
	w := newWorld()
	w.want(t, declare(t, from))
	w.apply(t, options{}, w.order...)
	before, old := w.order, w.live(t)
	w.want(t, declare(t, to))
	hit := w.failStep(step, did)
	for _, a := range append(w.order, w.gone(before)...) {
		p, err := w.plan(t, o, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.runOneByOne(p); err != nil {
			if !errors.Is(err, errEngine) {
				t.Fatalf("%v\n%s", err, p)
			}
			w.serves(t, a, old, p)
			w.nobodyPaused(t, p)
			break // as Terraform does with all that depends on it
		}
	}
	w.engine.Before(nil)
	w.engine.After(nil)
	w.apply(t, options{}, append(w.order, w.gone(before)...)...)
	w.settled(t)
	w.clean(t)
	return *hit
}

func declare(t *testing.T, text string) declared {
	t.Helper()
	d := newDeclared()
	for line := range strings.Lines(text) {
		if err := d.declare(line); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

var errEngine = errors.New("the engine broke down")

// failStep has the call of that number, from now, fail once.
func (w *world) failStep(step int, did bool) *bool {
	var mu sync.Mutex
	count, hit := 0, false
	hook := func(context.Context, plan.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if count++; count == step+1 {
			hit = true
			return errEngine
		}
		return nil
	}
	if did {
		w.engine.After(hook)
	} else {
		w.engine.Before(hook)
	}
	return &hit
}

// runOneByOne makes the order of the calls that of the steps.
func (w *world) runOneByOne(p plan.Plan) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := apply.Run(ctx, w.engine, scope, p.Steps, apply.Options{Parallelism: 1})
	return err
}

// serves fails the test where an address that served before the change does so
// neither as it did nor as it should from now on.
func (w *world) serves(t *testing.T, a topology.Address, before topology.Live, p plan.Plan) {
	t.Helper()
	want, wanted := w.desired.Workloads[a]
	if !wanted || len(before.Of(a)) == 0 {
		return
	}
	hash := plan.Lower(scope, a, want, key).Hash
	live, oldOnes, newOnes := w.live(t), 0, int64(0)
	for _, i := range live.Of(a) {
		if i.Status != topology.StatusRunning || !reachable(before, live, i) {
			continue
		}
		if i.SpecHash == hash {
			newOnes++
		}
		if ranBefore(before, i) {
			oldOnes++
		}
	}
	if oldOnes < len(before.Of(a)) && newOnes < want.Replicas {
		t.Errorf("%s: %d of %d old ones and %d of %d new ones serve after a failure of\n%s",
			a, oldOnes, len(before.Of(a)), newOnes, want.Replicas, p)
	}
}

// nobodyPaused fails the test where an instance waits for nothing.
func (w *world) nobodyPaused(t *testing.T, p plan.Plan) {
	t.Helper()
	for _, i := range w.live(t).Instances {
		if i.Status == topology.StatusPaused {
			t.Errorf("%s stays paused after a failure of\n%s", i.Name, p)
		}
	}
}

// Killed at any step, before or after the engine did it: who could go on
// serving does, and the next apply finishes the work and leaves nothing over.
func TestKilledAtAnyStep(t *testing.T) {
	for _, change := range changes {
		for _, did := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, did %v", change.what, did), func(t *testing.T) {
				for _, then := range []string{change.to, change.from} { // on, or back again
					for step := 0; killAt(t, change.from, change.to, then, step, did); step++ {
						if t.Failed() {
							t.Fatalf("step %d, then %s", step, then)
						}
					}
				}
			})
		}
	}
}

// killAt makes one plan of the whole change and ends with the step of that
// number: nothing is taken back. What is wanted then is made live by another
// plan. It reports whether there was such a step.
func killAt(t *testing.T, from, to, then string, step int, did bool) bool {
	t.Helper()
	w := newWorld()
	w.want(t, declare(t, from))
	w.apply(t, options{}, w.order...)
	old := w.live(t)
	w.want(t, declare(t, to))
	about, err := plan.Order(w.desired, old, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.plan(t, options{}, about...)
	if err != nil {
		t.Fatal(err)
	}
	hit := w.killStep(step, did)
	if err := w.runOneByOne(p); err != nil && !errors.Is(err, errEngine) {
		t.Fatalf("%v\n%s", err, p)
	}
	w.engine.Before(nil)
	w.engine.After(nil)
	w.goOn(t, old, p)
	before := w.order
	w.want(t, declare(t, then))
	if about, err = plan.Order(w.desired, w.live(t), nil); err != nil {
		t.Fatal(err)
	}
	again, err := w.plan(t, options{}, about...)
	if err == nil {
		err = w.run(again)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, again)
	}
	w.apply(t, options{}, append(w.order, w.gone(before)...)...)
	w.settled(t)
	w.clean(t)
	w.nobodyPaused(t, again)
	return *hit
}

// killStep has every call from that number on fail, the first of them, when
// did, after it is done.
func (w *world) killStep(step int, did bool) *bool {
	var mu sync.Mutex
	count, dead, hit := 0, false, false
	before := func(context.Context, plan.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if count++; count == step+1 {
			hit = true
			dead = !did
		}
		if dead {
			return errEngine
		}
		return nil
	}
	after := func(context.Context, plan.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if hit {
			dead = true
			return errEngine
		}
		return nil
	}
	w.engine.Before(before)
	w.engine.After(after)
	return &hit
}

// goOn fails the test where nobody of an app serves that rolls.
func (w *world) goOn(t *testing.T, before topology.Live, p plan.Plan) {
	t.Helper()
	live := w.live(t)
	for _, c := range p.Changes {
		if c.Address.Kind != topology.KindApp || c.Impact.Down != "" || c.Impact.Replace == 0 {
			continue
		}
		serves := func(i topology.Instance) bool {
			return (i.Status == topology.StatusRunning || i.Status == topology.StatusPaused) && reachable(before, live, i)
		}
		if !slices.ContainsFunc(live.Of(c.Address), serves) {
			t.Errorf("nobody of %s serves in the midst of\n%s", c.Address, p)
		}
	}
}

func ranBefore(before topology.Live, i topology.Instance) bool {
	for _, old := range before.Of(i.Address) {
		if old.ID == i.ID {
			return true
		}
	}
	return false
}

// reachable reports whether an instance answers in all networks that lead to it.
func reachable(before, live topology.Live, i topology.Instance) bool {
	for _, n := range before.Networks {
		_, there := live.Network(n.Name)
		if there && n.Kind != topology.NetworkEgress && live.TargetOf(n) == i.Address && len(i.Networks[n.Name]) == 0 {
			return false
		}
	}
	return true
}

// clean fails the test where there is what nobody wants.
func (w *world) clean(t *testing.T) {
	t.Helper()
	live := w.live(t)
	for _, h := range live.Hooks {
		t.Errorf("left over: hook %s", h.Name)
	}
	for _, i := range live.Instances {
		if _, wanted := w.desired.Workloads[i.Address]; !wanted {
			t.Errorf("left over: instance %s", i.Name)
		}
	}
	vaults := map[topology.Address]int{}
	for _, v := range live.Vaults {
		vaults[v.Address]++
	}
	for _, k := range live.Keepers {
		vaults[k.Address]++
	}
	for a := range vaults {
		if len(w.desired.Workloads[a].Secrets) == 0 || vaults[a] != 2 {
			t.Errorf("left over: vaults and keepers of %s: %d", a, vaults[a])
		}
	}
	for _, n := range live.Networks {
		_, workload := w.desired.Workloads[n.Owner]
		_, relationship := w.desired.Relationships[n.Owner]
		if n.Kind != topology.NetworkEgress && !workload && !relationship || len(w.order) == 0 {
			t.Errorf("left over: network %s", n.Name)
		}
	}
}
