package runtimetest

import (
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var networkPromises = []promise{
	{"a network reads back as it was made", networkReadsBack},
	{"a network that is not there is removed", func(b *bench) {
		b.twice(plan.RemoveNetwork{Name: b.scope.RelationshipNetwork("none")})
	}},
	{"a network that is ours is kept", networkIsKept},
	{"a network made by many at once is one", networkMadeByMany},
	{"a network with members is not removed", networkWithMembers},
	{"an instance that does not run is a member too", networkWithStoppedMember},
}

var connectionPromises = []promise{
	{"a running instance is connected and disconnected", func(b *bench) { connects(b, b.run(1, 1)) }},
	{"an instance that never ran is connected and disconnected", func(b *bench) { connects(b, b.create(1, 1)) }},
	{"what is not there is not connected", func(b *bench) {
		name := b.create(1, 1)
		b.fails(plan.Connect{Network: b.scope.RelationshipNetwork("none"), Instance: name})
		n := b.addNetwork("db")
		b.fails(plan.Connect{Network: n.Name, Instance: b.scope.InstanceName(web, 9, 9)})
	}},
	{"what is not there is disconnected", func(b *bench) {
		name := b.create(1, 1)
		b.do(plan.Disconnect{Network: b.scope.RelationshipNetwork("none"), Instance: name})
		n := b.addNetwork("db")
		b.do(plan.Disconnect{Network: n.Name, Instance: b.scope.InstanceName(web, 9, 9)})
	}},
}

func networkReadsBack(b *bench) {
	networks := []topology.Network{
		relationshipNetwork(b.scope, "db"),
		{
			Name: b.scope.Prefix() + "app.web.cache", Kind: topology.NetworkImplied,
			Owner: web, Key: "cache", Target: db, Host: db.Host(),
		},
		{Name: b.scope.EgressNetwork(), Kind: topology.NetworkEgress},
	}
	for _, n := range networks {
		b.twice(plan.CreateNetwork{Network: n})
		live, ok := b.live().Network(n.Name)
		if !ok || live.ID == "" {
			b.Fatalf("network %q is not there, or has no id", n.Name)
		}
		n.ID = live.ID
		b.same("network "+n.Name, live, n)
	}
	b.sorted()
	for _, n := range networks {
		b.twice(plan.RemoveNetwork{Name: n.Name})
		if _, ok := b.live().Network(n.Name); ok {
			b.Errorf("network %q is there after it was removed", n.Name)
		}
	}
}

func networkIsKept(b *bench) {
	n := b.addNetwork("db")
	before := b.live().Networks
	n.Declared.Constraint = ">= 16"
	b.do(plan.CreateNetwork{Network: n})
	b.same("networks", b.live().Networks, before)
}

func networkMadeByMany(b *bench) {
	n := relationshipNetwork(b.scope, "db")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := b.rt.Perform(b.ctx, b.scope, plan.CreateNetwork{Network: n}, nil); err != nil {
				b.Errorf("create network: %v", err)
			}
		})
	}
	all.Wait()
	if live := b.live().Networks; len(live) != 1 {
		b.Fatalf("%d networks, want 1: %v", len(live), live)
	}
	b.do(plan.RemoveNetwork{Name: n.Name})
	if live := b.live().Networks; len(live) != 0 {
		b.Errorf("another of that name is left: %v", live)
	}
}

func networkWithMembers(b *bench) {
	n := b.addNetwork("db")
	name := b.run(1, 1)
	b.do(plan.Connect{Network: n.Name, Instance: name})
	before := b.live()
	b.fails(plan.RemoveNetwork{Name: n.Name})
	b.do(plan.RemoveNetwork{Name: n.Name, IfUnused: true})
	b.same("live", b.live(), before)
	b.do(plan.Disconnect{Network: n.Name, Instance: name})
	b.twice(plan.RemoveNetwork{Name: n.Name, IfUnused: true})
	b.same("networks", b.live().Networks, []topology.Network(nil))
}

func networkWithStoppedMember(b *bench) {
	n := b.addNetwork("db")
	name := b.create(1, 1)
	b.do(plan.Connect{Network: n.Name, Instance: name}, plan.RemoveNetwork{Name: n.Name, IfUnused: true},
		plan.StartInstance{Name: name}, plan.StopInstance{Name: name}, plan.RemoveNetwork{Name: n.Name, IfUnused: true},
		plan.StartInstance{Name: name})
	if status := b.instance(name).Status; status != topology.StatusRunning {
		b.Errorf("the instance is %s, want running", status)
	}
}

func connects(b *bench, name string) {
	one, two := b.addNetwork("one"), b.addNetwork("two")
	before := b.instance(name)
	b.twice(plan.Connect{Network: one.Name, Instance: name, Aliases: []string{"z.internal", "a.internal"}})
	b.twice(plan.Connect{Network: two.Name, Instance: name})
	b.same("networks", b.instance(name).Networks,
		map[string][]string{one.Name: {"a.internal", "z.internal"}, two.Name: nil})
	b.do(plan.Connect{Network: one.Name, Instance: name, Aliases: []string{"other.internal"}})
	b.same("networks with other aliases", b.instance(name).Networks,
		map[string][]string{one.Name: {"other.internal"}, two.Name: nil})
	b.twice(plan.Disconnect{Network: one.Name, Instance: name})
	b.twice(plan.Disconnect{Network: two.Name, Instance: name})
	b.same("instance", b.instance(name), before)
}
