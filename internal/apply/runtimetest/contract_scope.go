package runtimetest

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var scopePromises = []promise{
	{"instances are read of the addresses asked for", observesAbout},
	{"two scopes do not see each other", scopesAreApart},
	{"nothing of another scope is changed or removed", foreignIsLeftAlone},
	{"names that another scope holds are refused", foreignNames},
	{"a network of another scope is not taken for one of ours", foreignNetwork},
	{"ports that another scope holds are read", foreignPorts},
}

// sorted checks that each list of what is live is in order of name.
func (b *bench) sorted() {
	b.Helper()
	live := b.live()
	in := func(what string, sorted bool) {
		if !sorted {
			b.Errorf("%s are not sorted by name", what)
		}
	}
	in("instances", slices.IsSortedFunc(live.Instances, func(x, y topology.Instance) int { return strings.Compare(x.Name, y.Name) }))
	in("networks", slices.IsSortedFunc(live.Networks, func(x, y topology.Network) int { return strings.Compare(x.Name, y.Name) }))
	in("volumes", slices.IsSortedFunc(live.Volumes, func(x, y topology.LiveVolume) int { return strings.Compare(x.Name, y.Name) }))
	in("markers", slices.IsSortedFunc(live.Markers, func(x, y topology.Marker) int { return strings.Compare(x.Name, y.Name) }))
}

func observesAbout(b *bench) {
	apart := topology.Address{Kind: topology.KindService, Name: web.Name} // the same name, another kind
	for n, a := range []topology.Address{web, db, apart} {
		c := b.container(b.workload())
		c.Address = a
		b.do(plan.CreateInstance{Name: b.scope.InstanceName(a, 1, n+1), Container: c})
	}
	b.addNetwork("db")
	b.do(plan.CreateVolume{Volume: dataVolume(b.scope)}, plan.Mark{Marker: marker(b.scope, 2)})
	all := b.live()
	if len(all.Instances) != 3 {
		b.Fatalf("%d instances, want 3", len(all.Instances))
	}
	b.sorted()
	some := b.live(apart, db)
	want := all
	want.Instances = slices.DeleteFunc(slices.Clone(all.Instances), func(i topology.Instance) bool { return i.Address == web })
	b.same("live of two addresses", some, want)
	want.Instances = nil
	b.same("live of an address without instances", b.live(topology.Address{Kind: topology.KindApp, Name: "none"}), want)
}

// populate makes one thing of each kind in a scope, under that scope's names.
func (b *bench) populate(s topology.Scope) string {
	b.Helper()
	n := relationshipNetwork(s, "db")
	c := b.container(b.workload())
	c.Networks = []plan.Attachment{{Network: n.Name, Aliases: []string{"web.internal"}}}
	c.Mounts = []plan.ContainerMount{{Path: "/data", Volume: dataVolume(s).Name}}
	name := s.InstanceName(web, 1, 1)
	b.doIn(s, plan.CreateNetwork{Network: n}, plan.CreateVolume{Volume: dataVolume(s)},
		plan.Mark{Marker: marker(s, 2)}, plan.CreateInstance{Name: name, Container: c})
	return name
}

func scopesAreApart(b *bench) {
	theirs := b.populate(b.other)
	b.same("live", b.live(), topology.Live{Scope: b.scope})
	ours := b.populate(b.scope)
	live, other := b.live(), b.liveIn(b.other)
	if len(live.Instances) != 1 || len(live.Networks) != 1 || len(live.Volumes) != 1 || len(live.Markers) != 1 {
		b.Errorf("live has more or less than one of each: %+v", live)
	}
	if len(other.Instances) != 1 || other.Instances[0].Name != theirs {
		b.Errorf("the other scope has %+v", other.Instances)
	}
	foreign, err := b.rt.ObserveForeign(b.ctx, b.scope)
	if err != nil {
		b.Fatal(err)
	}
	if !foreign.Containers[theirs] || foreign.Containers[ours] {
		b.Errorf("foreign containers %v: want %s and not %s", foreign.Containers, theirs, ours)
	}
	if theirs, ours := b.other.RelationshipNetwork("db"), b.scope.RelationshipNetwork("db"); !foreign.Networks[theirs] || foreign.Networks[ours] {
		b.Errorf("foreign networks %v: want %s and not %s", foreign.Networks, theirs, ours)
	}
	if theirs, ours := b.other.VolumeName("data"), b.scope.VolumeName("data"); !foreign.Volumes[theirs] || foreign.Volumes[ours] {
		b.Errorf("foreign volumes %v: want %s and not %s", foreign.Volumes, theirs, ours)
	}
}

