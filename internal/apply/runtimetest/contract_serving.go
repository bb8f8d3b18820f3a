package runtimetest

import (
	"slices"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var servingPromises = []promise{
	{"an instance is paused and goes on", pauses},
	{"an instance that does not run is not paused", func(b *bench) {
		name := b.create(1, 1)
		b.twice(plan.PauseInstance{Name: name})
		if status := b.instance(name).Status; status != topology.StatusCreated {
			b.Errorf("it is %s", status)
		}
		b.fails(plan.PauseInstance{Name: b.scope.InstanceName(web, 9, 9)})
	}},
	{"what is not paused, or not there, goes on", func(b *bench) {
		name := b.run(1, 1)
		b.twice(plan.UnpauseInstance{Name: name})
		b.do(plan.UnpauseInstance{Name: b.scope.InstanceName(web, 9, 9)})
	}},
	{"an instance that was stopped is resumed", func(b *bench) {
		name := b.run(1, 1)
		b.do(plan.StopInstance{Name: name})
		b.twice(plan.ResumeInstance{Name: name})
		if status := b.instance(name).Status; status != topology.StatusRunning {
			b.Errorf("it is %s", status)
		}
		b.fails(plan.ResumeInstance{Name: b.scope.InstanceName(web, 9, 9)})
	}},
	{"a password is changed in what runs alone", func(b *bench) {
		name := b.run(1, 1)
		change := plan.ChangePassword{Name: name, Command: []string{"true"}}
		b.twice(change)
		b.do(plan.StopInstance{Name: name})
		b.fails(change)
		change.Name = b.scope.InstanceName(web, 9, 9)
		b.fails(change)
	}},
	{"an instance that serves is watched", func(b *bench) {
		name := b.run(1, 1)
		b.twice(plan.WatchInstance{Name: name, Fresh: true})
		b.do(plan.WatchInstance{Name: name, For: time.Millisecond})
		b.do(plan.StopInstance{Name: name})
		b.fails(plan.WatchInstance{Name: name})
		b.fails(plan.WatchInstance{Name: b.scope.InstanceName(web, 9, 9)})
	}},
	{"an instance that turns unhealthy does not serve", func(b *bench) {
		name := b.runChecked(healthTest("false"))
		b.fails(await(name, topology.ConditionHealthy))
		b.fails(plan.WatchInstance{Name: name})
	}},
	{"a hook's container is no instance", hooks},
}

func pauses(b *bench) {
	name := b.run(1, 1)
	b.twice(plan.PauseInstance{Name: name})
	if status := b.instance(name).Status; status != topology.StatusPaused {
		b.Errorf("paused, it is %s", status)
	}
	b.twice(plan.UnpauseInstance{Name: name})
	b.do(plan.PauseInstance{Name: name}, plan.StartInstance{Name: name})
	if status := b.instance(name).Status; status != topology.StatusRunning {
		b.Errorf("let go on, it is %s", status)
	}
}

func hooks(b *bench) {
	c := b.container(b.workload("true"))
	c.Hook = topology.HookDeploy
	name := b.scope.HookName(web, 1, c.Hook)
	b.do(plan.CreateInstance{Name: name, Container: c})
	for _, live := range []topology.Live{b.live(), b.live(web)} {
		if len(live.Instances) > 0 || len(live.Hooks) != 1 {
			b.Fatalf("there are instances %v and hooks %v", live.Instances, live.Hooks)
		}
	}
	h := b.live().Hooks[0]
	if want := (topology.LiveHook{ID: h.ID, Name: name, Address: web, Hook: c.Hook}); h != want || h.ID == "" {
		b.Errorf("it is %+v, want %+v", h, want)
	}
	b.do(plan.StartInstance{Name: name}, await(name, topology.ConditionCompleted))
	b.twice(plan.RemoveInstance{Name: name, ID: h.ID})
	if left := b.live(web).Hooks; !slices.Equal(left, nil) {
		b.Errorf("left over: %v", left)
	}
}
