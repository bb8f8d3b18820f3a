package runtimetest

import (
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var instancePromises = []promise{
	{"an instance is made without being started", instanceIsMade},
	{"an instance of the same hash that never ran is kept", func(b *bench) {
		name := b.scope.InstanceName(web, 1, 1)
		b.twice(plan.CreateInstance{Name: name, Container: b.container(b.workload())})
	}},
	{"an instance of another hash is refused", func(b *bench) {
		name := b.create(1, 1)
		other := b.container(b.workload())
		other.Hash = "hash-2"
		before := b.live()
		b.fails(plan.CreateInstance{Name: name, Container: other})
		b.same("live", b.live(), before)
	}},
	{"an instance that has run is refused", func(b *bench) {
		name := b.run(1, 1)
		again := plan.CreateInstance{Name: name, Container: b.container(b.workload())}
		b.fails(again)
		b.do(plan.StopInstance{Name: name})
		b.fails(again)
	}},
	{"an instance is not made over what is missing", instanceOfMissing},
	{"an instance is not started on a port that is taken", portIsTaken},
}

func instanceIsMade(b *bench) {
	n := b.addNetwork("db")
	b.do(plan.CreateVolume{Volume: dataVolume(b.scope)})
	c := b.container(b.workload())
	c.Networks = []plan.Attachment{{Network: n.Name, Aliases: []string{"web.internal"}}}
	c.Mounts = []plan.ContainerMount{
		{Path: "/data", Volume: dataVolume(b.scope).Name, ReadOnly: true},
		{Path: "/scratch", Size: 1 << 20},
	}
	name := b.scope.InstanceName(web, 3, 2)
	b.do(plan.CreateInstance{Name: name, Container: c})
	i := b.instance(name)
	if i.ID == "" {
		b.Error("the instance has no id")
	}
	b.same("instance", i, topology.Instance{
		ID: i.ID, Name: name, Address: web, Generation: 3, N: 2, SpecHash: "hash-1", KeyID: "key-1",
		Status: topology.StatusCreated, Workload: b.workload(),
		Networks: map[string][]string{n.Name: {"web.internal"}},
		Mounts:   map[string]topology.VolumeUse{"/data": {Volume: dataVolume(b.scope).Name, ReadOnly: true}},
	})
	b.do(plan.StartInstance{Name: name})
	if started := b.instance(name); started.Status != topology.StatusRunning || started.ID != i.ID {
		b.Errorf("started, it is %+v", started)
	}
}

// instanceOfMissing allows an engine to find out when it starts the instance,
// but not to make what is missing.
func instanceOfMissing(b *bench) {
	for what, change := range map[string]func(*plan.Container){
		"image": func(c *plan.Container) { c.Digest = "sha256:" + zeros },
		"network": func(c *plan.Container) {
			c.Networks = []plan.Attachment{{Network: b.scope.RelationshipNetwork("none")}}
		},
		"volume": func(c *plan.Container) {
			c.Mounts = []plan.ContainerMount{{Path: "/data", Volume: b.scope.VolumeName("none")}}
		},
	} {
		c := b.container(b.workload())
		change(&c)
		name := b.scope.InstanceName(web, 1, 1)
		err := b.rt.Perform(b.ctx, b.scope, plan.CreateInstance{Name: name, Container: c}, nil)
		if err == nil {
			err = b.rt.Perform(b.ctx, b.scope, plan.StartInstance{Name: name}, nil)
		}
		if err == nil {
			b.Errorf("an instance was made and started over a missing %s", what)
		}
		b.do(plan.RemoveInstance{Name: name})
	}
	foreign, err := b.rt.ObserveForeign(b.ctx, b.scope)
	if err != nil || foreign.Volumes[b.scope.VolumeName("none")] {
		b.Errorf("the missing volume was made by the engine, or: %v", err)
	}
}

func portIsTaken(b *bench) {
	b.do(plan.CreateNetwork{Network: topology.Network{Name: b.scope.EgressNetwork(), Kind: topology.NetworkEgress}})
	c := b.published(freePort(b), b.scope)
	first, second := b.scope.InstanceName(web, 1, 1), b.scope.InstanceName(web, 2, 1)
	b.do(plan.CreateInstance{Name: first, Container: c}, plan.StartInstance{Name: first},
		plan.CreateInstance{Name: second, Container: c})
	b.fails(plan.StartInstance{Name: second})
	if status := b.instance(first).Status; status != topology.StatusRunning {
		b.Errorf("who holds the port is %s", status)
	}
	b.do(plan.StopInstance{Name: first}, plan.StartInstance{Name: second})
}
