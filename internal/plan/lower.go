package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Lower returns the container that each instance of a checked and completed
// workload is made from. Its networks are those that the workload needs; the
// ones in which it is the target depend on what is live.
func Lower(s topology.Scope, a topology.Address, w topology.Workload, key topology.Key) Container {
	effective := catalog.Effective(w)
	w.Secrets = key.Printed(s, a, w.Secrets)
	c := Container{
		Address: a, Image: w.Image, Digest: w.ImageDigest,
		Settings:    append(settings(effective, EffectReplace), settings(effective, EffectLive)...),
		Env:         environment(s, a, w, key),
		Labels:      w.Labels,
		Declared:    declared(w),
		Mounts:      slices.Concat(containerMounts(s, w), vaultMount(key.VaultOf(s, a, w))),
		Ports:       containerPorts(w),
		Health:      containerHealth(effective.Healthcheck),
		CapAdd:      catalog.Capabilities(w),
		SecurityOpt: w.SecurityOpt,
		Networks:    needed(s, a, w),
		KeyID:       key.ID(),
	}
	c.Hash = hash(c, settings(effective, EffectReplace), w, key)
	return c
}

// hash covers what cannot change on a live container, so that equal hashes
// mean that no replacement is needed.
func hash(c Container, fixed []Setting, w topology.Workload, key topology.Key) string {
	for i := range fixed {
		fixed[i].Value = meaning(reflect.ValueOf(fixed[i].Value)) // however it is spelled
	}
	canonical, err := json.Marshal(struct {
		Address     string
		Digest      string
		Settings    []Setting
		Env         []string
		Labels      map[string]string
		Mounts      []ContainerMount
		Ports       []topology.Port
		Health      *ContainerHealth
		CapAdd      []string
		SecurityOpt []string
		Egress      bool
		Job         bool
	}{c.Address.String(), c.Digest, fixed, c.Env, c.Labels, c.Mounts, c.Ports, c.Health, c.CapAdd, c.SecurityOpt, w.Egress, w.Job})
	if err != nil {
		panic("plan: a container has no canonical form: " + err.Error())
	}
	return key.Hash(canonical)
}

// declared returns what of a workload is kept in a label: the values of fields
// that the engine has no place for, and of the others just that they are set,
// so that the image's defaults are told from what was asked for. The values of
// variables and labels are where they belong; only their names are kept.
func declared(w topology.Workload) map[string]any {
	out := map[string]any{}
	for _, f := range WorkloadFields {
		v := f.Get(&w)
		switch {
		case unset(v) || f.Name == "name" || f.Name == "replicas":
		case f.Path != "" && f.Effect == EffectLive:
		case f.Path != "":
			out[f.Name] = true
		case f.Name == "env":
			out[f.Name] = slices.Sorted(maps.Keys(w.Env))
		case f.Name == "labels":
			out[f.Name] = slices.Sorted(maps.Keys(w.Labels))
		default:
			out[f.Name] = v.Interface()
		}
	}
	return out
}

func containerPorts(w topology.Workload) []topology.Port {
	var out []topology.Port
	for _, spelled := range w.Ports {
		if p, err := topology.ParsePort(spelled); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func containerMounts(s topology.Scope, w topology.Workload) []ContainerMount {
	var out []ContainerMount
	for _, at := range slices.Sorted(maps.Keys(w.Mounts)) {
		m := w.Mounts[at]
		mount := ContainerMount{Path: at, ReadOnly: m.ReadOnly}
		if m.Tmpfs != "" {
			mount.Size, _ = m.Tmpfs.Bytes()
		} else {
			mount.Volume, mount.SourcePath = s.VolumeName(path.Base(m.Volume)), m.SourcePath
		}
		out = append(out, mount)
	}
	tmpfs, scratch := catalog.Writable(w)
	for _, t := range tmpfs {
		out = append(out, ContainerMount{Path: t.Path, UID: t.UID, GID: t.GID, Exec: t.Exec})
	}
	for _, at := range scratch {
		out = append(out, ContainerMount{Path: at, Scratch: true})
	}
	if w.DataVolume != "" {
		out = append(out, ContainerMount{Path: catalog.Data(w), Volume: w.DataVolume})
	}
	slices.SortFunc(out, func(a, b ContainerMount) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func containerHealth(h *topology.Healthcheck) *ContainerHealth {
	if h == nil {
		return nil
	}
	nanoseconds := func(d topology.Duration) int64 {
		v, _ := d.Value()
		return v.Nanoseconds()
	}
	c := &ContainerHealth{
		Interval: nanoseconds(h.Interval), Timeout: nanoseconds(h.Timeout),
		StartPeriod: nanoseconds(h.StartPeriod), Retries: int(h.Retries),
	}
	probe := ProbePath + "/probe"
	switch {
	case h.HTTP != "":
		c.Test, c.Probe = []string{"CMD", probe, "http", h.HTTP}, true
	case h.TCP != "":
		c.Test, c.Probe = []string{"CMD", probe, "tcp", h.TCP}, true
	case len(h.Test) > 0 && (h.Test[0] == "CMD" || h.Test[0] == "CMD-SHELL" || h.Test[0] == "NONE"):
		c.Test = h.Test
	default:
		c.Test = append([]string{"CMD"}, h.Test...)
	}
	return c
}

// needed returns the networks that a workload needs for itself.
func needed(s topology.Scope, a topology.Address, w topology.Workload) []Attachment {
	var out []Attachment
	for _, key := range slices.Sorted(maps.Keys(w.Relationships)) {
		if network := networkOf(s, a, key, w.Relationships[key]); network != "" {
			out = append(out, Attachment{Network: network})
		}
	}
	if throughEgress(w) {
		out = append(out, Attachment{Network: s.EgressNetwork()})
	}
	slices.SortFunc(out, func(x, y Attachment) int { return strings.Compare(x.Network, y.Network) })
	return slices.CompactFunc(out, func(x, y Attachment) bool { return x.Network == y.Network })
}

// throughEgress reports whether a workload reaches the outside, or is reached from there.
func throughEgress(w topology.Workload) bool { return w.Egress || len(w.Ports) > 0 }

// networkOf names the network that a reference goes through, "" when it needs
// none: what is outside, and a job that is over before its consumer starts.
func networkOf(s topology.Scope, consumer topology.Address, key string, r topology.Reference) string {
	switch {
	case r.External():
		return ""
	case r.Address.Kind == topology.KindRelationship:
		return s.RelationshipNetwork(r.Address.Name)
	case r.Condition == topology.ConditionCompleted:
		return ""
	}
	return s.ImpliedNetwork(consumer, key, r.TargetAddress)
}

func (s Setting) String() string { return fmt.Sprintf("%s=%v", s.Path, s.Value) }
