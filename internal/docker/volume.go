package docker

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const localDriver = "local"

// spared are the options of a local volume that declares none. Any option makes
// Docker's prune spare a volume; this one changes nothing else.
var spared = map[string]string{"size": "0"}

func (e *Engine) createVolume(ctx context.Context, scope topology.Scope, op plan.CreateVolume) error {
	labels, err := volumeLabels(scope, op.Volume)
	if err != nil {
		return err
	}
	return e.claimVolume(ctx, scope, volume.CreateOptions{
		Name: op.Volume.Name, Driver: op.Volume.Declared.Driver, DriverOpts: op.Volume.Declared.DriverOpts, Labels: labels,
	}, labelKind, labelOwner)
}

func (e *Engine) mark(ctx context.Context, scope topology.Scope, op plan.Mark) error {
	labels, err := markerLabels(scope, op.Marker)
	if err != nil {
		return err
	}
	return e.claimVolume(ctx, scope, volume.CreateOptions{Name: op.Marker.Name, Labels: labels},
		labelKind, labelOwner, labelGeneration, labelTarget, labelVolume, labelData)
}

// claimVolume makes a volume, or keeps one that is the scope's and has the
// same values in the labels that must agree. The engine calls the creation of
// a volume that exists a success and leaves its labels alone, so what it
// answers with is compared too: another process may have been quicker.
func (e *Engine) claimVolume(ctx context.Context, scope topology.Scope, options volume.CreateOptions, agree ...string) error {
	agree = append(agree, labelProject, labelEnvironment)
	found, err := e.inspectVolume(ctx, options.Name)
	if errdefs.IsNotFound(err) {
		if options.Driver == "" {
			options.Driver = localDriver
		}
		if options.Driver == localDriver && len(options.DriverOpts) == 0 {
			if options.DriverOpts, err = e.sparing(ctx); err != nil {
				return err
			}
		}
		found, err = e.makeVolume(ctx, "", options)
	}
	if err != nil {
		return err
	}
	if !isOurs(found.Labels, scope) {
		return foreign("volume", options.Name, scope)
	}
	for _, label := range agree {
		if found.Labels[label] != options.Labels[label] {
			return classed{fmt.Sprintf("volume %q exists with %s=%q, not %q",
				options.Name, label, found.Labels[label], options.Labels[label]), errdefs.ErrConflict}
		}
	}
	return nil
}

// makeVolume makes a volume, or returns the one that has the name. An engine
// that was started again tells of that one without its labels.
func (e *Engine) makeVolume(ctx context.Context, name string, options volume.CreateOptions) (volume.Volume, error) {
	found, err := call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (volume.Volume, error) {
		return e.client.VolumeCreate(ctx, options)
	})
	if err == nil && len(found.Labels) == 0 {
		return e.inspectVolume(ctx, options.Name)
	}
	return found, err
}

// removeVolume removes a volume, vault or marker of the scope. One that is not there
// is success, one of another kind or owner an error.
func (e *Engine) removeVolume(ctx context.Context, scope topology.Scope, name, kind string) error {
	found, err := e.inspectVolume(ctx, name)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !isOurs(found.Labels, scope) || found.Labels[labelKind] != kind {
		return foreign(kind, name, scope)
	}
	err = e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
		return e.client.VolumeRemove(ctx, name, false)
	})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

func (e *Engine) inspectVolume(ctx context.Context, name string) (volume.Volume, error) {
	return call(ctx, e, e.ReadTimeout, fmt.Sprintf("inspect volume %q", name), func(ctx context.Context) (volume.Volume, error) {
		return e.client.VolumeInspect(ctx, name)
	})
}
