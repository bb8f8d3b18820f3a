package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// PresentAll returns all that is live as a topology. What an engine does not hold
// is as it is in another topology.
func PresentAll(live topology.Live, like topology.Topology) topology.Topology {
	out := topology.Topology{
		Scope: live.Scope, Workloads: map[topology.Address]topology.Workload{},
		Relationships: map[topology.Address]topology.Relationship{}, Volumes: map[topology.Address]topology.Volume{},
	}
	for i := range live.All() {
		if _, there := out.Workloads[i.Address]; !there {
			out.Workloads[i.Address], _, _ = Present(live, i.Address, known(like.Workloads, i.Address))
		}
	}
	for _, n := range live.Networks {
		if v, ok := PresentRelationship(live, n.Owner, known(like.Relationships, n.Owner)); ok {
			out.Relationships[n.Owner] = v
		}
	}
	for _, v := range live.Volumes {
		if w, ok := PresentVolume(live, v.Address, known(like.Volumes, v.Address)); ok {
			out.Volumes[v.Address] = w
		}
	}
	return out
}

func known[T any](of map[topology.Address]T, a topology.Address) *T {
	if v, ok := of[a]; ok {
		return &v
	}
	return nil
}

// State says how the instances of an address are: their status, and their
// health where there is a check.
func State(instances []topology.Instance, status topology.Status) string {
	if status != topology.StatusRunning {
		return string(status)
	}
	for _, health := range []topology.Health{topology.HealthUnhealthy, topology.HealthStarting, topology.HealthHealthy} {
		if slices.ContainsFunc(instances, func(i topology.Instance) bool { return i.Health == health }) {
			return string(health)
		}
	}
	return string(status)
}
