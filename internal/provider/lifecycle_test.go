package provider_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var scope = topology.Scope{Project: "p", Environment: "default"}

func newMemory() *runtimetest.Memory {
	memory := runtimetest.NewMemory()
	memory.SetImage("app:1", runtimetest.Image{Digest: "sha256:a1", User: "app", Version: "1.0"})
	memory.SetImage("app:2", runtimetest.Image{Digest: "sha256:a2", User: "app"})
	memory.SetImage("redis:7", runtimetest.Image{Digest: "sha256:c7", User: "app"})
	memory.SetImage("postgres:15", runtimetest.Image{Digest: "sha256:d5", User: "app"})
	return memory
}

// web is the configuration of an app, changed by more.
func web(more map[string]any) map[string]any {
	set := map[string]any{"name": "web", "image": "app:1", "memory": "64m"}
	for name, v := range more {
		set[name] = v
	}
	return set
}

func TestDriftIsPlannedAndRepaired(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_app"), web(nil))
	for _, tt := range []struct {
		name    string
		drift   func()
		differs []string
	}{
		{"memory", func() { memory.UpdateMemory("p-default-web-1-1", "32m") }, []string{"impact", "memory"}},
		{"stopped", func() { memory.Stop("p-default-web-1-1") }, []string{"impact", "status"}},
		{"moved tag", func() { memory.SetImage("app:1", runtimetest.Image{Digest: "sha256:a9", Version: "1.1"}) }, []string{"image_digest", "impact", "instances", "version"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m.t = t
			tt.drift()
			read, said := m.read(state)
			if len(said) > 0 {
				t.Fatal(said)
			}
			if got := m.differing(read, web(nil)); !slices.Equal(got, tt.differs) {
				t.Errorf("the plan changes %v; want %v", got, tt.differs)
			}
			state = m.mustApply(state, web(nil))
		})
	}
	m.t = t
	memory.Remove("p-default-web-2-1")
	if gone, said := m.read(state); len(said) > 0 || !gone.state.IsNull() {
		t.Errorf("an app without instances is there, or not for certain: %v", said)
	}
}

func TestUpdateRefusesWhatHasMoved(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_app"), web(nil))
	set := web(map[string]any{"user": "nobody"})
	planned, said := m.plan(state, set)
	if len(said) > 0 {
		t.Fatal(said)
	}
	memory.UpdateMemory("p-default-web-1-1", "32m")
	memory.ForgetCalls()
	after, said := m.apply(state, planned, set)
	if len(said) != 1 || !strings.Contains(said[0], "has moved since the plan was made") {
		t.Errorf("complaints: %q", said)
	}
	if calls := memory.Calls(); len(calls) > 0 {
		t.Errorf("something was changed: %v", calls)
	}
	if !after.state.Equal(state.state) {
		t.Error("the state is another")
	}
}

// With create_before_destroy both are alive: the one to be deleted must not
// take what the new one has taken over, nor a later refresh of it.
func TestCreateBeforeDestroy(t *testing.T) {
	for name, anew := range map[string]map[string]any{"as it was": nil, "otherwise": {"user": "nobody"}} {
		t.Run(name, func(t *testing.T) { createBeforeDestroy(t, anew) })
	}
}

func createBeforeDestroy(t *testing.T, anew map[string]any) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	deposed := m.mustApply(m.absent("bayplan_app"), web(nil))
	m = newMiniature(t, memory, key)
	current := m.mustApply(m.absent("bayplan_app"), web(anew))
	refreshed, said := m.read(deposed)
	if len(said) > 0 {
		t.Fatal(said)
	}
	for _, o := range []object{deposed, refreshed} {
		if said := m.destroy(o); len(said) > 0 {
			t.Fatal(said)
		}
	}
	if live := observe(t, memory); len(live.Instances) != 1 || live.Instances[0].Status != topology.StatusRunning {
		t.Errorf("after the deposed one is deleted, what is live is %+v", live.Instances)
	}
	if got := m.differing(current, web(anew)); len(got) > 0 {
		t.Errorf("then a plan changes %v", got)
	}
}

