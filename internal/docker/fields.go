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
		return container.RestartPolicy{Name: container.RestartPolicyMode(name), MaximumRetryCount: retries}, err
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

// decode sets a topology's field from what the engine's API has in its place. A
// null leaves the field unset.
func decode(from, field reflect.Value) {
	if from = reflect.Indirect(from); !from.IsValid() {
		decodeUnset(field)
		return
	}
	switch v := field.Addr().Interface().(type) {
	case *topology.Size:
		if *v = topology.SizeOf(from.Int()); from.Int() >= noMemoryLimit {
			*v = ""
		}
	case *topology.Duration:
		*v = topology.Duration((time.Duration(from.Int()) * time.Second).String())
	case *topology.Restart:
		policy, _ := from.Interface().(container.RestartPolicy)
		*v = decodeRestart(policy)
	case *float64:
		if *v = float64(from.Int()) / 1e9; from.Int()%1e9 == almostOneCPU {
			*v = 0
		}
	case *topology.Limit:
		if *v = topology.Limit(from.Int()); *v <= 0 {
			*v = topology.Unlimited
		}
	case *topology.Signal: // Podman tells its number
		*v = topology.Signal(topology.Signal(from.String()).Name())
	default:
		field.Set(from.Convert(field.Type()))
	}
}

// decodeUnset gives the field the value that the engine takes nothing for.
func decodeUnset(field reflect.Value) {
	field.SetZero()
	if limit, is := field.Addr().Interface().(*topology.Limit); is {
		*limit = topology.Unlimited
	}
}

func decodeRestart(p container.RestartPolicy) topology.Restart {
	switch {
	case p.Name == "":
		return "no"
	case p.MaximumRetryCount > 0:
		return topology.Restart(string(p.Name) + ":" + strconv.Itoa(p.MaximumRetryCount))
	}
	return topology.Restart(p.Name)
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
