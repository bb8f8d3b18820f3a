package plan_test

import (
	"fmt"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// fleet is a topology of so many apps in tiers, each app of which refers to
// three of the tier before, directly and by a declared relationship.
func fleet(apps, replicas int) topology.Topology {
	const tiers = 5
	t := topology.Topology{
		Scope:         topology.Scope{Project: "fleet", Environment: "default"},
		Workloads:     map[topology.Address]topology.Workload{},
		Relationships: map[topology.Address]topology.Relationship{},
		Volumes:       map[topology.Address]topology.Volume{},
	}
	width := max(apps/tiers, 1)
	for n := range apps {
		a := topology.Address{Kind: topology.KindApp, Name: fmt.Sprintf("app%d", n)}
		w := topology.Workload{
			Name: a.Name, Image: "web:1", ImageDigest: "sha256:1", Replicas: int64(replicas), Port: 80, Scheme: "http",
			Env: map[string]string{"NUMBER": a.Name, "LEVEL": "info"}, Restart: "unless-stopped", ReadOnly: true,
			Relationships: map[string]topology.Reference{},
		}
		for k := range 3 {
			if n < width {
				break
			}
			target := topology.Address{Kind: topology.KindApp, Name: fmt.Sprintf("app%d", (n/width-1)*width+(n+k)%width)}
			w.Relationships[fmt.Sprintf("r%d", k)] = topology.Reference{
				Address: target, TargetAddress: target, Host: target.Host(), Port: 80, Scheme: "http", Condition: "healthy",
			}
		}
		t.Workloads[a] = w
	}
	return t
}

// BenchmarkMake plans fleets of ever more instances: what is live already, and
// an image that all of them take.
func BenchmarkMake(b *testing.B) {
	const replicas = 20
	for _, apps := range []int{5, 50, 500} {
		desired := fleet(apps, replicas)
		live, err := plan.AsLive(desired, key)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("nothing/%d", apps*replicas), func(b *testing.B) { makes(b, desired, live, false) })
		for a, w := range desired.Workloads {
			w.ImageDigest = "sha256:2"
			desired.Workloads[a] = w
		}
		b.Run(fmt.Sprintf("image/%d", apps*replicas), func(b *testing.B) { makes(b, desired, live, true) })
	}
}

func makes(b *testing.B, desired topology.Topology, live topology.Live, changes bool) {
	b.ReportAllocs()
	for b.Loop() {
		order, err := plan.Order(desired, live, nil)
		if err != nil {
			b.Fatal(err)
		}
		p, err := plan.Make(plan.Input{Desired: desired, Live: live, Key: key, About: order})
		if err != nil || (len(p.Steps) > 0) != changes {
			b.Fatal(len(p.Steps), err)
		}
	}
}
