package docker

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// instanceOf reads a container of ours.
func instanceOf(c inspected) (topology.Instance, error) {
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
	if err == nil {
		i.Workload, err = workloadOf(c)
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
	case s.Status == container.StateExited && s.ExitCode == 0:
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

// networksOf leaves out the engine's own network of containers without one.
func networksOf(c inspected) map[string][]string {
	out := map[string][]string{}
	for name := range c.NetworkSettings.Networks {
		if name != "none" {
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
// from the label, what the engine holds from the engine.
func workloadOf(c inspected) (topology.Workload, error) {
	w := topology.Workload{Name: c.Config.Labels[labelName], Replicas: 1}
	declared := map[string]json.RawMessage{}
	if text := c.Config.Labels[labelDeclared]; text != "" {
		if err := json.Unmarshal([]byte(text), &declared); err != nil {
			return w, fmt.Errorf("label %s: %w", labelDeclared, err)
		}
	}
	for _, f := range plan.WorkloadFields {
		if err := readField(f, c, declared[f.Name], &w); err != nil {
			return w, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return w, nil
}

func readField(f plan.Field, c inspected, declared json.RawMessage, w *topology.Workload) (err error) {
	switch {
	case f.Path != "" && (f.Effect == plan.EffectLive || declared != nil):
		has, err := c.at(f.Path)
		if err != nil {
			return err
		}
		decode(has, f.Get(w))
		return nil
	case f.Path != "" || declared == nil:
		return nil
	case f.Name == "env":
		w.Env, err = pick(declared, environment(c.Config.Env))
	case f.Name == "labels":
		w.Labels, err = pick(declared, c.Config.Labels)
	default:
		err = json.Unmarshal(declared, f.Get(w).Addr().Interface())
	}
	return err
}

// pick returns the entries whose names a JSON list has.
func pick(names json.RawMessage, from map[string]string) (map[string]string, error) {
	var wanted []string
	if err := json.Unmarshal(names, &wanted); err != nil {
		return nil, err
	}
	out := maps.Clone(from)
	maps.DeleteFunc(out, func(name, _ string) bool { return !slices.Contains(wanted, name) })
	return out, nil
}

func environment(list []string) map[string]string {
	out := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		out[name] = value
	}
	return out
}
