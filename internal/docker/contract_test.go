package docker

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestContract(t *testing.T) {
	runtimetest.Contract(t, func(t *testing.T) (rt apply.Runtime, scope topology.Scope, tag, digest string) {
		testenv.Image(t, busybox)
		e, err := New(Options{Host: testenv.Require(t).Host})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		found, err := e.ResolveImage(t.Context(), busybox)
		if err != nil {
			t.Fatal(err)
		}
		return e, topology.Scope{Project: testenv.Project(t), Environment: "test"}, busybox, found.Digest
	})
}

// The engine in memory answers as the real one does, as far as the contract
// can tell. All of it holds without processes.
func TestContractWithAnEngineInMemory(t *testing.T) {
	runtimetest.Contract(t, func(t *testing.T) (rt apply.Runtime, scope topology.Scope, tag, digest string) {
		memory := engine.New()
		memory.AddImage(busybox, engine.Ordinary)
		e, err := New(Options{Host: testenv.Serve(t, memory)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		found, err := e.ResolveImage(t.Context(), busybox)
		if err != nil {
			t.Fatal(err)
		}
		return e, topology.Scope{Project: "contract", Environment: "test"}, busybox, found.Digest
	})
}
