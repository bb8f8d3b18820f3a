package plan_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// randomTopology draws a sound topology over a small pool of names, so that
// two of them have much in common. An app refers to those with a smaller
// number, publishes its own port and writes to its own volume.
func randomTopology(t *rapid.T, label string) declared {
	d := newDeclared()
	draw := drawer{t, label}
	var targets []topology.Address
	for n := 1; n <= 3; n++ {
		if draw.maybe("volume", n) {
			d.volumes[address(topology.KindVolume, "v", n)] = topology.Volume{
				Name: fmt.Sprintf("v%d", n), Shared: draw.maybe("shared", n), OnDestroy: draw.of("on_destroy", n, "retain", "delete"),
			}
		}
		if a := address(topology.KindService, "s", n); draw.maybe("service", n) {
			d.workloads[a] = draw.service(a, n)
			targets = append(targets, a)
		}
	}
	targets = append(targets, draw.relationships(d, targets)...)
	for n := 1; n <= 3; n++ {
		if a := address(topology.KindApp, "a", n); draw.maybe("app", n) {
			d.workloads[a] = draw.app(d, a, n, targets)
			targets = append(targets, a)
		}
	}
	return d
}

func address(kind topology.Kind, letter string, n int) topology.Address {
	return topology.Address{Kind: kind, Name: fmt.Sprintf("%s%d", letter, n)}
}

type drawer struct {
	t     *rapid.T
	label string
}

func (d drawer) maybe(what string, n int) bool {
	return rapid.Bool().Draw(d.t, fmt.Sprintf("%s %s %d", d.label, what, n))
}

func (d drawer) of(what string, n int, values ...string) string {
	return rapid.SampledFrom(values).Draw(d.t, fmt.Sprintf("%s %s %d", d.label, what, n))
}

func (d drawer) service(a topology.Address, n int) topology.Workload {
	return topology.Workload{
		Name: a.Name, Replicas: 1, ReadOnly: true, Restart: "always", StopGracePeriod: "15s", AllowDowngrade: true,
		Type:   d.of("type", n, "redis:7", "redis:7.2", "postgresql:15", "nginx:1"),
		Memory: topology.Size(d.of("service memory", n, "", "64m", "0.25g")),
		Port:   map[string]int64{"own": 7000}[d.of("port", n, "", "own")],

		FreezeTimeout: topology.Duration(d.of("freeze", n, "", "30s")),
	}
}

// relationships draws relationships to any of the targets, and one to a relationship.
func (d drawer) relationships(into declared, targets []topology.Address) []topology.Address {
	var made []topology.Address
	for n := 1; n <= 2 && len(targets) > 0; n++ {
		if !d.maybe("relationship", n) {
			continue
		}
		a := address(topology.KindRelationship, "r", n)
		into.relationships[a] = topology.Relationship{Name: a.Name}
		target := rapid.SampledFrom(targets).Draw(d.t, fmt.Sprintf("%s target %d", d.label, n))
		into.targets[a] = map[string]topology.Address{"": target}
		made, targets = append(made, a), append(targets, a)
	}
	return made
}

func (d drawer) app(into declared, a topology.Address, n int, targets []topology.Address) topology.Workload {
	w := topology.Workload{
		Name: a.Name, ReadOnly: true, Restart: "unless-stopped", StopGracePeriod: "15s",
		Image: d.of("image", n, "app:1", "app:2"), Replicas: rapid.Int64Range(1, 3).Draw(d.t, fmt.Sprintf("%s replicas %d", d.label, n)),
		Env: map[string]string{"A": d.of("variable", n, "1", "2")}, Egress: d.maybe("egress", n),
		Memory: topology.Size(d.of("memory", n, "", "64m", "128m")), CPUs: map[string]float64{"third": 1.0 / 3}[d.of("cpus", n, "", "third")],
	}
	if d.maybe("secrets", n) {
		w.Secrets = map[string]topology.Secret{"token": topology.NewSecret(d.of("secret", n, "hushed1", "hushed2"))}
		w.SecretsVersion = d.of("secrets version", n, "", "2")
	}
	if d.maybe("hooks", n) {
		w.Hooks = &topology.HookCommands{Deploy: []string{"true"}, PostDeploy: []string{"true"}}
	}
	w.Strategy = topology.Strategy(d.of("strategy", n, "", "", string(topology.StrategyRecreate)))
	if d.of("job", n, "no", "no", "yes") == "yes" {
		w.Job, w.Restart = true, "no"
	} else if d.maybe("port", n) {
		w.Ports, w.Replicas = []string{fmt.Sprintf("%d:80", 8080+n)}, 1
	}
	if v := address(topology.KindVolume, "v", n); into.volumes[v].Name != "" && d.maybe("mount", n) {
		w.Mounts = map[string]topology.Mount{"/data": {Volume: scope.ID(v)}}
		if !into.volumes[v].Shared {
			w.Replicas = 1
		}
	}
	hosts := map[string]bool{}
	for k, target := range targets {
		if key := fmt.Sprintf("k%d", k%3); !hosts[key] && d.maybe("needs "+target.String(), n) {
			hosts[key] = true
			_ = into.refer(a, key, target.String())
		}
	}
	return w
}
