package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func (e *Engine) connect(ctx context.Context, scope topology.Scope, op plan.Connect) error {
	e.joining.RLock()
	defer e.joining.RUnlock()
	n, err := e.network(ctx, scope, op.Network)
	switch {
	case errdefs.IsNotFound(err) && len(op.Aliases) > 0:
		return nil
	case errdefs.IsNotFound(err):
		n, err = e.egress(ctx, scope, op.Network)
	}
	if err != nil {
		return err
	}
	c, err := e.own(ctx, scope, op.Instance)
	if err != nil {
		return err
	}
	return e.attach(ctx, c, n, "", op.Aliases)
}

// attach puts a container into a network under exactly these aliases.
func (e *Engine) attach(ctx context.Context, c inspected, n network.Summary, name string, aliases []string) error {
	if isAttached(c, n, aliases) {
		return nil
	}
	// A container without networks is in one that suffers no other.
	for _, other := range []string{n.Name, noNetwork, antechamber} {
		if _, in := c.NetworkSettings.Networks[other]; !in {
			continue
		}
		err := e.detach(ctx, c, other, fmt.Sprintf("disconnect %q from network %q", c.name(), other))
		if other == noNetwork && errdefs.IsInternal(err) { // it was killed while it did that
			err = fmt.Errorf("%w: the engine has lost where it is: docker restart %s, then apply again", err, c.name())
		}
		if err != nil {
			return err
		}
	}
	err := e.do(ctx, e.ReadTimeout, name, func(ctx context.Context) error {
		return e.client.NetworkConnect(ctx, n.ID, c.ID, &network.EndpointSettings{Aliases: aliases})
	})
	if err == nil || !e.refuses(ctx, err) {
		return err
	}
	// Another may have connected it in between.
	if now, inspectErr := e.inspect(ctx, c.ID); inspectErr == nil && isAttached(now, n, aliases) {
		return nil
	}
	return err
}

// isAttached reports whether a container is in a network under exactly these aliases.
func isAttached(c inspected, n network.Summary, aliases []string) bool {
	at, in := c.NetworkSettings.Networks[n.Name]
	if !in || at.NetworkID != "" && at.NetworkID != n.ID {
		return false
	}
	wanted := slices.Sorted(slices.Values(aliases))
	return slices.Equal(aliasesOn(c, n.Name), slices.Compact(wanted))
}

// disconnect detaches an instance. Network, instance and connection may each
// be gone already.
func (e *Engine) disconnect(ctx context.Context, scope topology.Scope, op plan.Disconnect) error {
	c, err := e.own(ctx, scope, op.Instance)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, in := c.NetworkSettings.Networks[op.Network]; !in {
		return nil
	}
	return e.detach(ctx, c, op.Network, "")
}

// detachResting disconnects a container that ended and waits to be started
// again: meanwhile it is in no network that it could be taken out of.
func (e *Engine) detachResting(ctx context.Context, c inspected, network, name string) error {
	return e.do(ctx, e.slow(), name, func(ctx context.Context) error {
		if err := e.client.ContainerStop(ctx, c.ID, container.StopOptions{}); err != nil {
			return err
		}
		if err := e.client.NetworkDisconnect(ctx, network, c.ID, false); err != nil {
			return err
		}
		return e.client.ContainerStart(ctx, c.ID, container.StartOptions{})
	})
}

// detach disconnects a container, unless it is out already or on its way to be
// removed: from one that is, the engine lets nothing be disconnected.
func (e *Engine) detach(ctx context.Context, c inspected, network, name string) error {
	at := network
	if id := c.NetworkSettings.Networks[network].NetworkID; id != "" {
		at = id
	}
	err := e.do(ctx, e.ReadTimeout, name, func(ctx context.Context) error {
		return e.client.NetworkDisconnect(ctx, at, c.ID, false)
	})
	if err == nil || errdefs.IsNotFound(err) {
		return nil
	}
	return poll(ctx, e.ReadTimeout, func(ctx context.Context) (bool, error) {
		now, inspectErr := e.inspect(ctx, c.ID)
		if errdefs.IsNotFound(inspectErr) {
			return true, nil
		}
		if inspectErr != nil {
			return true, err
		}
		if _, in := now.NetworkSettings.Networks[network]; !in {
			return true, nil
		}
		if now.State.Restarting || now.State.StartedAt != c.State.StartedAt {
			return true, e.detachResting(ctx, now, at, name)
		}
		// One that another is removing refuses, and is out of the network when it is gone.
		leaving := now.State.Dead || now.State.Status == container.StateRemoving
		return !leaving, err
	})
}
