package docker

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var loopback = netip.MustParseAddr("127.0.0.1")

func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

func TestCreateInstanceTwice(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"x", "y"} {
		b.perform(t, plan.CreateNetwork{Network: b.relationship(name)})
	}
	c := sleeper("web")
	c.Networks = []plan.Attachment{
		{Network: b.scope.RelationshipNetwork("x"), Aliases: []string{"one"}},
		{Network: b.scope.RelationshipNetwork("y"), Aliases: []string{"two"}},
	}
	name := b.create(t, c)
	id := b.instance(t, name).ID
	b.perform(t, plan.Disconnect{Network: c.Networks[1].Network, Instance: name}) // as if killed half way
	b.create(t, c)
	i := b.instance(t, name)
	if i.ID != id || len(i.Networks) != 2 || i.Networks[c.Networks[1].Network][0] != "two" {
		t.Errorf("kept %s, want %s with both networks: %v", i.ID, id, i.Networks)
	}
	c.Hash = "another"
	b.refuse(t, plan.CreateInstance{Name: name, Container: c}, "was made from something else")
	c.Hash = "hash-web"
	b.perform(t, plan.StartInstance{Name: name})
	b.refuse(t, plan.CreateInstance{Name: name, Container: c}, "has been started before")
}

func TestCreateInstanceNeedsItsParts(t *testing.T) {
	b := newBench(t)
	c := sleeper("web")
	op := plan.CreateInstance{Name: b.name("web"), Container: c}
	op.Container.Networks = []plan.Attachment{{Network: "nowhere"}}
	if err := b.refuse(t, op, `network "nowhere" does not exist`); !errdefs.IsNotFound(err) {
		t.Errorf("class of %v", err)
	}
	op.Container = c
	op.Container.Digest = "sha256:" + strings.Repeat("0", 64)
	if err := b.refuse(t, op, "is not on the engine"); !errdefs.IsNotFound(err) {
		t.Errorf("class of %v", err)
	}
	op.Container = c
	op.Container.Mounts = []plan.ContainerMount{{Path: "/data", Volume: b.scope.VolumeName("none")}}
	if err := b.refuse(t, op, "inspect volume"); !errdefs.IsNotFound(err) {
		t.Errorf("class of %v", err)
	}
	op.Container = c
	op.Container.Settings = append(op.Container.Settings, plan.Setting{Path: "Config.Nonsense", Value: true})
	b.refuse(t, op, "Nonsense")
}

func TestInstanceIsConfined(t *testing.T) {
	b := newBench(t)
	c := shell("web", "touch /scratch/a && ! touch /x && test $(stat -c %u /scratch) = 1000 && "+
		"grep -q '^CapBnd:.*0000000000000001$' /proc/self/status && grep -q '^NoNewPrivs:.*1' /proc/self/status")
	c.Settings = append(c.Settings,
		plan.Setting{Path: "HostConfig.ReadonlyRootfs", Value: true}, plan.Setting{Path: "Config.User", Value: "1000"})
	c.CapAdd = []string{"CHOWN"}
	c.Mounts = []plan.ContainerMount{{Path: "/scratch", Size: 1 << 20, UID: 1000, GID: 1000}}
	name := b.start(t, c)
	b.perform(t, plan.AwaitInstance{Name: name, Condition: topology.ConditionCompleted})
}

func TestForeignContainersAreLeftAlone(t *testing.T) {
	b := newBench(t)
	other := bench{b.Engine, topology.Scope{Project: b.scope.Project, Environment: "other"}}
	name := other.start(t, sleeper("web"))
	for _, op := range []plan.Op{
		plan.StopInstance{Name: name},
		plan.RemoveInstance{Name: name},
		plan.StartInstance{Name: name},
		plan.RenameInstance{From: name, To: b.name("mine")},
		plan.UpdateInstance{Name: name, Settings: []plan.Setting{{Path: "HostConfig.Memory", Value: topology.Size("8m")}}},
		plan.CreateInstance{Name: name, Container: sleeper("web")},
		plan.Disconnect{Instance: name, Network: "x"},
		plan.AwaitInstance{Name: name, Condition: topology.ConditionStarted},
	} {
		if err := b.refuse(t, op, "is not of project"); !errdefs.IsConflict(err) {
			t.Errorf("class of %v", err)
		}
	}
	if i := other.instance(t, name); i.Status != topology.StatusRunning {
		t.Errorf("it is %s", i.Status)
	}
}

