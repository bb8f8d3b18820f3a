package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// declared is a topology as its author wrote it: references are addresses.
type declared struct {
	workloads     map[topology.Address]topology.Workload
	relationships map[topology.Address]topology.Relationship
	volumes       map[topology.Address]topology.Volume
	targets       map[topology.Address]map[string]topology.Address // by consumer and key, "" for a relationship's own
}

func newDeclared() declared {
	return declared{
		workloads:     map[topology.Address]topology.Workload{},
		relationships: map[topology.Address]topology.Relationship{},
		volumes:       map[topology.Address]topology.Volume{},
		targets:       map[topology.Address]map[string]topology.Address{},
	}
}

func (d declared) addresses() []topology.Address {
	all := slices.Concat(
		slices.Collect(maps.Keys(d.volumes)), slices.Collect(maps.Keys(d.workloads)), slices.Collect(maps.Keys(d.relationships)))
	slices.SortFunc(all, func(a, b topology.Address) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// needs returns what an address refers to.
func (d declared) needs(a topology.Address) []topology.Address {
	out := slices.Collect(maps.Values(d.targets[a]))
	for _, m := range d.workloads[a].Mounts {
		if volume, err := scope.VolumeOf(m.Volume); err == nil {
			out = append(out, volume)
		}
	}
	slices.SortFunc(out, func(a, b topology.Address) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// declare reads one line: `KIND NAME field=value field.key=value`.
func (d declared) declare(line string) error {
	words := strings.Fields(line)
	if len(words) < 2 {
		return fmt.Errorf("%q: want KIND NAME field=value", line)
	}
	a, err := topology.ParseAddress(words[0] + "." + words[1])
	if err != nil {
		return err
	}
	switch a.Kind {
	case topology.KindVolume:
		return d.declareVolume(a, words[2:])
	case topology.KindRelationship:
		return d.declareRelationship(a, words[2:])
	}
	job := slices.Contains(words, "job")
	w := topology.Workload{Name: a.Name, Replicas: 1, ReadOnly: true, Restart: "unless-stopped", StopGracePeriod: "15s", Job: job}
	if job {
		w.Restart = "no"
	}
	for _, word := range words[2:] {
		if err := d.setWorkload(a, &w, word); err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	}
	d.workloads[a] = w
	return nil
}

func (d declared) declareVolume(a topology.Address, words []string) error {
	v := topology.Volume{Name: a.Name, OnDestroy: topology.OnDestroyRetain}
	for _, word := range words {
		field, k, value := split(word)
		switch field {
		case "driver":
			v.Driver = value
		case "driver_opts":
			put(&v.DriverOpts, k, value)
		case "shared":
			v.Shared = true
		case "on_destroy":
			v.OnDestroy = value
		case "labels":
			put(&v.Labels, k, value)
		default:
			return fmt.Errorf("%s: no field %q", a, field)
		}
	}
	d.volumes[a] = v
	return nil
}

func (d declared) declareRelationship(a topology.Address, words []string) error {
	r := topology.Relationship{Name: a.Name}
	for _, word := range words {
		field, _, value := split(word)
		switch field {
		case "target":
			if err := d.refer(a, "", value); err != nil {
				return err
			}
		case "endpoint":
			r.Endpoint = value
		case "constraint":
			r.Constraint = value
		case "condition":
			r.Condition = topology.Condition(value)
		default:
			return fmt.Errorf("%s: no field %q", a, field)
		}
	}
	d.relationships[a] = r
	return nil
}

func (d declared) refer(from topology.Address, key, to string) error {
	target, err := topology.ParseAddress(to)
	if d.targets[from] == nil {
		d.targets[from] = map[string]topology.Address{}
	}
	d.targets[from][key] = target
	return err
}

// setWorkload sets one field from `field=value` or `field.key=value`.
func (d declared) setWorkload(a topology.Address, w *topology.Workload, word string) (err error) {
	field, k, value := split(word)
	switch field {
	case "type":
		w.Type = value
	case "image":
		w.Image = value
	case "build": // what it is built from, and then each image that it is built on
		from := strings.Split(value, ",")
		w.Build = &topology.Build{Context: from[0], Dockerfile: "Dockerfile"}
		for _, base := range from[1:] {
			put(&w.BaseImages, base, "")
		}
	case "version":
		w.Version = value
	case "command":
		w.Command = strings.Split(value, ",")
	case "user":
		w.User = value
	case "env":
		put(&w.Env, k, value)
	case "labels":
		put(&w.Labels, k, value)
	case "secrets":
		put(&w.Secrets, k, topology.NewSecret(value))
	case "secrets_version":
		w.SecretsVersion = value
	case "ports":
		w.Ports = strings.Split(value, ",")
	case "capabilities":
		w.Capabilities = strings.Split(value, ",")
	case "security_opt":
		w.SecurityOpt = strings.Split(value, ",")
	case "memory":
		w.Memory = topology.Size(value)
	case "restart":
		w.Restart = topology.Restart(value)
	case "stop_grace_period":
		w.StopGracePeriod = topology.Duration(value)
	case "replicas":
		w.Replicas, err = strconv.ParseInt(value, 10, 64)
	case "pids":
		var limit int64
		limit, err = strconv.ParseInt(value, 10, 64)
		w.Pids = topology.Limit(limit)
	case "port":
		w.Port, err = strconv.ParseInt(value, 10, 64)
	case "cpus":
		w.CPUs, err = strconv.ParseFloat(value, 64)
	case "configuration":
		put(&w.Configuration, k, value)
	case "credentials_version":
		w.CredentialsVersion, err = strconv.ParseInt(value, 10, 64)
	case "allow_downgrade":
		w.AllowDowngrade = true
	case "egress":
		w.Egress = true
	case "writable":
		w.ReadOnly = false
	case "job":
	case "renamed_from":
		w.RenamedFrom = value
	case "pull":
		w.Pull = topology.Pull(value)
	case "strategy":
		w.Strategy = topology.Strategy(value)
	case "freeze_timeout":
		w.FreezeTimeout = topology.Duration(value)
	case "hooks":
		setHook(w, topology.Hook(k), strings.Split(value, ","))
	case "http":
		w.Healthcheck = &topology.Healthcheck{HTTP: value}
	case "data_volume":
		w.DataVolume = value
	case "mounts":
		put(&w.Mounts, k, mount(value))
	case "relationships":
		return d.relate(a, w, k, value)
	default:
		return fmt.Errorf("no field %q", field)
	}
	return err
}

func setHook(w *topology.Workload, hook topology.Hook, command []string) {
	if w.Hooks == nil {
		w.Hooks = &topology.HookCommands{}
	}
	if hook == topology.HookDeploy {
		w.Hooks.Deploy = command
	} else {
		w.Hooks.PostDeploy = command
	}
}

// relate reads an address, or `outside:HOST:PORT`.
func (d declared) relate(a topology.Address, w *topology.Workload, key, value string) error {
	outside, ok := strings.CutPrefix(value, "outside:")
	if !ok {
		return d.refer(a, key, value)
	}
	host, port, _ := strings.Cut(outside, ":")
	n, err := strconv.ParseInt(port, 10, 64)
	put(&w.Relationships, key, topology.Reference{Host: host, Port: n, Scheme: "https"})
	return err
}

// mount reads `volume:NAME`, `volume:NAME:ro` or `tmpfs:SIZE`.
func mount(value string) topology.Mount {
	parts := strings.Split(value, ":")
	if parts[0] == "tmpfs" {
		return topology.Mount{Tmpfs: topology.Size(parts[1])}
	}
	return topology.Mount{Volume: scope.Environment + "/" + parts[1], ReadOnly: len(parts) > 2}
}

// split takes `field.key=value` apart; a word without = is a field that is set.
func split(word string) (field, key, value string) {
	field, value, _ = strings.Cut(word, "=")
	field, key, _ = strings.Cut(field, ".")
	return field, key, value
}

func put[T any](m *map[string]T, key string, value T) {
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[key] = value
}
