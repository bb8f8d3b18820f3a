package runtimetest_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	busybox = "busybox:stable"
	digest  = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	newer   = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

var (
	scope = topology.Scope{Project: "shop", Environment: "default"}
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	name  = scope.InstanceName(web, 1, 1)
)

func TestMemoryKeepsTheContract(t *testing.T) {
	runtimetest.Contract(t, func(*testing.T) (apply.Runtime, topology.Scope, string, string) {
		return newMemory(), scope, busybox, digest
	})
}

func newMemory() *runtimetest.Memory {
	m := runtimetest.NewMemory()
	m.SetImage(busybox, runtimetest.Image{Digest: digest, Version: "1.36"})
	return m
}

// perform performs ops, which must succeed.
func perform(t *testing.T, m *runtimetest.Memory, ops ...plan.Op) {
	t.Helper()
	for _, op := range ops {
		if err := m.Perform(t.Context(), scope, op, nil); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
	}
}

// create makes an instance of web without a command of its own.
func create(t *testing.T, m *runtimetest.Memory, change ...func(*plan.Container)) {
	t.Helper()
	c := plan.Container{Address: web, Image: busybox, Digest: digest, Declared: map[string]any{}}
	for _, f := range change {
		f(&c)
	}
	perform(t, m, plan.CreateInstance{Name: name, Container: c})
}

func instance(t *testing.T, m *runtimetest.Memory) topology.Instance {
	t.Helper()
	live, err := m.Observe(t.Context(), scope)
	if err != nil || len(live.Instances) != 1 {
		t.Fatalf("observed %+v, %v; want one instance", live, err)
	}
	return live.Instances[0]
}

func TestWhatPlanLowersReadsBack(t *testing.T) {
	w := topology.Workload{
		Name: web.Name, Image: busybox, ImageDigest: digest, Command: []string{"sleep", "60"}, User: "1000",
		Env: map[string]string{"A": "1"}, Labels: map[string]string{"team": "shop"}, Memory: "64m", CPUs: 0.5,
		Healthcheck: &topology.Healthcheck{Test: []string{"true"}}, Restart: "unless-stopped", Replicas: 1,
		StopGracePeriod: "15s", Endpoints: map[string]topology.Endpoint{"admin": {Port: 9000}}, ReadOnly: true,
	}
	m := newMemory()
	perform(t, m, plan.CreateInstance{Name: name, Container: plan.Lower(scope, web, w, topology.Key("key"))})
	if diff := cmp.Diff(w, instance(t, m).Workload); diff != "" {
		t.Errorf("workload (-want +got):\n%s", diff)
	}
}

func TestHooksStandBeforeAndAfterWhatIsDone(t *testing.T) {
	broken := errors.New("connection reset by peer")
	breaks := func(context.Context, plan.Op) error { return broken }
	network := plan.CreateNetwork{Network: topology.Network{Name: scope.EgressNetwork(), Kind: topology.NetworkEgress}}
	m := newMemory()
	networks := func() int {
		live, err := m.Observe(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		return len(live.Networks)
	}
	m.Before(breaks)
	if err := m.Perform(t.Context(), scope, network, nil); !errors.Is(err, broken) || networks() != 0 {
		t.Errorf("a hook before: %v, and %d networks", err, networks())
	}
	m.Before(nil)
	m.After(breaks)
	if err := m.Perform(t.Context(), scope, network, nil); !errors.Is(err, broken) || networks() != 1 {
		t.Errorf("a hook after: %v, and %d networks", err, networks())
	}
	m.After(nil)
	perform(t, m, network)
	calls := m.Calls()
	want := []runtimetest.Call{{Scope: scope, Op: network, Err: broken}, {Scope: scope, Op: network, Err: broken}, {Scope: scope, Op: network}}
	same := cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })
	if diff := cmp.Diff(want, calls, same); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if m.ForgetCalls(); len(m.Calls()) != 0 {
		t.Errorf("calls are left: %v", m.Calls())
	}
}

func TestReadsThatFailAreNotAbsence(t *testing.T) {
	broken := errors.New("500 internal server error")
	m := newMemory()
	m.FailReads(broken)
	_, observe := m.Observe(t.Context(), scope)
	_, foreign := m.ObserveForeign(t.Context(), scope)
	_, resolve := m.ResolveImage(t.Context(), busybox)
	for _, err := range []error{observe, foreign, resolve} {
		if !errors.Is(err, broken) || apply.IsNotFound(err) {
			t.Errorf("got error %v", err)
		}
	}
}

func TestImages(t *testing.T) {
	m := newMemory()
	if _, err := m.ResolveImage(t.Context(), "none:1"); !apply.IsNotFound(err) {
		t.Errorf("an image that is nowhere: %v", err)
	}
	m.SetImage(busybox, runtimetest.Image{Digest: newer, Remote: true, Size: 7})
	resolved := func() apply.Image {
		image, err := m.ResolveImage(t.Context(), busybox)
		if err != nil {
			t.Fatal(err)
		}
		return image
	}
	if got := resolved(); !reflect.DeepEqual(got, apply.Image{Digest: newer, Published: true}) {
		t.Errorf("moved and not pulled, it is %+v", got)
	}
	perform(t, m, plan.EnsureImage{Image: busybox, Digest: digest}) // what it stood for is still there
	var pulls []apply.Pulled
	report := func(p apply.Pulled) { pulls = append(pulls, p) }
	if err := m.Perform(t.Context(), scope, plan.EnsureImage{Image: busybox, Digest: newer}, report); err != nil {
		t.Fatal(err)
	}
	if want := []apply.Pulled{{}, {Done: 7, Total: 7}}; !cmp.Equal(pulls, want) {
		t.Errorf("the pull told %+v, want %+v", pulls, want)
	}
	if got := resolved(); !reflect.DeepEqual(got, apply.Image{Digest: newer, Published: true, Local: true}) {
		t.Errorf("pulled, it is %+v", got)
	}
	m.RemoveImage(busybox)
	if err := m.Perform(t.Context(), scope, plan.EnsureImage{Image: busybox}, nil); !apply.IsNotFound(err) {
		t.Errorf("removed: %v", err)
	}
}

func TestCreatingReportsWhatIsMissing(t *testing.T) {
	m := newMemory()
	c := plan.Container{Address: web, Image: busybox, Digest: digest, Health: &plan.ContainerHealth{Test: []string{"CMD", "probe"}, Probe: true}}
	op := plan.CreateInstance{Name: name, Container: c}
	if err := m.Perform(t.Context(), scope, op, nil); err == nil {
		t.Error("an instance was made without its probe")
	}
	perform(t, m, plan.EnsureProbe{Image: busybox}, op)
}
