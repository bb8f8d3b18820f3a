package runtimetest

import (
	"context"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var lifePromises = []promise{
	{"an instance is started, stopped and started again", startsAndStops},
	{"an instance that is not there is not started", func(b *bench) {
		b.fails(plan.StartInstance{Name: b.scope.InstanceName(web, 1, 1)})
	}},
	{"an instance that is not there is stopped and removed", func(b *bench) {
		b.do(plan.StopInstance{Name: b.scope.InstanceName(web, 1, 1)},
			plan.RemoveInstance{Name: b.scope.InstanceName(web, 1, 1)})
	}},
	{"an instance that never ran is stopped", func(b *bench) {
		name := b.create(1, 1)
		before := b.live()
		b.do(plan.StopInstance{Name: name})
		b.same("live", b.live(), before)
	}},
	{"an instance is removed however it is", func(b *bench) {
		created, running, stopped := b.create(1, 1), b.run(1, 2), b.run(1, 3)
		b.do(plan.StopInstance{Name: stopped})
		for _, name := range []string{created, running, stopped} {
			b.twice(plan.RemoveInstance{Name: name})
			b.absent(name)
		}
	}},
	{"an instance of another id is not removed", func(b *bench) {
		one, two := b.run(1, 1), b.run(1, 2)
		b.do(plan.RemoveInstance{Name: one, ID: b.instance(two).ID})
		b.twice(plan.RemoveInstance{Name: two, ID: b.instance(two).ID})
		b.absent(two)
		if status := b.instance(one).Status; status != topology.StatusRunning {
			b.Errorf("the instance of another id is %s", status)
		}
	}},
	{"an instance gets the name of another generation", renames},
	{"an instance does not get a name that is taken", func(b *bench) {
		one, two := b.create(1, 1), b.create(1, 2)
		before := b.live()
		b.fails(plan.RenameInstance{From: one, To: two})
		b.same("live", b.live(), before)
	}},
	{"an instance that is nowhere is not renamed", func(b *bench) {
		b.fails(plan.RenameInstance{From: b.scope.InstanceName(web, 1, 1), To: b.scope.InstanceName(web, 2, 1)})
	}},
	{"nothing is done when the context has ended", func(b *bench) {
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		if err := b.rt.Perform(ctx, b.scope, plan.CreateVolume{Volume: dataVolume(b.scope)}, nil); err == nil {
			b.Error("a volume was created")
		}
		if _, err := b.rt.Observe(ctx, b.scope, web); err == nil {
			b.Error("the scope was observed")
		}
		b.same("live", b.live(), topology.Live{Scope: b.scope})
	}},
}

func startsAndStops(b *bench) {
	name := b.create(1, 1)
	id := b.instance(name).ID
	for range 2 {
		b.twice(plan.StartInstance{Name: name})
		if i := b.instance(name); i.Status != topology.StatusRunning || i.ID != id {
			b.Errorf("started, it is %s, %s; want running, %s", i.Status, i.ID, id)
		}
		b.twice(plan.StopInstance{Name: name})
		if i := b.instance(name); i.Status != topology.StatusExited || i.ExitCode == 0 {
			b.Errorf("killed, it is %s with code %d", i.Status, i.ExitCode)
		}
	}
}

func renames(b *bench) {
	from, to := b.run(1, 2), b.scope.InstanceName(web, 12, 1)
	before := b.instance(from)
	b.twice(plan.RenameInstance{From: from, To: to})
	b.absent(from)
	want := before
	want.Name, want.Generation, want.N = to, 12, 1
	b.same("instance", b.instance(to), want)
	b.twice(plan.RenameInstance{From: to, To: to})
	b.create(1, 2) // the old name is free
}