func TestErrorIsNotAbsence(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_app"), web(nil))
	memory.FailReads(errors.New("list containers: 500"))
	read, said := m.read(state)
	if len(said) != 1 || !strings.Contains(said[0], "Cannot read app.web: ") {
		t.Errorf("complaints: %q", said)
	}
	if read.state.IsNull() {
		t.Error("an error was read as absence")
	}
}

func TestAnotherKeyIsRefused(t *testing.T) {
	memory := newMemory()
	set := map[string]any{"name": "db", "type": "postgresql:15"}
	state := newMiniature(t, memory, key).mustApply(newMiniature(t, memory, key).absent("bayplan_service"), set)
	m := newMiniature(t, memory, "another")
	_, said := m.plan(state, set)
	if len(said) != 1 || !strings.Contains(said[0], topology.Key(key).ID()) || !strings.Contains(said[0], topology.Key("another").ID()) {
		t.Errorf("complaints: %q", said)
	}
}

func TestNoPasswordInState(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	db := m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "db", "type": "postgresql:15"})
	app := m.mustApply(m.absent("bayplan_app"), web(map[string]any{
		"relationships": map[string]tftypes.Value{"db": m.reference(db, m.nested("bayplan_app", "relationships"))},
	}))
	password := topology.Key(key).Password(scope, topology.Address{Kind: topology.KindService, Name: "db"}, "main")
	for _, o := range []object{db, app} {
		if strings.Contains(o.state.String()+string(o.private), password) {
			t.Errorf("%s: there is a password in the state", o.resource)
		}
	}
}

func TestDeletionProtection(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_app"), web(map[string]any{"deletion_protection": true}))
	said := m.destroy(state)
	if len(said) != 1 || !strings.HasPrefix(said[0], `AttributeName("deletion_protection"): Cannot delete app.web: `) {
		t.Errorf("complaints: %q", said)
	}
	// The deletion that is half of a replacement is not planned.
	_, said = m.apply(state, m.absent("bayplan_app"), nil)
	if len(said) != 1 || !strings.HasPrefix(said[0], `AttributeName("deletion_protection"): Cannot delete app.web: `) || len(observe(t, memory).Instances) != 1 {
		t.Errorf("complaints: %q", said)
	}
	state = m.mustApply(state, web(nil))
	if said := m.destroy(state); len(said) > 0 {
		t.Error(said)
	}
}

func TestVolumeIsRetainedAndTakenOver(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	set := map[string]any{"name": "data"}
	state := m.mustApply(m.absent("bayplan_volume"), set)
	if said := m.destroy(state); len(said) > 0 {
		t.Fatal(said)
	}
	m = newMiniature(t, memory, key)
	second := m.mustApply(m.absent("bayplan_volume"), map[string]any{"name": "data", "on_destroy": "delete"})
	if said := m.destroy(state); len(said) > 0 || len(observe(t, memory).Volumes) != 1 {
		t.Errorf("the older declaration takes the volume of the newer: %v", said)
	}
	if said := m.destroy(second); len(said) > 0 || len(observe(t, memory).Volumes) != 0 {
		t.Errorf("on_destroy = delete leaves the volume: %v", said)
	}
}

func TestRenameKeepsData(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "cache", "type": "redis:7"})
	state = m.mustApply(state, map[string]any{"name": "main", "type": "redis:7"})
	live := observe(t, memory)
	if len(live.Instances) != 1 || live.Instances[0].Address.Name != "main" || live.Instances[0].Workload.DataVolume != scope.DataVolumeName("cache") {
		t.Errorf("after a rename: %+v", live.Instances)
	}
	if said := m.destroy(state); len(said) > 0 {
		t.Error(said)
	}
}

// Of a volume that leads to a directory of the host nothing is lost.
func TestVolumeOfTheHostLosesNothing(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	set := func(name, kind string) map[string]any {
		text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
		opts := map[string]tftypes.Value{"type": text(kind), "device": text("/srv/data")}
		return map[string]any{"name": name, "on_destroy": "delete", "driver_opts": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, opts)}
	}
	volume := m.mustApply(m.absent("bayplan_volume"), set("files", "none"))
	for _, next := range []map[string]any{set("files", "nfs"), nil} {
		if warned := m.warnings(volume, next); len(warned) > 0 {
			t.Errorf("a directory of the host goes: warnings: %q", warned)
		}
	}
	volume = m.mustApply(m.absent("bayplan_volume"), set("memory", "tmpfs"))
	if warned := m.warnings(volume, nil); len(warned) != 1 || !strings.Contains(warned[0], "deletes the data of volume memory") {
		t.Errorf("a file system in memory goes: warnings: %q", warned)
	}
}

