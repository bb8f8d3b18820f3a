package docker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func (e *Engine) startInstance(ctx context.Context, scope topology.Scope, op plan.StartInstance) error {
	release, err := e.acquireStart(ctx)
	if err != nil {
		return err
	}
	defer release()
	c, err := e.own(ctx, scope, op.Name)
	if err != nil {
		return err
	}
	switch statusOf(c) {
	case topology.StatusPaused:
		return e.unpause(ctx, c, "")
	case topology.StatusRunning, topology.StatusUnhealthy, topology.StatusRestarting:
		return nil
	}
	err = e.do(ctx, e.slow(), "", func(ctx context.Context) error {
		return e.client.ContainerStart(ctx, c.ID, container.StartOptions{})
	})
	if left := leftOf(err, c); left != "" {
		err = fmt.Errorf("%w: the engine was killed while it started it, and cannot start it any more%s, then apply again", err, left)
	}
	if err != nil {
		return err
	}
	return e.leaveAntechamber(ctx, c)
}

// leftOf says what to do about what is left of a start that was cut short, "" where
// that is not why an engine refuses to start a container. One with --live-restore does
// so from then on (moby/moby#50040), and perhaps its process runs: then nothing else may
// be started on the same data before it has ended.
func leftOf(err error, c inspected) string {
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "io.containerd.runtime") && strings.Contains(err.Error(), c.ID+": file exists"):
		return ": docker rm --force " + c.name()
	case strings.Contains(err.Error(), "id already in use"):
		return ", and its process runs: ctr --namespace moby tasks kill --signal KILL " + c.ID + " and docker rm --force " + c.name()
	}
	return ""
}

// stopInstance leaves signal and grace period to the container. Once asked for,
// a stop is waited for, also when the context ends.
func (e *Engine) stopInstance(ctx context.Context, scope topology.Scope, op plan.StopInstance) error {
	c, err := e.own(ctx, scope, op.Name)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.State.Paused { // a paused process cannot act on a signal
		if err := e.unpause(ctx, c, fmt.Sprintf("unpause instance %q", op.Name)); err != nil {
			return err
		}
	}
	grace := 10 * time.Second // the engine's own default
	if c.Config.StopTimeout != nil {
		grace = time.Duration(*c.Config.StopTimeout) * time.Second
	}
	// The engine goes on stopping whoever waits: to leave it would be to take
	// for running what is about to end.
	err = e.do(context.WithoutCancel(ctx), grace+e.ReadTimeout, "", func(ctx context.Context) error {
		return e.client.ContainerStop(ctx, c.ID, container.StopOptions{})
	})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// removeInstance removes by id, so that a container that gets the name in
// between is safe, and returns when the container is gone.
func (e *Engine) removeInstance(ctx context.Context, scope topology.Scope, op plan.RemoveInstance) error {
	c, err := e.inspect(ctx, op.Name)
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case op.ID != "" && c.ID != op.ID:
		return nil
	case e.isAdopted(scope, c.ID):
		return e.letGo(ctx, scope, c)
	case !isOurs(c.Config.Labels, scope):
		return foreign("container", op.Name, scope)
	}
	return poll(ctx, e.slow(), func(ctx context.Context) (bool, error) {
		err := e.do(ctx, e.slow(), "", func(ctx context.Context) error {
			return e.client.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		})
		if errdefs.IsNotFound(err) {
			return true, nil
		}
		return !errdefs.IsConflict(err), err // a conflict: another is removing it
	})
}

func (e *Engine) renameInstance(ctx context.Context, scope topology.Scope, op plan.RenameInstance) error {
	if op.From == op.To {
		return nil
	}
	c, err := e.own(ctx, scope, op.From)
	if errdefs.IsNotFound(err) {
		if _, renamed := e.own(ctx, scope, op.To); renamed == nil {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
		return e.client.ContainerRename(ctx, c.ID, op.To)
	})
}
