package apply_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestHint(t *testing.T) {
	failed := func(op plan.Op, err error) error { return &apply.StepError{Address: web, Op: op, Err: err} }
	volume := plan.CreateVolume{Volume: topology.LiveVolume{Declared: topology.Volume{Driver: "nfs"}}}
	over := func(setting string) error { return &apply.LimitError{Limit: apply.Limit{Setting: setting}} }
	for name, row := range map[string]struct {
		err  error
		want string
	}{
		"no engine":      {fmt.Errorf("observe: %w", apply.ErrUnreachable), "Start the engine, or say where it is: with host on the provider, DOCKER_HOST or docker context use."},
		"no time":        {failed(plan.AwaitInstance{}, over("timeouts.create")), "If all it needs is time, set timeouts.create to more."},
		"no time, fixed": {failed(plan.CreateVolume{}, over("")), ""},
		"no image":       {failed(plan.EnsureImage{Image: "redis:7"}, errGone), "See what docker pull redis:7 says on the engine's machine."},
		"no driver":      {failed(volume, errdefs.ErrNotFound), "Install the driver nfs on the engine, or choose another."},
		"no volume":      {failed(volume, errGone), ""},
		"port":           {failed(plan.StartInstance{}, errPort), "Free the port, or publish another in ports."},
		"no start":       {failed(plan.StartInstance{}, errGone), ""},
		"unhealthy":      {failed(plan.AwaitInstance{}, errGone), "Put right what its log tells, or its healthcheck, and apply again."},
		"undo":           {&apply.StepError{Op: plan.StartInstance{}, Undo: true, Err: errPort}, ""},
		"anything":       {errors.New("odd"), ""},
	} {
		if got := apply.Hint(row.err); got != row.want {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
}