func TestVolumeInUseIsNotMadeAnew(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	set := func(team string) map[string]any {
		labels := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"team": tftypes.NewValue(tftypes.String, team)})
		return map[string]any{"name": "data", "on_destroy": "delete", "labels": labels}
	}
	volume := m.mustApply(m.absent("bayplan_volume"), set("a"))
	if warned := m.warnings(volume, set("b")); len(warned) != 1 || !strings.Contains(warned[0], "volume.data: deletes the data of volume data") {
		t.Errorf("made anew: warnings: %q", warned)
	}
	mount := m.objectOf(m.nested("bayplan_app", "mounts"), map[string]any{"volume": "default/data"})
	m.mustApply(m.absent("bayplan_app"), web(map[string]any{"mounts": map[string]tftypes.Value{"/data": mount}}))
	volume, said := m.read(volume)
	if len(said) > 0 {
		t.Fatal(said)
	}
	if _, said := m.plan(volume, set("b")); len(said) != 1 || !strings.Contains(said[0], "volume.data is in use by app.web") {
		t.Errorf("made anew: complaints: %q", said)
	}
	if warned := m.warnings(volume, nil); len(warned) != 1 || !strings.Contains(warned[0], "It is in use by app.web. ") {
		t.Errorf("deleted: warnings: %q", warned)
	}
}

// Its data has the password of old.
func TestRenameKeepsPassword(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	state := m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "db", "type": "postgresql:15"})
	for _, name := range []string{"main", "third"} {
		state = m.mustApply(state, map[string]any{"name": name, "type": "postgresql:15"})
		has := m.attributes(state.state)
		for attribute, want := range map[string]string{"principal": "db", "host": name + ".internal", "data_volume": scope.DataVolumeName("db")} {
			if !has[attribute].Equal(tftypes.NewValue(tftypes.String, want)) {
				t.Errorf("renamed to %s, %s is %s, want %s", name, attribute, has[attribute], want)
			}
		}
	}
}

// A service that cannot start under its new name goes on under its old one.
func TestRenameThatFails(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "cache", "type": "redis:7"})
	set := map[string]any{"name": "main", "type": "redis:7"}
	planned, said := m.plan(state, set)
	if len(said) > 0 {
		t.Fatal(said)
	}
	memory.Before(func(_ context.Context, op plan.Op) error {
		if op == (plan.AwaitInstance{Name: "p-default-main-1-1", Condition: topology.ConditionHealthy}) {
			return errors.New("it does not start")
		}
		return nil
	})
	state, said = m.apply(state, planned, set)
	if len(said) != 1 || !strings.Contains(said[0], "it does not start") {
		t.Errorf("complaints: %q", said)
	}
	memory.Before(nil)
	live := observe(t, memory).Instances
	if len(live) != 1 || live[0].Name != "p-default-cache-1-1" || live[0].Status != topology.StatusRunning {
		t.Errorf("after a rename that failed: %+v", live)
	}
	state = m.mustApply(state, set)
	live = observe(t, memory).Instances
	if len(live) != 1 || live[0].Workload.DataVolume != scope.DataVolumeName("cache") {
		t.Errorf("after a second attempt: %+v", live)
	}
	if said := m.destroy(state); len(said) > 0 {
		t.Error(said)
	}
}

// A process that dies in the middle of a rename leaves what the next goes on from.
func TestRenameKilledAnywhere(t *testing.T) {
	before, after := map[string]any{"name": "cache", "type": "redis:7"}, map[string]any{"name": "main", "type": "redis:7"}
	for n, died := 0, true; died; n++ {
		memory := newMemory()
		m := newMiniature(t, memory, key)
		state := m.mustApply(m.absent("bayplan_service"), before)
		planned, said := m.plan(state, after)
		if len(said) > 0 {
			t.Fatal(said)
		}
		wasKilled := killed(memory, n)
		state, _ = m.apply(state, planned, after)
		died = wasKilled()
		memory.Before(nil)
		m = newMiniature(t, memory, key)
		m.mustApply(state, after)
		live := observe(t, memory).Instances
		if len(live) != 1 || live[0].Address.Name != "main" || live[0].Status != topology.StatusRunning || live[0].Workload.DataVolume != scope.DataVolumeName("cache") {
			t.Errorf("killed before call %d: %+v", n+1, live)
		}
	}
}

