package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// Podman takes what Docker's clients say, and some of it otherwise than Docker. What
// it is said instead is here.

// isPodman reports whether the engine is Podman.
func (e *Engine) isPodman(ctx context.Context) (bool, error) {
	v, err := e.serverVersion(ctx)
	return slices.ContainsFunc(v.Components, func(c types.ComponentVersion) bool { return c.Name == "Podman Engine" }), err
}

// sparing returns the options of a local volume that declares none: none on Podman,
// to which a volume that has any is a file system to mount.
func (e *Engine) sparing(ctx context.Context) (map[string]string, error) {
	podman, err := e.isPodman(ctx)
	if podman || err != nil {
		return nil, err
	}
	return spared, nil
}

// noNetwork is Docker's network of containers that are in none.
const noNetwork = "none"

// antechamber is an internal network of Podman's, of no scope. Podman connects
// nothing to what was made without a network, and gives no loopback to what starts
// without one: what is to be in none is made here and leaves when it has started.
const antechamber = "bayplan-antechamber"

// apart returns the network mode of a container that is in some networks, if any, of
// which the mode is to name none.
func (e *Engine) apart(ctx context.Context, networks []network.Summary) (container.NetworkMode, error) {
	podman, err := e.isPodman(ctx)
	if !podman || err != nil {
		return noNetwork, err
	}
	if len(networks) > 0 { // Podman takes the mode for a bridge, and forgets the name
		return container.NetworkMode(networks[0].Name), nil
	}
	there := func() error {
		return e.do(ctx, e.ReadTimeout, fmt.Sprintf("inspect network %q", antechamber), func(ctx context.Context) error {
			_, err := e.client.NetworkInspect(ctx, antechamber, network.InspectOptions{})
			return err
		})
	}
	if err := there(); !errdefs.IsNotFound(err) {
		return antechamber, err
	}
	err = e.do(ctx, e.ReadTimeout, fmt.Sprintf("create network %q", antechamber), func(ctx context.Context) error {
		_, err := e.client.NetworkCreate(ctx, antechamber, network.CreateOptions{
			Driver: "bridge", Internal: true, Labels: map[string]string{labelKind: kindTools},
		})
		return err
	})
	if err != nil && there() == nil { // another has made it
		err = nil
	}
	return antechamber, err
}

// leaveAntechamber disconnects what has started there.
func (e *Engine) leaveAntechamber(ctx context.Context, c inspected) error {
	if _, in := c.NetworkSettings.Networks[antechamber]; !in {
		return nil
	}
	return e.detach(ctx, c, antechamber, fmt.Sprintf("disconnect %q from network %q", c.name(), antechamber))
}

// attachments puts right what Podman says of the networks that a container is in: of
// one in none that it is in a bridge, and up to 4.3 names for ids.
func attachments(said map[string]*endpointSettings) {
	for name, at := range said {
		switch {
		case at.NetworkID != name:
		case name == "bridge":
			delete(said, name)
		default:
			at.NetworkID = ""
		}
	}
}

// refuses reports whether an error says that something is taken, or in use. Podman
// has no class for that.
func (e *Engine) refuses(ctx context.Context, err error) bool {
	if !errdefs.IsInternal(err) {
		return errdefs.IsPermissionDenied(err) || errdefs.IsConflict(err)
	}
	podman, unknown := e.isPodman(ctx)
	return podman && unknown == nil
}

// nameTaken gives the error of a container that is there already its class.
func (e *Engine) nameTaken(ctx context.Context, name string, err error) error {
	if !errdefs.IsInternal(err) || !e.refuses(ctx, err) {
		return err
	}
	if _, missing := e.inspect(ctx, name); missing != nil {
		return err
	}
	return classed{err.Error(), errdefs.ErrConflict}
}
