package runtimetest

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// workload reads what an instance was made from, as topology.Instance says:
// what the engine has a place for from there, with the spelling lost, and the
// rest from what was declared.
func (c *container) workload() (topology.Workload, error) {
	w := topology.Workload{Name: c.Address.Name, Replicas: 1}
	for _, f := range plan.WorkloadFields {
		if err := c.readField(f, f.Get(&w)); err != nil {
			return w, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return w, nil
}

func (c *container) readField(f plan.Field, field reflect.Value) error {
	declared, told := c.Declared[f.Name]
	switch {
	case f.Path != "" && (told || f.Effect == plan.EffectLive):
		return readSetting(c.settings[f.Path], field)
	case f.Path != "" || !told:
		return nil
	case f.Name == "env":
		return pick(declared, environment(c.Env), field)
	case f.Name == "labels":
		return pick(declared, c.Labels, field)
	}
	return convert(declared, field)
}

// readSetting sets a field to what the engine holds.
func readSetting(value any, field reflect.Value) error {
	switch v := value.(type) {
	case nil:
		field.SetZero()
	case topology.Size:
		bytes, err := v.Bytes()
		if err != nil {
			return err
		}
		value = topology.SizeOf(bytes)
	case topology.Duration:
		d, err := v.Value()
		if err != nil {
			return err
		}
		seconds := math.Ceil(d.Seconds())
		value = topology.Duration((time.Duration(seconds) * time.Second).String())
	}
	if value != nil {
		if err := convert(value, field); err != nil {
			return err
		}
	}
	if restart, ok := field.Addr().Interface().(*topology.Restart); ok && *restart == "" {
		*restart = "no"
	}
	return nil
}

// convert sets a field to a value by way of JSON, as labels keep it.
func convert(value any, field reflect.Value) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, field.Addr().Interface())
}

// pick sets a field to the entries of a map that a list of names has.
func pick(names any, from map[string]string, field reflect.Value) error {
	var wanted []string
	if err := convert(names, reflect.ValueOf(&wanted).Elem()); err != nil {
		return err
	}
	out := map[string]string{}
	for _, name := range wanted {
		if value, ok := from[name]; ok {
			out[name] = value
		}
	}
	field.Set(reflect.ValueOf(out))
	return nil
}

func environment(list []string) map[string]string {
	out := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		out[name] = value
	}
	return out
}
