package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// From nothing to a random topology, to another, and to nothing again: each
// plan is sound, and after it there is nothing left to do.
func TestApplyThenPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		for _, d := range []declared{randomTopology(t, "first"), randomTopology(t, "second"), newDeclared()} {
			before := w.order
			w.want(t, d)
			o := options{create: rapid.Bool().Draw(t, "create"), deleteData: rapid.Bool().Draw(t, "delete data")}
			for _, a := range slices.Concat(w.order, w.gone(before)) {
				w.soundly(t, o, a)
			}
			w.settled(t)
		}
		if live := w.live(t); len(live.Instances)+len(live.Networks)+len(live.Vaults)+len(live.Keepers) > 0 {
			t.Errorf("left over: %v %v %v %v", live.Instances, live.Networks, live.Vaults, live.Keepers)
		}
	})
}

// soundly plans addresses at once, checks what holds for every plan, and runs it.
func (w *world) soundly(t *rapid.T, o options, about ...topology.Address) {
	t.Helper()
	in := w.input(t, o, about...)
	p, err := plan.Make(in)
	if err != nil {
		t.Fatalf("%v", err)
	}
	text := p.String()
	if diff := cmp.Diff(w.live(t), in.Live); diff != "" {
		t.Fatalf("planning changed its input:\n%s", diff)
	}
	for range 3 {
		if again, _ := plan.Make(in); again.String() != text {
			t.Fatalf("the same input gives another plan:\n%s\nand\n%s", text, again)
		}
	}
	if who := w.telltale(text); who != "" {
		t.Fatalf("the plan shows a password: %s\n%s", who, text)
	}
	if broken := unsound(p); broken != "" {
		t.Fatalf("%s:\n%s", broken, text)
	}
	if err := w.run(p); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// unsound says which rule of every plan is broken, or "".
func unsound(p plan.Plan) string {
	after := closure(p.Steps)
	var deletes []string
	hooks := map[string]bool{}
	actions := map[topology.Address]plan.Action{}
	for _, c := range p.Changes {
		deletes = append(deletes, slices.Concat(c.Impact.DeletesData, c.Impact.LeavesData)...)
		actions[c.Address] = c.Action
	}
	for _, s := range p.Steps {
		if op, ok := s.Op.(plan.CreateInstance); ok {
			hooks[op.Name] = op.Container.Hook != ""
		}
	}
	for i, s := range p.Steps {
		switch op := s.Op.(type) {
		case plan.RemoveVolume:
			if !slices.Contains(deletes, op.Name) {
				return fmt.Sprintf("step %d deletes data that no impact speaks of", i+1)
			}
		case plan.CreateInstance:
			if s.Undo != plan.Op(plan.RemoveInstance{Name: op.Name}) {
				return fmt.Sprintf("step %d is not taken back", i+1)
			}
		}
		for k, other := range p.Steps {
			removed, removes := s.Op.(plan.RemoveInstance)
			if hooks[removed.Name] || strings.Contains(removed.Name, ".secrets.") {
				continue
			}
			_, fetches := other.Op.(plan.EnsureImage) // each address sees to its own, as to the egress network
			network, _ := other.Op.(plan.CreateNetwork)
			sees := fetches || network.Network.Kind == topology.NetworkEgress
			concerns := s.Address == other.Address || !removes && !sees
			if k != i && concerns && mustFollow(s.Op, other.Op, actions[s.Address]) && !after[i][k] {
				return fmt.Sprintf("step %d does not wait for step %d", i+1, k+1)
			}
		}
	}
	return ""
}

// closure tells for each step which others have succeeded when it starts.
func closure(steps []plan.Step) []map[int]bool {
	after := make([]map[int]bool, len(steps))
	for i, s := range steps {
		after[i] = map[int]bool{}
		for _, n := range s.Needs {
			after[i][n] = true
			for k := range after[n] {
				after[i][k] = true
			}
		}
	}
	return after
}

// mustFollow reports whether a step with the op may only start when another is
// done, by what both do.
func mustFollow(op, other plan.Op, action plan.Action) bool {
	switch op := op.(type) {
	case plan.CreateInstance:
		network, isNetwork := other.(plan.CreateNetwork)
		image, isImage := other.(plan.EnsureImage)
		volume, isVolume := other.(plan.CreateVolume)
		return isNetwork && slices.ContainsFunc(op.Container.Networks, func(at plan.Attachment) bool { return at.Network == network.Network.Name }) ||
			isImage && image.Image == op.Container.Image ||
			isVolume && slices.ContainsFunc(op.Container.Mounts, func(m plan.ContainerMount) bool { return m.Volume == volume.Volume.Name })
	case plan.StartInstance:
		created, ok := other.(plan.CreateInstance)
		return ok && created.Name == op.Name
	case plan.AwaitInstance:
		started, ok := other.(plan.StartInstance)
		return ok && started.Name == op.Name
	case plan.Connect:
		network, isNetwork := other.(plan.CreateNetwork)
		created, isCreated := other.(plan.CreateInstance)
		return isNetwork && network.Network.Name == op.Network || isCreated && created.Name == op.Instance
	case plan.RemoveInstance:
		// What is removed goes only when all that is new is proven.
		_, awaited := other.(plan.AwaitInstance)
		return awaited && action != plan.ActionDelete
	case plan.RemoveNetwork:
		disconnected, ok := other.(plan.Disconnect)
		return ok && disconnected.Network == op.Name && !op.IfUnused
	}
	return false
}

// What was made from a workload is that workload, whatever it is: read back,
// nothing differs.
func TestDiffOfEqualsIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.want(t, randomTopology(t, "it"))
		w.apply(t, options{}, w.order...)
		for _, a := range w.order {
			if !a.IsWorkload() {
				continue
			}
			want := plan.Printed(w.desired, key).Workloads[a]
			present, status, ok := plan.Present(w.live(t), a, &want)
			if !ok || status != plan.Status(want) {
				t.Fatalf("%s is %q, there: %v", a, status, ok)
			}
			imported, _, _ := plan.Present(w.live(t), a, nil)
			for _, f := range plan.WorkloadFields {
				if !plan.Equal(f.Get(present), f.Get(want)) {
					t.Errorf("%s: %s is %v; want %v", a, f.Name, f.Get(present), f.Get(want))
				}
				if f.Effect != plan.EffectNone && !plan.Equal(f.Get(imported), f.Get(want)) {
					t.Errorf("%s: imported, %s is %v; want %v", a, f.Name, f.Get(imported), f.Get(want))
				}
			}
		}
	})
}