func TestLifecycle(t *testing.T) {
	b := newBench(t)
	data := topology.LiveVolume{Name: b.scope.VolumeName("data"), Address: topology.Address{Kind: topology.KindVolume, Name: "data"}}
	b.perform(t, plan.CreateVolume{Volume: data})
	c := sleeper("web")
	c.Mounts = []plan.ContainerMount{{Path: "/data", Volume: data.Name}}
	name := b.start(t, c)
	b.perform(t, plan.StartInstance{Name: name}) // again
	if err := b.client.ContainerPause(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if s := b.instance(t, name).Status; s != topology.StatusPaused {
		t.Errorf("it is %s, want paused", s)
	}
	b.perform(t, plan.StartInstance{Name: name})
	if s := b.instance(t, name).Status; s != topology.StatusRunning {
		t.Errorf("it is %s, want running", s)
	}
	if err := b.client.ContainerPause(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	b.perform(t, plan.StopInstance{Name: name}, plan.StopInstance{Name: name})
	if s := b.instance(t, name).Status; s == topology.StatusPaused || s == topology.StatusRunning {
		t.Errorf("it is %s, want it stopped", s)
	}
	to := b.scope.InstanceName(app("web"), 2, 1)
	b.perform(t, plan.RenameInstance{From: name, To: to}, plan.RenameInstance{From: name, To: to})
	i := b.instance(t, to)
	if i.Generation != 2 {
		t.Errorf("generation %d, want 2", i.Generation)
	}
	b.perform(t, plan.RemoveInstance{Name: to, ID: strings.Repeat("0", 64)})
	if b.instance(t, to).ID != i.ID {
		t.Error("another container of the name was removed")
	}
	b.refuse(t, plan.RemoveVolume{Name: data.Name}, "in use")
	b.perform(t, plan.RemoveInstance{Name: to, ID: i.ID}, plan.RemoveInstance{Name: to, ID: i.ID}, plan.StopInstance{Name: to})
	if live := b.observe(t); len(live.Instances) != 0 || len(live.Volumes) != 1 {
		t.Errorf("left %d instances, %d volumes; want 0 and 1", len(live.Instances), len(live.Volumes))
	}
}

func TestPublishedPortThatIsTaken(t *testing.T) {
	b := newBench(t)
	b.perform(t, plan.CreateNetwork{Network: topology.Network{Name: b.scope.EgressNetwork(), Kind: topology.NetworkEgress}})
	port := topology.Port{Address: loopback, Host: freePort(t), Container: 80, Protocol: "tcp"}
	for _, name := range []string{"a", "b"} {
		c := sleeper(name)
		c.Ports = []topology.Port{port}
		c.Networks = []plan.Attachment{{Network: b.scope.EgressNetwork()}}
		b.create(t, c)
	}
	b.perform(t, plan.StartInstance{Name: b.name("a")})
	b.refuse(t, plan.StartInstance{Name: b.name("b")}, "port is already allocated")
	// What is left of the attempt is no obstacle.
	b.perform(t, plan.RemoveInstance{Name: b.name("a")}, plan.StartInstance{Name: b.name("b")})
}

func TestStopHonoursTheGracePeriod(t *testing.T) {
	b := newBench(t)
	c := shell("web", "trap '' TERM; while true; do sleep 0.1; done")
	c.Settings = append(c.Settings, plan.Setting{Path: "Config.StopTimeout", Value: topology.Duration("1s")})
	name := b.start(t, c)
	b.perform(t, plan.StopInstance{Name: name})
	if i := b.instance(t, name); i.ExitCode != 137 {
		t.Errorf("exit code %d, want it killed", i.ExitCode)
	}
	defaults, err := b.inspect(t.Context(), b.create(t, sleeper("other")))
	if err != nil || *defaults.Config.StopTimeout != defaultGrace {
		t.Errorf("grace %v, error %v", *defaults.Config.StopTimeout, err)
	}
}

func TestUpdate(t *testing.T) {
	b := newBench(t)
	name := b.start(t, sleeper("web"))
	set := plan.UpdateInstance{Name: name, Settings: []plan.Setting{
		{Path: "HostConfig.Memory", Value: topology.Size("64m")},
		{Path: "HostConfig.NanoCpus", Value: 0.5},
		{Path: "HostConfig.PidsLimit", Value: topology.Limit(50)},
		{Path: "HostConfig.RestartPolicy", Value: topology.Restart("on-failure:2")},
	}}
	unset := plan.UpdateInstance{Name: name, Settings: []plan.Setting{
		{Path: "HostConfig.Memory", Value: topology.Size("")},
		{Path: "HostConfig.NanoCpus", Value: 0.0},
		{Path: "HostConfig.PidsLimit", Value: topology.Unlimited},
		{Path: "HostConfig.RestartPolicy", Value: topology.Restart("no")},
	}}
	limits := func() [4]any {
		w := b.instance(t, name).Workload
		return [4]any{w.Memory, w.CPUs, w.Pids, w.Restart}
	}
	with := [4]any{topology.Size("64m"), 0.5, topology.Limit(50), topology.Restart("on-failure:2")}
	without := [4]any{topology.Size(""), 0.0, topology.Unlimited, topology.Restart("no")}
	for range 2 {
		b.perform(t, unset)
		if got := limits(); got != without {
			t.Errorf("limits are %v, want %v", got, without)
		}
		b.perform(t, set, set)
		if got := limits(); got != with {
			t.Errorf("limits are %v, want %v", got, with)
		}
	}
	b.perform(t, unset, plan.StopInstance{Name: name}, plan.StartInstance{Name: name})
	if got := limits(); got != without {
		t.Errorf("after a restart limits are %v, want %v", got, without)
	}
	raised := plan.UpdateInstance{Name: name, Settings: []plan.Setting{{Path: "HostConfig.Memory", Value: topology.Size("128m")}}}
	b.perform(t, raised)
	c, err := b.client.ContainerInspect(t.Context(), name)
	if err != nil || c.HostConfig.Memory != 128<<20 || c.HostConfig.MemorySwap != 128<<20 {
		t.Errorf("memory %d, with swap %d, error %v", c.HostConfig.Memory, c.HostConfig.MemorySwap, err)
	}
	b.refuse(t, plan.UpdateInstance{Name: name, Settings: []plan.Setting{{Path: "HostConfig.ReadonlyRootfs", Value: true}}}, "ReadonlyRootfs")
}