// foreignIsLeftAlone allows an op on what is foreign to fail or to do nothing.
func foreignIsLeftAlone(b *bench) {
	theirs := b.populate(b.other)
	b.doIn(b.other, plan.StartInstance{Name: theirs})
	mine := b.addNetwork("mine")
	before := b.liveIn(b.other)
	for _, op := range []plan.Op{
		plan.StopInstance{Name: theirs},
		plan.StartInstance{Name: theirs},
		plan.RemoveInstance{Name: theirs},
		plan.RemoveInstance{Name: theirs, ID: before.Instances[0].ID},
		plan.RenameInstance{From: theirs, To: b.scope.InstanceName(web, 2, 1)},
		plan.UpdateInstance{Name: theirs, Settings: []plan.Setting{{Path: pathOf("memory"), Value: topology.Size("64m")}}},
		plan.Connect{Network: mine.Name, Instance: theirs},
		plan.Disconnect{Network: b.other.RelationshipNetwork("db"), Instance: theirs},
		plan.RemoveNetwork{Name: b.other.RelationshipNetwork("db")},
		plan.RemoveVolume{Name: b.other.VolumeName("data")},
		plan.Unmark{Name: marker(b.other, 2).Name},
	} {
		err := b.rt.Perform(b.ctx, b.scope, op, nil)
		b.same("the other scope after "+op.String(), b.liveIn(b.other), before)
		if err != nil && strings.Contains(err.Error(), op.String()) {
			b.Errorf("the error repeats the op: %v", err)
		}
	}
	b.failsIn(b.scope, await(theirs, topology.ConditionStarted))
}

func foreignNames(b *bench) {
	theirs := b.populate(b.other)
	before := b.liveIn(b.other)
	b.fails(plan.CreateInstance{Name: theirs, Container: b.container(b.workload())})
	v := dataVolume(b.scope)
	v.Name = b.other.VolumeName("data")
	b.fails(plan.CreateVolume{Volume: v})
	m := marker(b.scope, 2)
	m.Name = marker(b.other, 2).Name
	b.fails(plan.Mark{Marker: m})
	b.fails(plan.RenameInstance{From: b.create(1, 1), To: theirs})
	b.same("the other scope", b.liveIn(b.other), before)
}

// foreignNetwork allows an engine to refuse a second network of a name, or to
// keep the two apart.
func foreignNetwork(b *bench) {
	n := relationshipNetwork(b.scope, "db")
	b.doIn(b.other, plan.CreateNetwork{Network: n})
	theirs := b.liveIn(b.other)
	err := b.rt.Perform(b.ctx, b.scope, plan.CreateNetwork{Network: n}, nil)
	ours := b.live().Networks
	if made := len(ours) == 1 && ours[0].ID != theirs.Networks[0].ID; made != (err == nil) {
		b.Errorf("the scope has the networks %v, and the error is %v", ours, err)
	}
	b.do(plan.RemoveNetwork{Name: n.Name})
	b.same("the other scope", b.liveIn(b.other), theirs)
}

func foreignPorts(b *bench) {
	port := freePort(b)
	b.doIn(b.other, plan.CreateNetwork{Network: topology.Network{Name: b.other.EgressNetwork(), Kind: topology.NetworkEgress}})
	theirs := b.other.InstanceName(web, 1, 1)
	b.doIn(b.other, plan.CreateInstance{Name: theirs, Container: b.published(port, b.other)}, plan.StartInstance{Name: theirs})
	foreign, err := b.rt.ObserveForeign(b.ctx, b.scope)
	if err != nil || foreign.Ports[port] != theirs {
		b.Errorf("foreign ports %v, %v: want %s of %s", foreign.Ports, err, port, theirs)
	}
	own, err := b.rt.ObserveForeign(b.ctx, b.other)
	if holder, ok := own.Ports[port]; err != nil || ok {
		b.Errorf("foreign to its own scope: %s, %v", holder, err)
	}
}

// published is a container that publishes a port through the egress network.
func (b *bench) published(p topology.Port, s topology.Scope) plan.Container {
	c := b.container(b.workload())
	c.Ports = []topology.Port{p}
	c.Networks = []plan.Attachment{{Network: s.EgressNetwork()}}
	return c
}

// freePort returns a published port that was free on this machine just now.
func freePort(b *bench) topology.Port {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	free := l.Addr().(*net.TCPAddr).AddrPort()
	return topology.Port{Address: netip.MustParseAddr("127.0.0.1"), Host: free.Port(), Container: 8080, Protocol: "tcp"}
}
