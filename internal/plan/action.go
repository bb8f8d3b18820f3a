package plan

import (
	"errors"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Restart returns the steps that restart the instances of an app or service, one
// after the other: none stops before the one before it is healthy again.
func Restart(live topology.Live, a topology.Address) ([]Step, error) {
	w, _, there := Present(live, a, nil)
	switch {
	case !there:
		return nil, errors.New("it has no instance")
	case w.Job:
		return nil, errors.New("it is a job, which runs once")
	}
	var steps []Step
	var before []int
	add := func(op Op) {
		steps = append(steps, Step{Address: a, Op: op, Needs: before})
		before = []int{len(steps) - 1}
	}
	for _, i := range byGeneration(live, a) {
		add(StopInstance{Name: i.Name})
		add(StartInstance{Name: i.Name})
		add(AwaitInstance{Name: i.Name, Condition: topology.ConditionHealthy})
	}
	return steps, nil
}

// RunHook returns the steps that run a hook of an app once more, in a container
// like those that are live.
func RunHook(live topology.Live, a topology.Address, hook topology.Hook, key topology.Key) ([]Step, error) {
	w, _, there := Present(live, a, nil)
	command := w.Hooks.Command(hook)
	switch {
	case !there:
		return nil, errors.New("it has no instance")
	case len(command) == 0:
		return nil, fmt.Errorf("it has no hook %s", hook)
	case !none(live.HooksOf(a)):
		return nil, errors.New("a hook of it runs, or was left by an apply that was interrupted: apply it first")
	}
	w.Relationships = Current(live, w.Relationships)
	c := hookContainer(Lower(live.Scope, a, w, key), hook, command)
	instances := byGeneration(live, a)
	name := live.Scope.HookName(a, instances[len(instances)-1].Generation, hook)
	return []Step{
		{Address: a, Op: EnsureImage{Image: c.Image, Digest: c.Digest, Never: w.Pull == topology.PullNever}},
		{Address: a, Op: CreateInstance{Name: name, Container: c}, Undo: RemoveInstance{Name: name}, Needs: []int{0}},
		{Address: a, Op: StartInstance{Name: name}, Undo: StopInstance{Name: name}, Needs: []int{1}},
		{Address: a, Op: AwaitInstance{Name: name, Condition: topology.ConditionCompleted}, Needs: []int{2}},
		{Address: a, Op: RemoveInstance{Name: name}, Needs: []int{3}},
	}, nil
}
