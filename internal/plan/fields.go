package plan

import (
	"reflect"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Effect is what a difference in a field means.
type Effect int

// The effects, from the mildest.
const (
	// EffectNone: the engine is not concerned; the field steers the planner or
	// tells consumers something.
	EffectNone Effect = iota
	// EffectLive: changed on the running instance.
	EffectLive
	// EffectReplace: the instances are replaced; identity and volumes stay.
	EffectReplace
	// EffectRenew: the whole object is replaced, and with it what it holds.
	EffectRenew
)

// Field is a row of a field table: all that planner and engine need to know
// of one attribute.
type Field struct {
	Name   string
	Effect Effect
	// Path is where the engine's API holds the value, which is then written
	// there and read from there: "Config.User". Without a path the value shapes
	// the container otherwise (see Lower) and is kept in a label.
	Path string
}

// WorkloadFields is the field table of apps and services.
var WorkloadFields = []Field{
	{Name: "name", Effect: EffectReplace},
	{Name: "renamed_from", Effect: EffectNone},
	{Name: "type", Effect: EffectNone},  // its image, data path and health check are what matters
	{Name: "image", Effect: EffectNone}, // a spelling; image_digest is what runs
	{Name: "build", Effect: EffectNone}, // what it leads to is in image_digest
	{Name: "image_digest", Effect: EffectReplace},
	{Name: "base_images", Effect: EffectNone},
	{Name: "pull", Effect: EffectNone},
	{Name: "version", Effect: EffectNone},
	{Name: "entrypoint", Effect: EffectReplace, Path: "Config.Entrypoint"},
	{Name: "command", Effect: EffectReplace, Path: "Config.Cmd"},
	{Name: "configuration", Effect: EffectReplace},
	{Name: "user", Effect: EffectReplace, Path: "Config.User"},
	{Name: "working_dir", Effect: EffectReplace, Path: "Config.WorkingDir"},
	{Name: "env", Effect: EffectReplace},
	{Name: "secrets", Effect: EffectReplace},
	{Name: "secrets_version", Effect: EffectReplace},
	{Name: "relationships", Effect: EffectReplace}, // of what is injected; the rest is connected live
	{Name: "mounts", Effect: EffectReplace},
	{Name: "read_only", Effect: EffectReplace, Path: "HostConfig.ReadonlyRootfs"},
	{Name: "init", Effect: EffectReplace, Path: "HostConfig.Init"},
	{Name: "capabilities", Effect: EffectReplace},
	{Name: "security_opt", Effect: EffectReplace},
	{Name: "ports", Effect: EffectReplace},
	{Name: "replicas", Effect: EffectLive},
	{Name: "cpus", Effect: EffectLive, Path: "HostConfig.NanoCpus"},
	{Name: "memory", Effect: EffectLive, Path: "HostConfig.Memory"},
	{Name: "pids", Effect: EffectLive, Path: "HostConfig.PidsLimit"},
	{Name: "restart", Effect: EffectLive, Path: "HostConfig.RestartPolicy"},
	{Name: "healthcheck", Effect: EffectReplace},
	{Name: "stop_signal", Effect: EffectReplace, Path: "Config.StopSignal"},
	{Name: "stop_grace_period", Effect: EffectReplace, Path: "Config.StopTimeout"},
	{Name: "egress", Effect: EffectReplace},
	{Name: "labels", Effect: EffectReplace},
	{Name: "job", Effect: EffectReplace},
	{Name: "port", Effect: EffectNone},
	{Name: "scheme", Effect: EffectNone},
	{Name: "endpoints", Effect: EffectNone},
	{Name: "data_volume", Effect: EffectReplace},
	{Name: "credentials_version", Effect: EffectReplace},
	{Name: "strategy", Effect: EffectNone},
	{Name: "freeze_timeout", Effect: EffectNone},
	{Name: "hooks", Effect: EffectNone},
	{Name: "deletion_protection", Effect: EffectNone},
	{Name: "allow_downgrade", Effect: EffectNone},
	{Name: "timeouts", Effect: EffectNone},
}

// RelationshipFields is the field table of relationships.
var RelationshipFields = []Field{
	{Name: "name", Effect: EffectRenew},
	{Name: "target", Effect: EffectLive},
	{Name: "endpoint", Effect: EffectNone},
	{Name: "constraint", Effect: EffectNone},
	{Name: "condition", Effect: EffectNone},
}

// VolumeFields is the field table of volumes.
var VolumeFields = []Field{
	{Name: "name", Effect: EffectRenew},
	{Name: "driver", Effect: EffectRenew},
	{Name: "driver_opts", Effect: EffectRenew},
	{Name: "shared", Effect: EffectNone},
	{Name: "on_destroy", Effect: EffectNone},
	{Name: "labels", Effect: EffectRenew},
}

// Get returns the value of the field in a Workload, Relationship or Volume
// (or a pointer to one), settable when given a pointer.
func (f Field) Get(of any) reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(of))
	i, ok := positions[v.Type()][f.Name]
	if !ok {
		panic("plan: no field " + f.Name + " in " + v.Type().String())
	}
	return v.Field(i)
}

// positions holds which field of a noun an attribute is, by the field's tag.
var positions = map[reflect.Type]map[string]int{
	reflect.TypeFor[topology.Workload]():     positionsIn(reflect.TypeFor[topology.Workload]()),
	reflect.TypeFor[topology.Relationship](): positionsIn(reflect.TypeFor[topology.Relationship]()),
	reflect.TypeFor[topology.Volume]():       positionsIn(reflect.TypeFor[topology.Volume]()),
}

func positionsIn(noun reflect.Type) map[string]int {
	out := map[string]int{}
	for i := range noun.NumField() {
		out[noun.Field(i).Tag.Get("attr")] = i
	}
	return out
}

// unset reports whether a value is that of a field which is not set.
func unset(v reflect.Value) bool {
	return v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

// settings returns what the engine is told of a workload by path, those with
// one of the given effects, in the table's order. What is not set is left out,
// so that the image's or the engine's own default holds.
func settings(w topology.Workload, effect Effect) []Setting {
	var out []Setting
	for _, f := range WorkloadFields {
		if f.Path == "" || f.Effect != effect {
			continue
		}
		if v := f.Get(&w); !unset(v) {
			out = append(out, Setting{Path: f.Path, Value: v.Interface()})
		}
	}
	return out
}
