package docker

import (
	"context"
	"fmt"
	"reflect"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/system"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// updateInstance changes those settings that differ. A zero value takes a
// limit away.
func (e *Engine) updateInstance(ctx context.Context, scope topology.Scope, op plan.UpdateInstance) error {
	c, err := e.own(ctx, scope, op.Name)
	if err != nil {
		return err
	}
	var settings []plan.Setting
	for _, s := range op.Settings {
		same, err := isSet(c, s)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		if s, err = e.removal(ctx, s); err != nil {
			return err
		}
		settings = append(settings, s)
	}
	if len(settings) == 0 {
		return nil
	}
	var update updateSpec
	tree, err := treeOf(settings)
	if err == nil {
		err = merge(tree, &update)
	}
	if err != nil {
		return err
	}
	update.HostConfig.MemorySwap = update.HostConfig.Memory // the engine refuses one without the other
	if update.HostConfig.RestartPolicy.Name == "" {         // which Podman takes for none
		update.HostConfig.RestartPolicy = c.HostConfig.RestartPolicy
	}
	return e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
		_, err := e.client.ContainerUpdate(ctx, c.ID, update.HostConfig)
		return err
	})
}

// updateSpec holds what the engine can change on a live container, laid out
// as an inspect is. A setting without a place in it is an error.
type updateSpec struct{ HostConfig container.UpdateConfig }

// isSet reports whether a container has a setting's value already.
func isSet(c inspected, s plan.Setting) (bool, error) {
	has, err := c.at(s.Path)
	if err != nil {
		return false, err
	}
	now := reflect.New(reflect.TypeOf(s.Value)).Elem()
	decode(has, now)
	before, err := encode(now.Interface())
	if err != nil {
		return false, fmt.Errorf("setting %s: %w", s.Path, err)
	}
	after, err := encode(s.Value)
	if err != nil {
		return false, fmt.Errorf("setting %s: %w", s.Path, err)
	}
	return reflect.DeepEqual(before, after), nil
}

// removal replaces the zero values that the engine would read as "leave it"
// by what has the same effect as no limit.
func (e *Engine) removal(ctx context.Context, s plan.Setting) (plan.Setting, error) {
	switch v := s.Value.(type) {
	case topology.Size:
		if v == "" {
			s.Value = int64(noMemoryLimit)
		}
	case float64:
		if v != 0 {
			return s, nil
		}
		info, err := call(ctx, e, e.ReadTimeout, "ask the engine for its processors", func(ctx context.Context) (system.Info, error) {
			return e.client.Info(ctx)
		})
		if err != nil {
			return s, err
		}
		s.Value = int64(info.NCPU-1)*1e9 + almostOneCPU
	}
	return s, nil
}
