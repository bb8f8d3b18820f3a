package docker

import (
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// The engine calls what was paused unhealthy until its next check.
func TestAnInstanceThatWasPausedIsNotUnhealthy(t *testing.T) {
	b := newBench(t)
	c := shell("web", "sleep 100")
	c.Health = check(time.Hour, 3, "true")
	name := b.start(t, c)
	b.perform(t, plan.PauseInstance{Name: name}, plan.UnpauseInstance{Name: name})
	if i := b.instance(t, name); i.Status != topology.StatusRunning || i.Health != topology.HealthStarting {
		t.Errorf("it is %s, and its health %s", i.Status, i.Health)
	}
	b.perform(t, plan.AwaitInstance{Name: name, Condition: topology.ConditionHealthy}, plan.WatchInstance{Name: name})
}
