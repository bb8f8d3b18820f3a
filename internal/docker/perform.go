package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Perform does one step's call, as plan.Op says. Its error does not repeat the
// op; a call that the op itself does not name is named. What was read of the
// scope before is forgotten.
func (e *Engine) Perform(ctx context.Context, scope topology.Scope, op plan.Op, report func(apply.Pulled)) error {
	e.snapshot(scope).drop()
	defer e.snapshot(scope).drop() // readings that began in the midst of it too
	switch op := op.(type) {
	case plan.EnsureImage:
		return e.ensureImage(ctx, op, report)
	case plan.BuildImage:
		return e.buildImage(ctx, op, report)
	case plan.EnsureProbe:
		return e.ensureProbe(ctx, op)
	case plan.CreateNetwork:
		return e.createNetwork(ctx, scope, op)
	case plan.RemoveNetwork:
		return e.removeNetwork(ctx, scope, op)
	case plan.Connect:
		return e.connect(ctx, scope, op)
	case plan.Disconnect:
		return e.disconnect(ctx, scope, op)
	case plan.CreateVolume:
		return e.createVolume(ctx, scope, op)
	case plan.RemoveVolume:
		return e.removeVolume(ctx, scope, op.Name, kindVolume)
	case plan.Mark:
		return e.mark(ctx, scope, op)
	case plan.Unmark:
		return e.removeVolume(ctx, scope, op.Name, kindMarker)
	case plan.CreateInstance:
		return e.createInstance(ctx, scope, op)
	case plan.StartInstance:
		return e.startInstance(ctx, scope, op)
	case plan.StopInstance:
		return e.stopInstance(ctx, scope, op)
	case plan.RemoveInstance:
		return e.removeInstance(ctx, scope, op)
	case plan.RenameInstance:
		return e.renameInstance(ctx, scope, op)
	case plan.UpdateInstance:
		return e.updateInstance(ctx, scope, op)
	}
	return e.performOnVault(ctx, scope, op)
}

// own returns the container of that name, which must be the scope's.
func (e *Engine) own(ctx context.Context, scope topology.Scope, name string) (inspected, error) {
	c, err := e.inspect(ctx, name)
	if err != nil {
		return c, err
	}
	if !isOurs(c.Config.Labels, scope) && !e.isAdopted(scope, c.ID) {
		return c, foreign("container", name, scope)
	}
	return c, nil
}

// classed is an error of this package that errdefs can tell the class of.
type classed struct {
	text  string
	class error
}

func (c classed) Error() string { return c.text }
func (c classed) Unwrap() error { return c.class }

// foreign is the error for an object without the labels that it must have to
// be kept, changed or removed.
func foreign(kind, name string, scope topology.Scope) error {
	return classed{fmt.Sprintf("%s %q exists and is not of project %q, environment %q",
		kind, name, scope.Project, scope.Environment), errdefs.ErrConflict}
}

// quoted joins names in quotes, sorted.
func quoted(names map[string]bool) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, fmt.Sprintf("%q", name))
	}
	return strings.Join(out, ", ")
}
