package docker

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const busybox = "busybox:stable"

// bench is an engine with a scope of the test's own.
type bench struct {
	*Engine
	scope topology.Scope
}

func newBench(t *testing.T) bench {
	t.Helper()
	return benchAt(t, Options{Host: testenv.Require(t).Host})
}

func benchAt(t *testing.T, options Options) bench {
	t.Helper()
	t.Parallel()
	testenv.Image(t, busybox)
	e, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := e.negotiate(t.Context()); err != nil { // tests use the client as well
		t.Fatal(err)
	}
	return bench{e, topology.Scope{Project: testenv.Project(t), Environment: "test"}}
}

// perform performs ops one after the other and fails the test at an error.
func (b bench) perform(t *testing.T, ops ...plan.Op) {
	t.Helper()
	for _, op := range ops {
		if err := b.Perform(t.Context(), b.scope, op, nil); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
	}
}

// refuse performs an op that must fail with an error that contains a text.
func (b bench) refuse(t *testing.T, op plan.Op, text string) error {
	t.Helper()
	err := b.Perform(t.Context(), b.scope, op, nil)
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("%s: got error %v, want one with %q", op, err, text)
	}
	return err
}

func (b bench) observe(t *testing.T, about ...topology.Address) topology.Live {
	t.Helper()
	live, err := b.Observe(t.Context(), b.scope, about...)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// instance returns the one instance of that name, read anew.
func (b bench) instance(t *testing.T, name string) topology.Instance {
	t.Helper()
	b.snapshot(b.scope).drop()
	for _, i := range b.observe(t).Instances {
		if i.Name == name {
			return i
		}
	}
	t.Fatalf("there is no instance %q", name)
	return topology.Instance{}
}

func app(name string) topology.Address { return topology.Address{Kind: topology.KindApp, Name: name} }

// sleeper is a container that runs until it is stopped, at once.
func sleeper(name string) plan.Container {
	return shell(name, "trap exit TERM; sleep 1000 & wait")
}

func shell(name, script string) plan.Container {
	return plan.Container{
		Address: app(name), Image: busybox, Hash: "hash-" + name,
		Settings: []plan.Setting{{Path: "Config.Cmd", Value: []string{"sh", "-c", script}}},
	}
}

func (b bench) name(app string) string { return b.scope.Prefix() + app + "-1-1" }

func (b bench) create(t *testing.T, c plan.Container) string {
	t.Helper()
	name := b.name(c.Address.Name)
	b.perform(t, plan.CreateInstance{Name: name, Container: c})
	return name
}

func (b bench) start(t *testing.T, c plan.Container) string {
	t.Helper()
	name := b.create(t, c)
	b.perform(t, plan.StartInstance{Name: name})
	return name
}

func (b bench) relationship(name string) topology.Network {
	return topology.Network{
		Name: b.scope.RelationshipNetwork(name), Kind: topology.NetworkRelationship,
		Owner:  topology.Address{Kind: topology.KindRelationship, Name: name},
		Target: app("target"), Host: name + ".internal",
		Declared: topology.Relationship{Name: name, Endpoint: "http"},
	}
}

// succeeds runs a command in a container and fails the test when it fails.
func (b bench) succeeds(t *testing.T, name string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if code, err := b.run(ctx, name, command); err != nil || code != 0 {
		t.Fatalf("%q in %s: code %d, error %v", command, name, code, err)
	}
}
