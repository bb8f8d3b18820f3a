package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/docker/probe"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// probeFill is how long another process is given to fill the probe's volume
// before its helper container counts as left behind by a crash.
const probeFill = 10 * time.Second

// engineProbe is the health check's program for an engine. Its volume is named
// by its content, so another version gets another volume and no instance that
// runs sees its own change.
type engineProbe struct {
	program []byte
	volume  string
}

// ready is the volume whose existence says that the probe's is filled: labels
// cannot be changed later.
func (p engineProbe) ready() string { return p.volume + "-ready" }

// helper is the container that the volume is filled through. One name for all
// makes its creation a lock.
func (p engineProbe) helper() string { return p.volume + "-fill" }

func (e *Engine) findProbe(ctx context.Context) (engineProbe, error) {
	platform, err := e.Platform(ctx)
	if err != nil {
		return engineProbe{}, err
	}
	_, arch, _ := strings.Cut(platform, "/")
	program, err := probe.Binary(arch)
	if err != nil {
		return engineProbe{}, err
	}
	return probeOf(program), nil
}

func probeOf(program []byte) engineProbe {
	sum := sha256.Sum256(program)
	return engineProbe{program, "bayplan-probe-" + hex.EncodeToString(sum[:])[:12]}
}

func (e *Engine) ensureProbe(ctx context.Context, op plan.EnsureProbe) error {
	p, err := e.findProbe(ctx)
	if err != nil {
		return err
	}
	return e.installProbe(ctx, p, op.Image)
}

// installProbe returns when the probe's volume is filled, by this process or
// by another. A helper that stays for long was left behind, and is removed.
func (e *Engine) installProbe(ctx context.Context, p engineProbe, image string) error {
	patience := time.Now().Add(probeFill)
	for {
		done, err := e.probeReady(ctx, p)
		if err == nil && !done {
			done, err = e.fillProbe(ctx, p, image)
		}
		if errdefs.IsConflict(err) {
			err = nil
			if time.Now().After(patience) {
				patience = time.Now().Add(probeFill)
				err = e.removeHelper(ctx, p.helper())
			}
		}
		if done || err != nil {
			return err
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// probeReady reports whether the probe's volume is there and filled.
func (e *Engine) probeReady(ctx context.Context, p engineProbe) (bool, error) {
	for _, name := range []string{p.ready(), p.volume} {
		if _, err := e.inspectVolume(ctx, name); errdefs.IsNotFound(err) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

// fillProbe puts the program on its volume. A conflict says that another
// process is doing so.
func (e *Engine) fillProbe(ctx context.Context, p engineProbe, image string) (done bool, err error) {
	if err := e.createTools(ctx, p.volume); err != nil {
		return false, err
	}
	image, err = e.anyOf(ctx, image)
	if err != nil {
		return false, err
	}
	made, err := call(ctx, e, e.slow(), fmt.Sprintf("create container %q", p.helper()),
		func(ctx context.Context) (container.CreateResponse, error) {
			config := &container.Config{Image: image, Cmd: []string{"-"}, Labels: map[string]string{labelKind: kindTools}}
			host := &container.HostConfig{NetworkMode: noNetwork, Mounts: []mount.Mount{
				{Type: mount.TypeVolume, Source: p.volume, Target: plan.ProbePath},
			}}
			return e.client.ContainerCreate(ctx, config, host, nil, nil, p.helper())
		})
	if err != nil {
		return false, e.nameTaken(ctx, p.helper(), err)
	}
	filled := e.do(ctx, e.ReadTimeout, fmt.Sprintf("copy to container %q", p.helper()), func(ctx context.Context) error {
		return e.client.CopyToContainer(ctx, made.ID, plan.ProbePath, archive("probe", p.program), container.CopyToContainerOptions{})
	})
	if filled == nil {
		filled = e.createTools(ctx, p.ready())
	}
	if err := e.removeHelper(context.WithoutCancel(ctx), made.ID); filled == nil {
		filled = err
	}
	return filled == nil, filled
}

// createTools makes a volume that belongs to no scope and that prune spares.
func (e *Engine) createTools(ctx context.Context, name string) error {
	options, err := e.sparing(ctx)
	if err != nil {
		return err
	}
	return e.do(ctx, e.ReadTimeout, fmt.Sprintf("create volume %q", name), func(ctx context.Context) error {
		_, err := e.client.VolumeCreate(ctx, volume.CreateOptions{
			Name: name, Driver: localDriver, DriverOpts: options, Labels: map[string]string{labelKind: kindTools},
		})
		return err
	})
}

// removeHelper removes a helper container, which nothing depends on.
func (e *Engine) removeHelper(ctx context.Context, idOrName string) error {
	c, err := e.inspect(ctx, idOrName)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Config.Labels[labelKind] != kindTools {
		return classed{fmt.Sprintf("container %q stands in the way of a helper container", c.name()), errdefs.ErrFailedPrecondition}
	}
	err = e.do(ctx, e.slow(), fmt.Sprintf("remove container %q", c.name()), func(ctx context.Context) error {
		return e.client.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil
	}
	return err
}

// archive is a tar archive of one executable file.
func archive(name string, content []byte) *bytes.Buffer {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	// Writing to memory fails only for a header that does not fit the format.
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o555, Size: int64(len(content))})
	_, _ = w.Write(content)
	_ = w.Close()
	return &out
}
