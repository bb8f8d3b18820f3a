package docker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// createInstance makes a container and connects it to all its networks before
// it starts, when that costs half.
func (e *Engine) createInstance(ctx context.Context, scope topology.Scope, op plan.CreateInstance) error {
	e.joining.RLock()
	defer e.joining.RUnlock()
	var networks []network.Summary
	var err error
	op.Container.Networks, networks, err = e.networksOf(ctx, scope, op.Container.Networks)
	if err != nil {
		return err
	}
	id, err := e.create(ctx, scope, op, networks)
	if err == nil && len(networks) < 2 {
		return nil // it is in the one that it was created in
	}
	if errdefs.IsConflict(err) {
		id, err = e.adoptable(ctx, scope, op, err)
	}
	if err != nil {
		return err
	}
	c, err := e.inspect(ctx, id)
	if err != nil {
		return err
	}
	for i, at := range op.Container.Networks {
		name := plan.Connect{Network: at.Network, Instance: op.Name}.String()
		if err := e.attach(ctx, c, networks[i], name, at.Aliases); err != nil {
			return err
		}
	}
	return nil
}

// networksOf returns the attachments whose networks are there, or have to be,
// and these networks.
func (e *Engine) networksOf(ctx context.Context, scope topology.Scope, attachments []plan.Attachment) ([]plan.Attachment, []network.Summary, error) {
	if len(attachments) == 0 {
		return nil, nil, nil
	}
	named := scopeFilter(scope)
	for _, at := range attachments {
		named.Add("name", at.Network)
	}
	found, err := e.listNetworks(ctx, named)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(found, oldestFirst)
	var there []plan.Attachment
	var out []network.Summary
	for _, at := range attachments {
		i := slices.IndexFunc(found, func(n network.Summary) bool { return n.Name == at.Network })
		if i < 0 && len(at.Aliases) > 0 {
			continue
		}
		if i < 0 {
			n, err := e.egress(ctx, scope, at.Network)
			if err != nil {
				return nil, nil, err
			}
			found, i = append(found, n), len(found)
		}
		there, out = append(there, at), append(out, found[i])
	}
	return there, out, nil
}

func (e *Engine) create(ctx context.Context, scope topology.Scope, op plan.CreateInstance, networks []network.Summary) (id string, err error) {
	s, err := e.lower(ctx, scope, op.Container)
	if err != nil {
		return "", err
	}
	var first *network.NetworkingConfig
	s.HostConfig.NetworkMode, first = firstNetwork(scope, op.Container.Networks, networks)
	if s.HostConfig.NetworkMode == noNetwork {
		if s.HostConfig.NetworkMode, err = e.apart(ctx, networks); err != nil {
			return "", err
		}
	}
	made, err := call(ctx, e, e.slow(), "", func(ctx context.Context) (container.CreateResponse, error) {
		return e.client.ContainerCreate(ctx, s.Config, s.HostConfig, first, nil, op.Name)
	})
	return made.ID, e.nameTaken(ctx, op.Name, err)
}

// firstNetwork returns in which of its networks a container is made. The mode names one
// only if that stays as long as the container: an engine since 25.0 neither starts nor
// connects one whose mode names a network that is gone. Which network of a name is meant is
// said by its id, as there may be a foreign one.
func firstNetwork(scope topology.Scope, attachments []plan.Attachment, networks []network.Summary) (container.NetworkMode, *network.NetworkingConfig) {
	if len(networks) == 0 {
		return noNetwork, &network.NetworkingConfig{}
	}
	if i := slices.IndexFunc(networks, func(n network.Summary) bool { return n.Name == scope.EgressNetwork() }); i >= 0 {
		return container.NetworkMode(networks[i].ID), &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			networks[i].ID: {Aliases: attachments[i].Aliases},
		}}
	}
	return noNetwork, &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
		networks[0].Name: {NetworkID: networks[0].ID, Aliases: attachments[0].Aliases},
	}}
}

// slow is the limit of writes that take seconds on a busy engine.
func (e *Engine) slow() time.Duration { return 4 * e.ReadTimeout }

// adoptable returns the id of the container that has the name already, when it
// is what this step would have made and nothing has come of it yet.
func (e *Engine) adoptable(ctx context.Context, scope topology.Scope, op plan.CreateInstance, conflict error) (id string, err error) {
	c, err := e.own(ctx, scope, op.Name)
	switch {
	case errdefs.IsNotFound(err):
		return "", conflict
	case err != nil:
		return "", err
	case c.Config.Labels[labelSpec] != op.Container.Hash:
		return "", classed{fmt.Sprintf("container %q exists and was made from something else", op.Name), errdefs.ErrConflict}
	case statusOf(c) != topology.StatusCreated:
		return "", classed{fmt.Sprintf("container %q exists and has been started before", op.Name), errdefs.ErrConflict}
	}
	return c.ID, nil
}
