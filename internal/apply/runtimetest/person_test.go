package runtimetest_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func checked(c *plan.Container) { c.Health = &plan.ContainerHealth{Test: []string{"CMD", "true"}} }
func job(c *plan.Container)     { c.Declared["job"] = true }
func always(c *plan.Container) {
	c.Settings = []plan.Setting{{Path: "HostConfig.RestartPolicy", Value: topology.Restart("always")}}
}
func keep(*plan.Container) {}

func TestBehaviours(t *testing.T) {
	for _, tt := range []struct {
		name   string
		is     runtimetest.Behaviour
		made   func(*plan.Container)
		status topology.Status
		health topology.Health
	}{
		{"ordinary", runtimetest.Ordinary, keep, topology.StatusRunning, topology.HealthNone},
		{"ordinary, with a health check", runtimetest.Ordinary, checked, topology.StatusRunning, topology.HealthHealthy},
		{"a job", runtimetest.Ordinary, job, topology.StatusCompleted, topology.HealthNone},
		{"exits", runtimetest.Exits, checked, topology.StatusExited, topology.HealthNone},
		{"exits and is restarted", runtimetest.Exits, always, topology.StatusRestarting, topology.HealthNone},
		{"completes", runtimetest.Completes, keep, topology.StatusCompleted, topology.HealthNone},
		{"unhealthy", runtimetest.Unhealthy, checked, topology.StatusUnhealthy, topology.HealthUnhealthy},
		{"starting", runtimetest.Starting, checked, topology.StatusRunning, topology.HealthStarting},
	} {
		for _, byAddress := range []bool{true, false} {
			m := newMemory()
			if byAddress {
				m.Behave(web, tt.is)
			} else {
				m.SetImage(busybox, runtimetest.Image{Digest: digest, Behaviour: tt.is})
			}
			create(t, m, tt.made)
			perform(t, m, plan.StartInstance{Name: name})
			if i := instance(t, m); i.Status != tt.status || i.Health != tt.health {
				t.Errorf("%s: %s, %q; want %s, %q", tt.name, i.Status, i.Health, tt.status, tt.health)
			}
		}
	}
}

func TestWhoWaitsSeesWhatAPersonDoes(t *testing.T) {
	for what, does := range map[string]struct {
		does func(*runtimetest.Memory)
		ok   bool
	}{
		"healthy":   {func(m *runtimetest.Memory) { m.SetHealth(name, topology.HealthHealthy) }, true},
		"unhealthy": {func(m *runtimetest.Memory) { m.SetHealth(name, topology.HealthUnhealthy) }, false},
		"exited":    {func(m *runtimetest.Memory) { m.Exit(name, 2) }, false},
		"removed":   {func(m *runtimetest.Memory) { m.Remove(name) }, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			m.Behave(web, runtimetest.Starting)
			create(t, m, checked)
			perform(t, m, plan.StartInstance{Name: name})
			ended := make(chan error)
			go func() {
				ended <- m.Perform(t.Context(), scope, plan.AwaitInstance{Name: name, Condition: topology.ConditionHealthy}, nil)
			}()
			synctest.Wait()
			does.does(m)
			if err := <-ended; (err == nil) != does.ok {
				t.Errorf("%s: waiting ended with %v", what, err)
			}
		})
	}
}

func TestWhatAPersonDoesIsSeen(t *testing.T) {
	m := newMemory()
	create(t, m)
	network := topology.Network{Name: scope.EgressNetwork(), Kind: topology.NetworkEgress}
	perform(t, m, plan.CreateNetwork{Network: network},
		plan.CreateVolume{Volume: topology.LiveVolume{Name: scope.VolumeName("data"), Address: web}})
	is := func(want topology.Status) {
		t.Helper()
		if i := instance(t, m); i.Status != want {
			t.Errorf("the instance is %s, want %s", i.Status, want)
		}
	}
	m.Start(name)
	is(topology.StatusRunning)
	m.Pause(name)
	is(topology.StatusPaused)
	perform(t, m, plan.StartInstance{Name: name})
	is(topology.StatusRunning)
	m.Stop(name)
	is(topology.StatusExited)
	m.Exit(name, 0)
	is(topology.StatusCompleted)
	m.UpdateMemory(name, "0.5g")
	if got := instance(t, m).Workload.Memory; got != "512m" {
		t.Errorf("memory is %s", got)
	}
	m.Connect(network.Name, name, "b", "a")
	if got := instance(t, m).Networks[network.Name]; len(got) != 2 || got[0] != "a" {
		t.Errorf("aliases are %v", got)
	}
	m.Disconnect(network.Name, name)
	m.Connect(network.Name, name)
	m.RemoveNetwork(network.Name)
	m.RemoveVolume(scope.VolumeName("data"))
	live, err := m.Observe(t.Context(), scope)
	if err != nil || len(live.Networks) != 0 || len(live.Volumes) != 0 || len(live.Instances[0].Networks) != 0 {
		t.Errorf("observed %+v, %v", live, err)
	}
}

func TestAPersonCannotChangeWhatIsNotThere(t *testing.T) {
	for what, does := range map[string]func(*runtimetest.Memory){
		"instance":   func(m *runtimetest.Memory) { m.Stop(name) },
		"network":    func(m *runtimetest.Memory) { m.RemoveNetwork("none") },
		"volume":     func(m *runtimetest.Memory) { m.RemoveVolume("none") },
		"image":      func(m *runtimetest.Memory) { m.RemoveImage("none") },
		"connection": func(m *runtimetest.Memory) { create(t, m); m.Disconnect("none", name) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			does(newMemory())
		}()
	}
}

func TestForeignObjectsAreInTheWay(t *testing.T) {
	m := newMemory()
	port := topology.Port{Address: netip.IPv4Unspecified(), Host: 8080, Container: 80, Protocol: "tcp"}
	foreign := topology.Foreign{
		Containers: map[string]bool{scope.InstanceName(web, 2, 1): true}, Networks: map[string]bool{"bridge": true},
		Volumes: map[string]bool{scope.VolumeName("data"): true}, Ports: map[topology.Port]string{port: "nginx"},
	}
	m.AddForeign(foreign)
	create(t, m, func(c *plan.Container) {
		p := port
		p.Address = netip.MustParseAddr("127.0.0.1")
		c.Ports = []topology.Port{p}
	})
	for _, op := range []plan.Op{
		plan.StartInstance{Name: name},
		plan.RenameInstance{From: name, To: scope.InstanceName(web, 2, 1)},
		plan.CreateVolume{Volume: topology.LiveVolume{Name: scope.VolumeName("data")}},
		plan.RemoveVolume{Name: scope.VolumeName("data")},
	} {
		if err := m.Perform(context.Background(), scope, op, nil); err == nil {
			t.Errorf("%s: succeeded", op)
		}
	}
	got, err := m.ObserveForeign(t.Context(), scope)
	if err != nil || !got.Networks["bridge"] || got.Ports[port] != "nginx" {
		t.Errorf("foreign is %+v, %v", got, err)
	}
}
