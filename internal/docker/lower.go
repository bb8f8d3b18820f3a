package docker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// defaultGrace is the seconds that a container has between its stop signal
// and its end, unless it asks for others.
const defaultGrace = 15

// lower writes a container in the terms of the engine's API. Its networks are
// the caller's.
func (e *Engine) lower(ctx context.Context, scope topology.Scope, c plan.Container) (spec, error) {
	ref, err := e.runnable(ctx, c.Image, c.Digest)
	if err != nil {
		return spec{}, err
	}
	labels, err := instanceLabels(scope, c)
	if err != nil {
		return spec{}, err
	}
	grace := defaultGrace
	s := spec{
		Config: &container.Config{
			Image: ref, Env: c.Env, Labels: labels, StopTimeout: &grace, Healthcheck: healthcheck(c.Health),
		},
		HostConfig: &container.HostConfig{
			SecurityOpt: append([]string{"no-new-privileges:true"}, c.SecurityOpt...),
			CapDrop:     []string{"ALL"}, CapAdd: c.CapAdd,
		},
	}
	if err := s.apply(c.Settings); err != nil {
		return spec{}, err
	}
	if s.HostConfig.Memory > 0 {
		s.HostConfig.MemorySwap = s.HostConfig.Memory // no swap beyond it
	}
	publish(s, c.Ports)
	return s, e.mount(ctx, s, c)
}

// healthcheck is nil without one of ours: the image's own then holds.
func healthcheck(h *plan.ContainerHealth) *container.HealthConfig {
	if h == nil {
		return nil
	}
	return &container.HealthConfig{
		Test: h.Test, Retries: h.Retries,
		Interval: time.Duration(h.Interval), Timeout: time.Duration(h.Timeout), StartPeriod: time.Duration(h.StartPeriod),
	}
}

func publish(s spec, ports []topology.Port) {
	if len(ports) == 0 {
		return
	}
	s.Config.ExposedPorts = nat.PortSet{}
	s.HostConfig.PortBindings = nat.PortMap{}
	for _, p := range ports {
		inside := nat.Port(strconv.Itoa(int(p.Container)) + "/" + p.Protocol)
		s.Config.ExposedPorts[inside] = struct{}{}
		s.HostConfig.PortBindings[inside] = append(s.HostConfig.PortBindings[inside],
			nat.PortBinding{HostIP: p.Address.String(), HostPort: strconv.Itoa(int(p.Host))})
	}
}

// mount adds a container's mounts. Its volumes must exist: the engine would
// make missing ones without labels.
func (e *Engine) mount(ctx context.Context, s spec, c plan.Container) error {
	for _, m := range c.Mounts {
		if m.Scratch {
			s.HostConfig.Mounts = append(s.HostConfig.Mounts, mount.Mount{Type: mount.TypeVolume, Target: m.Path})
			continue
		}
		if m.Volume == "" {
			if s.HostConfig.Tmpfs == nil {
				s.HostConfig.Tmpfs = map[string]string{}
			}
			s.HostConfig.Tmpfs[m.Path] = tmpfsOptions(m)
			continue
		}
		if _, err := e.inspectVolume(ctx, m.Volume); err != nil {
			return err
		}
		one := mount.Mount{Type: mount.TypeVolume, Source: m.Volume, Target: m.Path, ReadOnly: m.ReadOnly}
		switch {
		case m.Vault: // nothing of the image's belongs there
			one.VolumeOptions = &mount.VolumeOptions{NoCopy: true}
		case m.SourcePath == "":
		case e.mountsDirectories():
			one.VolumeOptions = &mount.VolumeOptions{Subpath: m.SourcePath}
		default: // an earlier engine would mount the whole volume, and not say so
			return classed{fmt.Sprintf("it mounts no directory of a volume (source_path) at %s", m.Path), errdefs.ErrNotImplemented}
		}
		s.HostConfig.Mounts = append(s.HostConfig.Mounts, one)
	}
	if c.Health == nil || !c.Health.Probe {
		return nil
	}
	probe, err := e.findProbe(ctx)
	if err != nil {
		return err
	}
	if _, err := e.inspectVolume(ctx, probe.volume); err != nil {
		return err
	}
	s.HostConfig.Mounts = append(s.HostConfig.Mounts,
		mount.Mount{Type: mount.TypeVolume, Source: probe.volume, Target: plan.ProbePath, ReadOnly: true})
	return nil
}

// tmpfsOptions names an owner or lets everyone write: runc 1.1 ignores a mode
// where the image has the directory, but not an owner.
func tmpfsOptions(m plan.ContainerMount) string {
	options := []string{"mode=1777"}
	if m.UID != 0 || m.GID != 0 {
		options = []string{fmt.Sprintf("uid=%d", m.UID), fmt.Sprintf("gid=%d", m.GID)}
	}
	if m.Exec {
		options = append(options, "exec")
	}
	if m.Size > 0 {
		options = append(options, fmt.Sprintf("size=%d", m.Size))
	}
	if m.ReadOnly {
		options = append(options, "ro")
	}
	return strings.Join(options, ",")
}