// From nothing to a random topology, to another, and to nothing again, each in
// one plan: it runs as it is, and after it there is nothing left to do.
func TestWholeTopologyInOnePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		for _, d := range []declared{randomTopology(t, "first"), randomTopology(t, "second"), newDeclared()} {
			w.want(t, d)
			order, err := plan.Order(w.desired, w.live(t), nil)
			if err != nil {
				t.Fatalf("%v", err)
			}
			w.soundly(t, options{}, order...)
			w.settled(t)
			if p, err := w.plan(t, options{}, order...); err != nil || len(p.Steps) > 0 {
				t.Fatalf("the next plan of the whole is not empty: %v\n%s", err, p)
			}
		}
		if live := w.live(t); len(live.Instances)+len(live.Networks)+len(live.Markers) > 0 {
			t.Errorf("left over: %v %v %v", live.Instances, live.Networks, live.Markers)
		}
	})
}

// Each address is planned as if alone, whatever is planned beside it.
func TestOnePlanIsThatOfItsAddresses(t *testing.T) {
	w := newWorld()
	w.want(t, declare(t, "service db type=redis:7\nrelationship cache target=service.db\n"+
		"app web image=web:1 relationships.db=service.db relationships.cache=relationship.cache\napp other image=web:1"))
	p, err := w.plan(t, options{}, w.order...)
	if err != nil {
		t.Fatal(err)
	}
	starts := map[topology.Address]int{}
	after := closure(p.Steps)
	waits := map[topology.Address]map[topology.Address]bool{}
	for i, s := range p.Steps {
		if _, ok := s.Op.(plan.StartInstance); ok {
			starts[s.Address] = i
			waits[s.Address] = map[topology.Address]bool{}
			for k := range after[i] {
				waits[s.Address][p.Steps[k].Address] = true
			}
		}
	}
	for a, others := range map[string][]string{"app.web": {"relationship.cache", "service.db"}, "app.other": {}} {
		address, _ := topology.ParseAddress(a)
		for other := range waits[address] {
			if other != address && !slices.Contains(others, other.String()) {
				t.Errorf("the start of %s waits for %s:\n%s", a, other, p)
			}
		}
		for _, other := range others {
			needed, _ := topology.ParseAddress(other)
			if !waits[address][needed] {
				t.Errorf("the start of %s does not wait for %s:\n%s", a, other, p)
			}
		}
	}
}

