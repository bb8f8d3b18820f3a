package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
)

// ProjectLabel is carried by every engine object that belongs to a project.
const ProjectLabel = "io.bayplan.project"

// removalLimit bounds the removal of all that a test left behind.
const removalLimit = 5 * time.Minute

// Project returns a project name that no other test uses: a DNS label of nine
// characters. When the test ends every container, network and volume that
// carries [ProjectLabel] with that name is removed, and every tag of an image that
// was built or is kept for it, and the test fails when one cannot be. Objects of others, containers in its networks too, are left alone.
func Project(tb testing.TB) string {
	tb.Helper()
	env := Require(tb)
	name := "t" + strings.ToLower(rand.Text()[:8])
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), removalLimit)
		defer cancel()
		if err := env.RemoveProject(ctx, name); err != nil {
			tb.Errorf("clean up project %s: %v", name, err)
		}
	})
	return name
}

// RemoveProject removes every container, with its anonymous volumes, network,
// volume and tag of built and kept images of a project. It goes on after an error and returns all of them; to
// call it for a project that has nothing is no error. A network that the engine takes for one in use,
// though nobody is in it (moby#42119), stays until the engine is restarted, which is none either.
func (e *Env) RemoveProject(ctx context.Context, project string) error {
	mine := filters.NewArgs(filters.Arg("label", ProjectLabel+"="+project))
	return errors.Join(
		removeContainers(ctx, e.Docker, mine),
		removeNetworks(ctx, e.Docker, mine),
		removeVolumes(ctx, e.Docker, mine),
		removeTags(ctx, e.Docker, "bayplan-kept/"+project+"/*"),
		removeTags(ctx, e.Docker, project+"-*"),
	)
}

// removeTags removes the tags of images that match a pattern.
func removeTags(ctx context.Context, docker *client.Client, pattern string) error {
	found, err := docker.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", pattern))})
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	var errs []error
	for _, i := range found {
		for _, tag := range i.RepoTags {
			if ours, _ := path.Match(pattern+":*", tag); !ours {
				continue
			}
			if _, err := docker.ImageRemove(ctx, tag, image.RemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
				errs = append(errs, fmt.Errorf("tag %s: %w", tag, err))
			}
		}
	}
	return errors.Join(errs...)
}

func removeContainers(ctx context.Context, docker *client.Client, mine filters.Args) error {
	found, err := docker.ContainerList(ctx, container.ListOptions{All: true, Filters: mine})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	var errs []error
	for _, c := range found { // one after the other: those that leave a network at once may be miscounted
		err := retry(ctx, func() error {
			return docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("container %s: %w", strings.Join(c.Names, " "), err))
		}
	}
	return errors.Join(errs...)
}

func removeNetworks(ctx context.Context, docker *client.Client, mine filters.Args) error {
	found, err := docker.NetworkList(ctx, network.ListOptions{Filters: mine})
	if err != nil {
		return fmt.Errorf("list networks: %w", err)
	}
	var errs []error
	for _, n := range found {
		err := retry(ctx, func() error {
			return errors.Join(releaseEndpoints(ctx, docker, n.ID), docker.NetworkRemove(ctx, n.ID))
		})
		if err != nil && !isMiscounted(ctx, docker, n.ID, err) {
			errs = append(errs, fmt.Errorf("network %s: %w", n.Name, err))
		}
	}
	return errors.Join(errs...)
}

// isMiscounted reports whether an engine keeps a network for members that it has not.
func isMiscounted(ctx context.Context, docker *client.Client, id string, err error) bool {
	if !strings.Contains(err.Error(), "has active endpoints") {
		return false
	}
	n, err := docker.NetworkInspect(ctx, id, network.InspectOptions{})
	return err == nil && len(n.Containers) == 0
}

// releaseEndpoints disconnects the endpoints whose container is gone, which
// parallel starts leave at times. One of a container that exists is not ours to
// disconnect: the project's own have been removed by now.
func releaseEndpoints(ctx context.Context, docker *client.Client, id string) error {
	n, err := docker.NetworkInspect(ctx, id, network.InspectOptions{})
	if err != nil {
		return err
	}
	var errs []error
	for _, owner := range slices.Sorted(maps.Keys(n.Containers)) {
		endpoint := n.Containers[owner]
		_, err := docker.ContainerInspect(ctx, owner)
		switch {
		case err == nil:
			errs = append(errs, fmt.Errorf("container %s, which is not of this project, is connected", endpoint.Name))
		case errdefs.IsNotFound(err):
			errs = append(errs, docker.NetworkDisconnect(ctx, id, endpoint.Name, true))
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func removeVolumes(ctx context.Context, docker *client.Client, mine filters.Args) error {
	found, err := docker.VolumeList(ctx, volume.ListOptions{Filters: mine})
	if err != nil {
		return fmt.Errorf("list volumes: %w", err)
	}
	var errs []error
	for _, v := range found.Volumes {
		if err := retry(ctx, func() error { return docker.VolumeRemove(ctx, v.Name, false) }); err != nil {
			errs = append(errs, fmt.Errorf("volume %s: %w", v.Name, err))
		}
	}
	return errors.Join(errs...)
}

// retry repeats a removal for a few seconds: the engine refuses one that is
// under way, and one of an object that is being let go of. Gone is success.
func retry(ctx context.Context, remove func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return poll(ctx, 100*time.Millisecond, func() error {
		if err := remove(); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
		return nil
	})
}
