package docker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// A memory limit cannot be taken off a live container: the engine reads 0 as
// "leave it". This one is out of any machine's reach and reads as no limit.
const noMemoryLimit = 1 << 62

// A processor limit cannot be taken off either. All processors but one
// billionth is as good as none, can be changed again, and nobody declares it.
const almostOneCPU = 999_999_999

// restartPolicy is a restart policy as the engine has it.
type restartPolicy struct {
	Name              string
	MaximumRetryCount int
}

// encode turns a setting's value into what the engine's API has in its place.
func encode(value any) (any, error) {
	switch v := value.(type) {
	case topology.Size:
		return v.Bytes()
	case topology.Duration:
		d, err := v.Value()
		return int64(math.Ceil(d.Seconds())), err
	case topology.Restart:
		name, retries, err := v.Policy()
		if name == "" {
			name = "no"
		}
		return restartPolicy{name, retries}, err
	case topology.Limit:
		if v <= 0 {
			v = topology.Unlimited
		}
		return int64(v), nil
	case float64:
		return int64(math.Round(v * 1e9)), nil
	}
	return value, nil
}

// decode sets a topology's field from what the engine's API has in its place.
// Nothing there, and null, leave the field unset.
func decode(text json.RawMessage, field reflect.Value) error {
	if len(text) == 0 || string(text) == "null" {
		field.SetZero()
		return decodeUnset(field)
	}
	switch v := field.Addr().Interface().(type) {
	case *topology.Size:
		n, err := decodeInt(text)
		if *v = topology.SizeOf(n); n >= noMemoryLimit {
			*v = ""
		}
		return err
	case *topology.Duration:
		n, err := decodeInt(text)
		*v = topology.Duration((time.Duration(n) * time.Second).String())
		return err
	case *topology.Restart:
		return decodeRestart(text, v)
	case *float64:
		n, err := decodeInt(text)
		if *v = float64(n) / 1e9; n%1e9 == almostOneCPU {
			*v = 0
		}
		return err
	case *topology.Limit:
		n, err := decodeInt(text)
		if *v = topology.Limit(n); n <= 0 {
			*v = topology.Unlimited
		}
		return err
	}
	return json.Unmarshal(text, field.Addr().Interface())
}

// decodeUnset gives the field the value that the engine takes nothing for.
func decodeUnset(field reflect.Value) error {
	switch v := field.Addr().Interface().(type) {
	case *topology.Restart:
		*v = "no"
	case *topology.Limit:
		*v = topology.Unlimited
	}
	return nil
}

func decodeInt(text json.RawMessage) (n int64, err error) {
	err = json.Unmarshal(text, &n)
	return n, err
}

func decodeRestart(text json.RawMessage, into *topology.Restart) error {
	var p restartPolicy
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	switch {
	case p.Name == "":
		*into = "no"
	case p.MaximumRetryCount > 0:
		*into = topology.Restart(p.Name + ":" + strconv.Itoa(p.MaximumRetryCount))
	default:
		*into = topology.Restart(p.Name)
	}
	return nil
}

// at returns what a container has at the path of a setting, "Config.User", as
// the engine's API has it.
func (c inspected) at(path string) (json.RawMessage, error) {
	index, ok := places[path]
	if !ok {
		return nil, fmt.Errorf("the engine's API has no %s", path)
	}
	value := reflect.ValueOf(spec{c.Config, c.HostConfig}).FieldByIndex(index)
	if k := value.Kind(); value.IsZero() && (k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) {
		return nil, nil // as null is read
	}
	return json.Marshal(value.Interface())
}

// places holds where a spec has the settings of the field table.
var places = placesOf(plan.WorkloadFields)

func placesOf(fields []plan.Field) map[string][]int {
	out := map[string][]int{}
	for _, f := range fields {
		section, key, _ := strings.Cut(f.Path, ".")
		in, ok := reflect.TypeFor[spec]().FieldByName(section)
		if !ok {
			continue
		}
		// Some names differ from those of the API in their case: NanoCPUs.
		if at, ok := in.Type.Elem().FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, key) }); ok {
			out[f.Path] = append(in.Index, at.Index...)
		}
	}
	return out
}

// spec is what a container is created from, laid out as an inspect is.
type spec struct {
	Config     *container.Config
	HostConfig *container.HostConfig
}

// apply merges settings into the spec. One that the engine's API has no place
// for is an error.
func (s spec) apply(settings []plan.Setting) error {
	tree, err := treeOf(settings)
	if err != nil {
		return err
	}
	return merge(tree, &s)
}

// treeOf lays settings out by path.
func treeOf(settings []plan.Setting) (map[string]any, error) {
	tree := map[string]any{}
	for _, s := range settings {
		value, err := encode(s.Value)
		if err != nil {
			return nil, fmt.Errorf("setting %s: %w", s.Path, err)
		}
		put(tree, strings.Split(s.Path, "."), value)
	}
	return tree, nil
}

func put(tree map[string]any, path []string, value any) {
	if len(path) == 1 {
		tree[path[0]] = value
		return
	}
	inner, ok := tree[path[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		tree[path[0]] = inner
	}
	put(inner, path[1:], value)
}

// merge sets in a struct of the engine's API what a tree has, by JSON name.
func merge(tree any, into any) error {
	text, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
