package runtimetest

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	web = topology.Address{Kind: topology.KindApp, Name: "web"}
	db  = topology.Address{Kind: topology.KindService, Name: "db"}
)

// bench is a Runtime under test and where.
type bench struct {
	*testing.T
	ctx           context.Context
	rt            apply.Runtime
	scope, other  topology.Scope
	image, digest string
}

func newBench(t *testing.T, factory Factory) *bench {
	t.Helper()
	b := &bench{T: t}
	b.rt, b.scope, b.image, b.digest = factory(t)
	b.other = topology.Scope{Project: b.scope.Project, Environment: b.scope.Environment + "-other"}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	b.ctx = ctx
	t.Cleanup(func() {
		b.sweep(b.scope)
		b.sweep(b.other)
		cancel()
	})
	b.do(plan.EnsureImage{Image: b.image, Digest: b.digest})
	return b
}

// do performs an op in the scope, which must succeed.
func (b *bench) do(ops ...plan.Op) {
	b.Helper()
	b.doIn(b.scope, ops...)
}

func (b *bench) doIn(s topology.Scope, ops ...plan.Op) {
	b.Helper()
	for _, op := range ops {
		if err := b.rt.Perform(b.ctx, s, op, nil); err != nil {
			b.Fatalf("%s: %v", op, err)
		}
	}
}

// twice performs an op again after it succeeded, which must change nothing.
func (b *bench) twice(op plan.Op) {
	b.Helper()
	b.do(op)
	before := b.live()
	b.do(op)
	if diff := cmp.Diff(before, b.live(), cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("%s: performed again it changes (-before +after):\n%s", op, diff)
	}
}

// fails performs an op that must fail, and returns the text of its error.
func (b *bench) fails(op plan.Op) string {
	b.Helper()
	return b.failsIn(b.scope, op)
}

func (b *bench) failsIn(s topology.Scope, op plan.Op) string {
	b.Helper()
	err := b.rt.Perform(b.ctx, s, op, nil)
	if err == nil {
		b.Fatalf("%s: succeeded, want an error", op)
	}
	return err.Error()
}

func (b *bench) live(about ...topology.Address) topology.Live {
	b.Helper()
	return b.liveIn(b.scope, about...)
}

func (b *bench) liveIn(s topology.Scope, about ...topology.Address) topology.Live {
	b.Helper()
	live, err := b.rt.Observe(b.ctx, s, about...)
	if err != nil {
		b.Fatalf("observe: %v", err)
	}
	if live.Scope != s {
		b.Fatalf("observed scope %v, want %v", live.Scope, s)
	}
	return live
}

// instance observes an instance, which must be there.
func (b *bench) instance(name string) topology.Instance {
	b.Helper()
	instances := b.live().Instances
	i := slices.IndexFunc(instances, func(i topology.Instance) bool { return i.Name == name })
	if i < 0 {
		b.Fatalf("instance %q is not there", name)
	}
	return instances[i]
}

// absent checks that an instance is not there.
func (b *bench) absent(name string) {
	b.Helper()
	for _, i := range b.live().Instances {
		if i.Name == name {
			b.Errorf("instance %q is there", name)
		}
	}
}

func (b *bench) same(what string, got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sweep removes all of a scope.
func (b *bench) sweep(s topology.Scope) {
	live, err := b.rt.Observe(b.ctx, s)
	if err != nil {
		b.Errorf("sweep: observe: %v", err)
		return
	}
	var ops []plan.Op
	for _, i := range live.Instances {
		ops = append(ops, plan.RemoveInstance{Name: i.Name})
	}
	for _, h := range live.Hooks {
		ops = append(ops, plan.RemoveInstance{Name: h.Name})
	}
	for _, n := range live.Networks {
		ops = append(ops, plan.RemoveNetwork{Name: n.Name})
	}
	for _, v := range live.Volumes {
		ops = append(ops, plan.RemoveVolume{Name: v.Name})
	}
	for _, m := range live.Markers {
		ops = append(ops, plan.Unmark{Name: m.Name})
	}
	for _, op := range ops {
		if err := b.rt.Perform(b.ctx, s, op, nil); err != nil {
			b.Errorf("sweep: %s: %v", op, err)
		}
	}
}

// workload is the least that is declared of an app of the image: it sleeps,
// and goes as soon as it is told to.
func (b *bench) workload(command ...string) topology.Workload {
	if len(command) == 0 {
		command = []string{"sleep", "3600"}
	}
	return topology.Workload{
		Name: web.Name, Image: b.image, ImageDigest: b.digest, Command: command,
		StopSignal: "SIGKILL", Pids: topology.Unlimited, Restart: "no", Replicas: 1,
	}
}

// container lowers a workload as package plan does, but for what only package
// catalog knows.
func (b *bench) container(w topology.Workload) plan.Container {
	c := plan.Container{
		Address: web, Image: w.Image, Digest: w.ImageDigest, Labels: w.Labels,
		Declared: map[string]any{}, Hash: "hash-1", KeyID: "key-1",
	}
	for _, f := range plan.WorkloadFields {
		v := f.Get(&w)
		if f.Name == "name" || f.Name == "replicas" || v.IsZero() {
			continue
		}
		switch {
		case f.Path != "":
			c.Settings = append(c.Settings, plan.Setting{Path: f.Path, Value: v.Interface()})
			if f.Effect == plan.EffectReplace {
				c.Declared[f.Name] = true
			}
		case f.Name == "env":
			c.Declared[f.Name] = slices.Sorted(maps.Keys(w.Env))
		case f.Name == "labels":
			c.Declared[f.Name] = slices.Sorted(maps.Keys(w.Labels))
		default:
			c.Declared[f.Name] = v.Interface()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Env)) {
		c.Env = append(c.Env, name+"="+w.Env[name])
	}
	return c
}

// create makes an instance of a command under the name of a generation and
// number, and returns its name.
func (b *bench) create(generation, n int, command ...string) string {
	b.Helper()
	name := b.scope.InstanceName(web, generation, n)
	b.do(plan.CreateInstance{Name: name, Container: b.container(b.workload(command...))})
	return name
}

// run is create and start.
func (b *bench) run(generation, n int, command ...string) string {
	b.Helper()
	name := b.create(generation, n, command...)
	b.do(plan.StartInstance{Name: name})
	return name
}

// addNetwork makes the network of a relationship to the database.
func (b *bench) addNetwork(name string) topology.Network {
	b.Helper()
	n := relationshipNetwork(b.scope, name)
	b.do(plan.CreateNetwork{Network: n})
	return n
}

func relationshipNetwork(s topology.Scope, name string) topology.Network {
	a := topology.Address{Kind: topology.KindRelationship, Name: name}
	target := topology.Reference{Address: db, TargetAddress: db, Host: db.Host(), Port: 5432, Version: "15"}
	return topology.Network{
		Name: s.RelationshipNetwork(name), Kind: topology.NetworkRelationship, Owner: a, Target: db, Host: a.Host(),
		Declared: topology.Relationship{Name: name, Target: target, Constraint: ">= 15", Condition: topology.ConditionHealthy},
	}
}