// A service that was renamed keeps its data whoever has forgotten it: a state
// that missed the rename, or one that is made again once it is gone.
func TestRenamedDataIsFoundAgain(t *testing.T) {
	before, after := map[string]any{"name": "cache", "type": "redis:7"}, map[string]any{"name": "main", "type": "redis:7"}
	for _, destroyed := range []bool{false, true} {
		memory := newMemory()
		m := newMiniature(t, memory, key)
		state := m.mustApply(m.mustApply(m.absent("bayplan_service"), before), after)
		if destroyed {
			if said := m.destroy(state); len(said) > 0 {
				t.Fatal(said)
			}
		}
		m = newMiniature(t, memory, key)
		state = m.mustApply(m.absent("bayplan_service"), after)
		live := observe(t, memory).Instances
		if len(live) != 1 || live[0].Workload.DataVolume != scope.DataVolumeName("cache") {
			t.Errorf("destroyed %v: %+v", destroyed, live)
		}
		if has := m.attributes(state.state)["data_volume"]; !has.Equal(tftypes.NewValue(tftypes.String, scope.DataVolumeName("cache"))) {
			t.Errorf("destroyed %v: the state has %s", destroyed, has)
		}
	}
}

// What runs under the former name and is in no state is not joined by another.
func TestRenameOfWhatTheStateDoesNotKnow(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "cache", "type": "redis:7"})
	m = newMiniature(t, memory, key)
	_, said := m.plan(m.absent("bayplan_service"), map[string]any{"name": "main", "type": "redis:7", "renamed_from": "cache"})
	if len(said) != 1 || !strings.Contains(said[0], "service.cache is live, and the state does not know it") {
		t.Errorf("complaints: %q", said)
	}
}

func TestRenameOntoAnother(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	state, other := m.mustApply(m.absent("bayplan_app"), web(nil)), web(map[string]any{"name": "api", "user": "nobody"})
	set := web(map[string]any{"name": "api"})
	planned, said := m.plan(state, set)
	if len(said) > 0 {
		t.Fatal(said)
	}
	meanwhile := newMiniature(t, memory, key)
	second := meanwhile.mustApply(meanwhile.absent("bayplan_app"), other)
	memory.ForgetCalls()
	_, said = m.apply(state, planned, set)
	if len(said) != 1 || !strings.HasPrefix(said[0], `AttributeName("name"): Cannot update app.api: `) || len(memory.Calls()) > 0 {
		t.Errorf("complaints: %q, calls: %v", said, memory.Calls())
	}
	if got := meanwhile.differing(second, other); len(got) > 0 {
		t.Errorf("of the other a plan changes %v", got)
	}
	if _, said := meanwhile.plan(state, set); len(said) != 1 || !strings.Contains(said[0], "another resource is app.api too") {
		t.Errorf("complaints: %q", said)
	}
}

