package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// hooks makes the containers of the hooks that are to run, before anything
// else is made: their being there tells a later plan that they have yet to run.
// What an interrupted apply left of them goes first.
func (r *roll) hooks() {
	left := map[topology.Hook]bool{}
	for h := range r.Live.HooksOf(r.at) {
		left[h.Hook] = true
		r.ready = append(r.ready, r.add(RemoveInstance{Name: h.Name, ID: h.ID}, nil))
	}
	generation, _ := r.names()
	var made []int
	for _, hook := range topology.Hooks {
		command := r.want.Hooks.Command(hook)
		anew := r.missing > 0 && len(r.keep) == 0
		if len(command) == 0 || !anew && !left[hook] || hook == topology.HookDeploy && r.started() {
			continue
		}
		c := hookContainer(r.container, hook, command)
		name := r.Desired.Scope.HookName(r.at, generation, hook)
		created := r.add(CreateInstance{Name: name, Container: c}, RemoveInstance{Name: name}, r.ready)
		r.owed[hook] = &owedHook{name: name, created: created}
		made = append(made, created)
		r.impact.Hooks = append(r.impact.Hooks, hook)
	}
	r.ready = append(r.ready, made...)
}

// hookContainer returns the container of a hook: like an instance's, with the
// hook's command, and nobody reaches it.
func hookContainer(c Container, hook topology.Hook, command []string) Container {
	c.Hook, c.Health, c.Ports = hook, nil, nil
	c.Settings = slices.DeleteFunc(slices.Clone(c.Settings), func(s Setting) bool {
		return s.Path == "Config.Entrypoint" || s.Path == "Config.Cmd" || s.Path == "HostConfig.RestartPolicy"
	})
	c.Settings = append(c.Settings, Setting{Path: "Config.Entrypoint", Value: command})
	return c
}

// started reports whether all instances that are wanted run already.
func (r *roll) started() bool {
	return r.missing == 0 && !slices.ContainsFunc(r.keep, r.idle)
}

// owedHook is a hook that is to run.
type owedHook struct {
	name    string // of its container
	created int    // the step that makes that
	run     []int  // the steps that run it, once there are some
}

// runHook runs a hook to success, once, and returns the steps; nil when it is
// not to run.
func (r *roll) runHook(hook topology.Hook, needs ...[]int) []int {
	owed, due := r.owed[hook]
	if due && owed.run == nil {
		started := r.add(StartInstance{Name: owed.name}, StopInstance{Name: owed.name}, append(needs, []int{owed.created})...)
		done := r.await(AwaitInstance{Name: owed.name, Condition: topology.ConditionCompleted}, []int{started})
		owed.run = []int{done, r.add(RemoveInstance{Name: owed.name}, nil, []int{done})}
	}
	if !due {
		return nil
	}
	return owed.run
}