// What is taken down loses nothing that it needs before it is gone.
func TestTeardownIsTheReverseOrder(t *testing.T) {
	w := newWorld()
	w.want(t, declare(t, "volume data\nservice db type=redis:7 mounts./data=volume:data\nservice queue type=redis:7\nrelationship db target=service.db\n"+
		"app web image=web:1 relationships.db=relationship.db relationships.queue=service.queue\napp front image=front:1 relationships.web=app.web"))
	w.apply(t, options{}, w.order...)
	w.want(t, newDeclared())
	order, err := plan.Everything(w.desired, w.live(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.plan(t, options{}, order...)
	if err != nil {
		t.Fatal(err)
	}
	removed := map[string]int{}
	for i, s := range p.Steps {
		if op, ok := s.Op.(plan.RemoveInstance); ok {
			removed[op.Name] = i
		}
	}
	after := closure(p.Steps)
	for target, consumer := range map[string]string{
		"shop-default-db-1-1": "shop-default-web-1-1", "shop-default-queue-1-1": "shop-default-web-1-1", "shop-default-web-1-1": "shop-default-front-1-1",
	} {
		for i, s := range p.Steps {
			stop, stops := s.Op.(plan.StopInstance)
			cut, cuts := s.Op.(plan.Disconnect)
			if (stops && stop.Name == target || cuts && cut.Instance == target) && !after[i][removed[consumer]] {
				t.Errorf("step %d does not wait until %s is gone:\n%s", i+1, consumer, p)
			}
		}
	}
}

// What one gives up another takes in the same plan, or the plan says that it cannot be.
func TestHandingOver(t *testing.T) {
	for _, tt := range []struct{ what, from, to, taker, fails string }{
		{"a port to who is new", "app web image=web:1 ports=8080:80", "app site image=web:1 ports=8080:80", "app.site", ""},
		{"a port between two", "app web image=web:1 ports=8080:80\napp api image=web:1", "app web image=web:1\napp api image=web:1 ports=8080:80", "app.api", ""},
		{
			"a port to what it needs", "app web image=web:1 ports=8080:80 relationships.api=app.api\napp api image=web:1",
			"app web image=web:1 relationships.api=app.api\napp api image=web:1 ports=8080:80", "app.api", "cannot give it up",
		},
		{"two ports swapped", "app web image=web:1 ports=1:80\napp api image=web:1 ports=2:80", "app web image=web:1 ports=2:80\napp api image=web:1 ports=1:80", "app.api", "cannot give it up"},
		{"a name", "app web image=web:1", "service web type=redis:7", "service.web", ""},
		{"a volume to who is new", "volume d\napp one image=web:1 mounts./d=volume:d", "volume d\napp two image=web:1 mounts./d=volume:d", "app.two", ""},
		{
			"a volume between two", "volume d\napp a image=web:1 mounts./d=volume:d\napp b image=web:1",
			"volume d\napp a image=web:1\napp b image=web:1 mounts./d=volume:d", "app.b", "",
		},
		{
			"a database under another name", "service db type=postgresql:15",
			"service main type=postgresql:15 data_volume=shop-default-db.data", "service.main", "",
		},
	} {
		t.Run(tt.what, func(t *testing.T) {
			w := newWorld()
			w.want(t, declare(t, tt.from))
			w.apply(t, options{}, w.order...)
			w.want(t, declare(t, tt.to))
			order, err := plan.Order(w.desired, w.live(t), nil)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("error is %v", err)
				}
				return
			}
			p, planErr := w.plan(t, options{}, order...)
			if err := errors.Join(err, planErr); err != nil {
				t.Fatal(err)
			}
			after := closure(p.Steps)
			for i, s := range p.Steps {
				for k, other := range p.Steps {
					_, starts := s.Op.(plan.StartInstance)
					_, stops := other.Op.(plan.StopInstance)
					if starts && stops && s.Address.String() == tt.taker && s.Address != other.Address && !after[i][k] {
						t.Errorf("step %d does not wait for step %d:\n%s", i+1, k+1, p)
					}
				}
			}
			if err := w.run(p); err != nil {
				t.Fatalf("%v\n%s", err, p)
			}
			w.settled(t)
		})
	}
}

func TestFingerprintIsOfTheAddressAlone(t *testing.T) {
	w := newWorld()
	w.want(t, declare(t, "service db type=redis:7\nrelationship cache target=service.db\nvolume data\n"+
		"app web image=web:1 relationships.db=service.db mounts./data=volume:data\napp other image=web:1"))
	w.apply(t, options{}, w.order...)
	before := map[topology.Address]string{}
	for _, a := range w.order {
		live := w.live(t)
		before[a] = plan.Fingerprint(live, a)
		if own := plan.Fingerprint(plan.Own(live, a), a); own != before[a] {
			t.Errorf("%s: its own part of live has another fingerprint", a)
		}
	}
	w.engine.UpdateMemory("shop-default-web-1-1", "64m")
	w.engine.Stop("shop-default-other-1-1")
	for _, a := range w.order {
		moved := plan.Fingerprint(w.live(t), a) != before[a]
		if want := a.String() == "app.web"; moved != want {
			t.Errorf("%s: moved %v; want %v", a, moved, want)
		}
	}
}

// Errors of several addresses are all told.
func TestMakeJoinsErrors(t *testing.T) {
	w := newWorld()
	w.want(t, declare(t, "app x image=web:1\napp y image=web:1"))
	w.apply(t, options{}, w.order...)
	w.want(t, declare(t, "service x type=nginx:1\nservice y type=nginx:1"))
	_, err := w.plan(t, options{}, w.order...)
	if err == nil || !strings.Contains(err.Error(), "service.x") || !strings.Contains(err.Error(), "service.y") {
		t.Errorf("got %v; want an error of each", err)
	}
}
