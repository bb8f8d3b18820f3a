package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var _ apply.Adopter = (*Engine)(nil)

// adoption is what a container was adopted as. It lasts as long as the Engine: the
// labels of a container that is there cannot say it.
type adoption struct {
	address topology.Address
	key     topology.Key
}

// Adopt counts a container as an instance, as apply.Adopter says. One of ours is
// what its labels say, and cannot be adopted; nor can one that does not outlive its stop.
func (e *Engine) Adopt(ctx context.Context, scope topology.Scope, a topology.Address, name string, key topology.Key) (apply.Adopted, error) {
	c, err := e.inspect(ctx, name)
	if err != nil {
		return apply.Adopted{}, err
	}
	if project := c.Config.Labels[labelProject]; project != "" {
		return apply.Adopted{}, classed{
			fmt.Sprintf("container %q is of project %q, environment %q already", c.name(), project, c.Config.Labels[labelEnvironment]),
			errdefs.ErrConflict,
		}
	}
	if c.HostConfig.AutoRemove {
		return apply.Adopted{}, classed{
			fmt.Sprintf("container %q is gone once it stops, with its unnamed volumes (--rm), and what is adopted must outlive that: "+
				"run it anew without --rm and adopt that, or adopt nothing and let %s make its own", c.name(), a),
			errdefs.ErrConflict,
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.adopted[scope] == nil {
		e.adopted[scope] = map[string]adoption{}
	}
	if other, taken := e.adopted[scope][c.ID]; taken && other.address != a {
		return apply.Adopted{}, classed{fmt.Sprintf("container %q is adopted as %s already", c.name(), other.address), errdefs.ErrConflict}
	}
	e.adopted[scope][c.ID] = adoption{a, key}
	return apply.Adopted{ID: c.ID, Name: c.name(), Unsaid: unsaid(c)}, nil
}

// Release ends an adoption, as apply.Adopter says.
func (e *Engine) Release(scope topology.Scope, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.adopted[scope], id)
}

// Adoptable returns what could be adopted, as apply.Adopter says.
func (e *Engine) Adoptable(ctx context.Context) (containers, volumes []string, err error) {
	found, err := e.listContainers(ctx, filters.NewArgs())
	if err != nil {
		return nil, nil, err
	}
	for _, one := range found {
		if one.Labels[labelProject] != "" {
			continue
		}
		c, err := e.inspect(ctx, one.ID)
		if err != nil && !errdefs.IsNotFound(err) {
			return nil, nil, err
		}
		if err == nil && !c.HostConfig.AutoRemove {
			containers = append(containers, c.name())
		}
	}
	stored, err := e.listVolumes(ctx, filters.NewArgs())
	if err != nil {
		return nil, nil, err
	}
	for _, v := range stored {
		if v.Labels[labelProject] == "" && v.Labels[labelKind] == "" && !isAnonymous(v.Name) {
			volumes = append(volumes, v.Name)
		}
	}
	slices.Sort(containers)
	slices.Sort(volumes)
	return containers, volumes, nil
}

func (e *Engine) isAdopted(scope topology.Scope, id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, is := e.adopted[scope][id]
	return is
}

// withAdopted adds the adopted instances of the given addresses, of all when there
// are none, to what was read.
func (e *Engine) withAdopted(ctx context.Context, live topology.Live, about []topology.Address, err error) (topology.Live, error) {
	if err != nil {
		return live, err
	}
	e.mu.Lock()
	adopted := maps.Clone(e.adopted[live.Scope])
	e.mu.Unlock()
	maps.DeleteFunc(adopted, func(_ string, as adoption) bool { return len(about) > 0 && !slices.Contains(about, as.address) })
	for _, id := range slices.Sorted(maps.Keys(adopted)) {
		i, there, err := e.readAdopted(ctx, live.Scope, id, adopted[id])
		if err != nil {
			return topology.Live{}, err
		}
		if there {
			live.Instances = append(slices.Clip(live.Instances), i)
		}
	}
	return live, nil
}

// readAdopted reads an adopted container as an instance that was made from what it
// is now. That it can go out, and is reached by its ports, it owes to networks of
// its own; they stand for the scope's.
func (e *Engine) readAdopted(ctx context.Context, scope topology.Scope, id string, as adoption) (topology.Instance, bool, error) {
	c, err := e.inspect(ctx, id)
	if errdefs.IsNotFound(err) {
		return topology.Instance{}, false, nil
	}
	if err != nil {
		return topology.Instance{}, false, err
	}
	of, err := call(ctx, e, e.ReadTimeout, fmt.Sprintf("inspect image %q", c.Image), func(ctx context.Context) (image.InspectResponse, error) {
		return e.client.ImageInspect(ctx, c.Image)
	})
	if err != nil && !errdefs.IsNotFound(err) {
		return topology.Instance{}, false, err
	}
	w, err := foreignWorkload(c, of, scope)
	if err != nil {
		return topology.Instance{}, false, fmt.Errorf("container %q: %w", c.name(), err)
	}
	if w.ImageDigest, err = e.digestOf(ctx, w.Image, c.Image); err != nil {
		return topology.Instance{}, false, err
	}
	w.Name = as.address.Name
	w, _ = catalog.Complete(scope, as.address, w)
	i := topology.Instance{
		ID: c.ID, Name: c.name(), Address: as.address, SpecHash: plan.Lower(scope, as.address, w, as.key).Hash,
		Status: statusOf(c), Health: healthOf(c), ExitCode: c.State.ExitCode,
		Workload: w, Mounts: volumesOf(c), Networks: map[string][]string{},
	}
	if w.Egress || len(w.Ports) > 0 {
		i.Networks[scope.EgressNetwork()] = nil
	}
	return i, true, nil
}

// digestOf returns what an image is known as in the repository of a reference, its
// id where the reference is none any more.
func (e *Engine) digestOf(ctx context.Context, reference, id string) (string, error) {
	name, unread := parseImage(reference)
	found, err := e.stored(ctx, id)
	if err != nil || found == nil || unread != nil {
		return id, err
	}
	return identity(*found, name), nil
}

// letGo stops an adopted container for good, and leaves it. From then on it is
// nobody's again.
func (e *Engine) letGo(ctx context.Context, scope topology.Scope, c inspected) error {
	err := e.do(ctx, e.ReadTimeout, "keep it from starting again", func(ctx context.Context) error {
		_, err := e.client.ContainerUpdate(ctx, c.ID, container.UpdateConfig{RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled}})
		return err
	})
	if err == nil {
		err = e.stopInstance(ctx, scope, plan.StopInstance{Name: c.name()})
	}
	if err == nil || errdefs.IsNotFound(err) {
		e.Release(scope, c.ID)
		return nil
	}
	return err
}
