package plan_test

import (
	"slices"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What was replaced and is wanted again, as after a kill in the middle, or another
// in its place, starts once the other has let go of the data that both write.
func TestOneWriterWhoComesBack(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	scope := topology.Scope{Project: "shop", Environment: "default"}
	desired := topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{db: {
		Name: "db", Type: "redis:7", Image: "redis:7", ImageDigest: "sha256:7", Replicas: 1, DataVolume: scope.DataVolumeName("db"), Restart: "unless-stopped",
	}}}
	live, err := plan.AsLive(desired, key)
	if err != nil {
		t.Fatal(err)
	}
	other := live.Instances[0]
	other.Name, other.Generation, other.SpecHash = scope.InstanceName(db, 2, 1), 2, "of another"
	live.Instances = append(live.Instances, other)
	for _, status := range []topology.Status{topology.StatusExited, topology.StatusCompleted, topology.StatusUnhealthy} {
		live.Instances[0].Status = status
		p, err := plan.Make(plan.Input{Desired: desired, Live: live, Key: key, About: []topology.Address{db}})
		if err != nil {
			t.Fatal(err)
		}
		stop := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Op == plan.StopInstance{Name: other.Name} })
		start := slices.IndexFunc(p.Steps, func(s plan.Step) bool { _, is := s.Op.(plan.StartInstance); return is })
		if stop < 0 || start < 0 || !needed(p.Steps, start, stop) {
			t.Errorf("%s: the start, step %d, does not wait for the stop, step %d, of %v", status, start, stop, p.Steps)
		}
		if p.Changes[0].Impact.Down == "" {
			t.Errorf("%s: the plan does not say that it is down meanwhile: %s", status, p.Changes[0].Impact)
		}
	}
}

// needed reports whether a step needs another, at whatever remove.
func needed(steps []plan.Step, step, other int) bool {
	return slices.ContainsFunc(steps[step].Needs, func(n int) bool { return n == other || needed(steps, n, other) })
}
