package docker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// instanceOf reads a container of ours.
func instanceOf(c inspected, declared *declarations) (topology.Instance, error) {
	labels := c.Config.Labels
	i := topology.Instance{
		ID: c.ID, Name: c.name(),
		Address:  topology.Address{Kind: topology.Kind(labels[labelKind]), Name: labels[labelName]},
		SpecHash: labels[labelSpec], KeyID: labels[labelKey],
		Status: statusOf(c), Health: healthOf(c), ExitCode: c.State.ExitCode,
		Networks: networksOf(c), Mounts: mountsOf(c),
	}
	i.Generation, i.N = numbersOf(i.Name)
	_, err := topology.ParseAddress(i.Address.String())
	var d declaration
	if err == nil {
		d, err = declared.of(labels[labelDeclared])
	}
	if err == nil {
		i.Workload, err = workloadOf(c, d)
	}
	if err != nil {
		return i, fmt.Errorf("container %q: %w", i.Name, err)
	}
	return i, nil
}

// numbersOf returns the last two numbers of an instance's name, 0 where there are none.
func numbersOf(name string) (generation, n int) {
	parts := strings.Split(name, "-")
	if len(parts) < 3 {
		return 0, 0
	}
	generation, errGeneration := strconv.Atoi(parts[len(parts)-2])
	n, errN := strconv.Atoi(parts[len(parts)-1])
	if errGeneration != nil || errN != nil {
		return 0, 0
	}
	return generation, n
}

// stopped is the state in which Podman has what ended until it has tidied up.
const stopped container.ContainerState = "stopped"

func statusOf(c inspected) topology.Status {
	switch s := c.State; {
	case s.Dead:
		return topology.StatusExited
	case s.Paused:
		return topology.StatusPaused
	case s.Restarting:
		return topology.StatusRestarting
	case s.Running && healthOf(c) == topology.HealthUnhealthy:
		return topology.StatusUnhealthy
	case s.Running:
		return topology.StatusRunning
	case s.Status == container.StateCreated:
		return topology.StatusCreated
	case (s.Status == container.StateExited || s.Status == stopped) && s.ExitCode == 0:
		return topology.StatusCompleted
	}
	return topology.StatusExited
}

// healthOf is the engine's verdict. What was paused the engine calls unhealthy
// until a check succeeds, though fewer have failed than it takes.
func healthOf(c inspected) topology.Health {
	switch s := c.State; {
	case s.Health == nil || s.Health.Status == container.NoHealthcheck || s.Health.Status == "":
		return topology.HealthNone
	case s.Health.Status == container.Unhealthy && s.Health.FailingStreak < retriesOf(c):
		return topology.HealthStarting
	}
	if health := topology.Health(c.State.Health.Status); health == topology.HealthHealthy || health == topology.HealthUnhealthy {
		return health
	}
	return topology.HealthStarting // nothing is proven
}

// retriesOf is how many checks in a row have to fail: 3 where nobody says.
func retriesOf(c inspected) int {
	if h := c.Config.Healthcheck; h != nil && h.Retries > 0 {
		return h.Retries
	}
	return 3
}

// shortID is how much of a container's id the engine makes an alias.
const shortID = 12

// networksOf leaves out what the engine says of containers without one.
func networksOf(c inspected) map[string][]string {
	out := map[string][]string{}
	for name := range c.NetworkSettings.Networks {
		if name != noNetwork && name != antechamber {
			out[name] = aliasesOn(c, name)
		}
	}
	return out
}

// aliasesOn returns the sorted aliases of a container on a network, without
// those that the engine adds: its short id and its name.
func aliasesOn(c inspected, network string) []string {
	var out []string
	for _, alias := range c.NetworkSettings.Networks[network].Aliases {
		if alias != c.name() && alias != c.ID[:shortID] {
			out = append(out, alias)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mountsOf returns the volumes that were asked for, not those that the engine
// made because an image declares them, nor the probe's.
func mountsOf(c inspected) map[string]topology.VolumeUse {
	out := map[string]topology.VolumeUse{}
	for _, m := range c.HostConfig.Mounts {
		if m.Type == mount.TypeVolume && m.Source != "" && m.Target != plan.ProbePath {
			out[m.Target] = topology.VolumeUse{Volume: m.Source, ReadOnly: m.ReadOnly}
		}
	}
	return out
}

// workloadOf reads what an instance was made from: what only a label can hold
// from what was declared, what the engine holds from the engine.
func workloadOf(c inspected, d declaration) (topology.Workload, error) {
	w := d.workload
	w.Name, w.Replicas = c.Config.Labels[labelName], 1
	for _, f := range plan.WorkloadFields {
		if f.Path == "" || f.Effect != plan.EffectLive && !d.has[f.Name] {
			continue
		}
		has, err := c.at(f.Path)
		if err != nil {
			return w, fmt.Errorf("%s: %w", f.Name, err)
		}
		decode(has, f.Get(&w))
	}
	if d.has["env"] {
		w.Env = pick(d.env, environment(c.Config.Env))
	}
	if d.has["labels"] {
		w.Labels = pick(d.labels, c.Config.Labels)
	}
	return w, nil
}

// pick returns the entries of those names.
func pick(names []string, from map[string]string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if value, there := from[name]; there {
			out[name] = value
		}
	}
	return out
}

func environment(list []string) map[string]string {
	out := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		out[name] = value
	}
	return out
}