func observe(t *testing.T, memory *runtimetest.Memory) topology.Live {
	t.Helper()
	live, err := memory.Observe(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// killed makes the engine deaf after n more calls, as the death of the
// provider's process does, and reports whether it came to that.
func killed(memory *runtimetest.Memory, n int) (died func() bool) {
	var calls atomic.Int64
	memory.Before(func(context.Context, plan.Op) error {
		if call := calls.Add(1); call > int64(n) {
			return fmt.Errorf("killed before call %d", call)
		}
		return nil
	})
	return func() bool { return calls.Load() > int64(n) }
}

// A process that dies between any two calls of a create or an update leaves
// nothing that the next apply cannot go on from.
func TestKilledAnywhere(t *testing.T) {
	for n, died := 0, true; died; n++ {
		memory := newMemory()
		c := &chainOf{m: newMiniature(t, memory, key)}
		wasKilled := killed(memory, n)
		c.apply("app:1")
		died = wasKilled()
		c.survive(t, memory, "app:1")
		c.gone(t, memory)
		if t.Failed() {
			t.Fatalf("killed before call %d of a create", n+1)
		}
	}
	for n, died := 0, true; died; n++ {
		memory := newMemory()
		c := &chainOf{m: newMiniature(t, memory, key)}
		c.apply("app:1")
		c.m = newMiniature(t, memory, key)
		wasKilled := killed(memory, n)
		c.apply("app:2")
		died = wasKilled()
		c.survive(t, memory, "app:2")
		c.gone(t, memory)
		if t.Failed() {
			t.Fatalf("killed before call %d of an update", n+1)
		}
	}
}

// chainOf is a volume, a service, a relationship and an app, each needing the one before.
type chainOf struct {
	m                          *miniature
	volume, service, edge, app object
}

// apply brings the chain up with an image of the app, as far as it comes.
func (c *chainOf) apply(image string) {
	if c.app.resource == "" {
		c.volume, c.service = c.m.absent("bayplan_volume"), c.m.absent("bayplan_service")
		c.edge, c.app = c.m.absent("bayplan_relationship"), c.m.absent("bayplan_app")
	}
	for _, step := range []func() (*object, map[string]any){
		func() (*object, map[string]any) { return &c.volume, map[string]any{"name": "data"} },
		func() (*object, map[string]any) {
			mount := c.m.objectOf(c.m.nested("bayplan_service", "mounts"), map[string]any{"volume": "default/data"})
			return &c.service, map[string]any{"name": "cache", "type": "redis:7", "mounts": map[string]tftypes.Value{"/data": mount}}
		},
		func() (*object, map[string]any) {
			return &c.edge, map[string]any{"name": "edge", "target": c.m.reference(c.service, c.m.nested("bayplan_relationship", "target"))}
		},
		func() (*object, map[string]any) {
			to := map[string]tftypes.Value{
				"edge":   c.m.reference(c.edge, c.m.nested("bayplan_app", "relationships")),
				"direct": c.m.reference(c.service, c.m.nested("bayplan_app", "relationships")),
			}
			return &c.app, web(map[string]any{"image": image, "relationships": to})
		},
	} {
		o, set := step()
		read, said := c.m.read(*o)
		if len(said) > 0 {
			c.m.t.Fatal(said)
		}
		planned, said := c.m.plan(read, set)
		if len(said) > 0 {
			c.m.t.Fatal(said)
		}
		if planned.state.Equal(read.state) {
			*o = read
			continue
		}
		after, said := c.m.apply(read, planned, set)
		*o = after
		if len(said) > 0 {
			return
		}
	}
}

// survive goes on in a new process and checks that everything is then as wanted.
func (c *chainOf) survive(t *testing.T, memory *runtimetest.Memory, image string) {
	t.Helper()
	memory.Before(nil)
	c.m = newMiniature(t, memory, key)
	c.apply(image)
	memory.ForgetCalls()
	c.m = newMiniature(t, memory, key)
	c.apply(image)
	for _, call := range memory.Calls() {
		t.Errorf("a second apply does not do nothing: %s", call.Op)
	}
	live := observe(t, memory)
	if len(live.Instances) != 2 || len(live.Volumes) != 1 {
		t.Errorf("live are %d instances and %d volumes", len(live.Instances), len(live.Volumes))
	}
	for _, i := range live.Instances {
		if i.Status != topology.StatusRunning {
			t.Errorf("%s is %s", i.Name, i.Status)
		}
	}
}

// gone destroys the chain and checks that only data is left.
func (c *chainOf) gone(t *testing.T, memory *runtimetest.Memory) {
	t.Helper()
	for _, o := range []*object{&c.app, &c.edge, &c.service, &c.volume} {
		read, said := c.m.read(*o)
		if len(said) > 0 {
			t.Fatal(said)
		}
		if said := c.m.destroy(read); len(said) > 0 {
			t.Error(said)
		}
	}
	if live := observe(t, memory); len(live.Instances)+len(live.Networks) > 0 || len(live.Volumes) != 1 {
		t.Errorf("left are %v, %v, %v", live.Instances, live.Networks, live.Volumes)
	}
}
