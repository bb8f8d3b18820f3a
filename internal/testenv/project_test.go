package testenv_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

func TestProjectNames(t *testing.T) {
	label := regexp.MustCompile(`^[a-z][a-z0-9]{1,14}$`)
	first, second := testenv.Project(t), testenv.Project(t)
	if !label.MatchString(first) || first == second {
		t.Errorf("got %q and %q", first, second)
	}
}

func TestProjectCleanUp(t *testing.T) {
	t.Parallel()
	var mine *bench
	t.Run("test", func(t *testing.T) {
		mine = newBench(t)
		mine.start(spec{image: "busybox:stable", command: []string{"sleep", "600"}})
		mine.start(spec{image: "busybox:stable", command: []string{"true"}})
		_, err := mine.Docker.VolumeCreate(t.Context(), volume.CreateOptions{Name: mine.project, Labels: mine.labels()})
		if err != nil {
			t.Fatal(err)
		}
	})
	docker := testenv.Require(t).Docker
	found, err := docker.ContainerList(t.Context(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found {
		if c.Labels[testenv.ProjectLabel] == mine.project {
			t.Errorf("container %s is left", c.ID)
		}
	}
	if _, err := docker.NetworkInspect(t.Context(), mine.project, network.InspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("network is left: %v", err)
	}
	if exists(t, mine.project) {
		t.Error("volume is left")
	}
}

// A container of another project in this one's network is neither removed nor
// disconnected, and the removal says that it is in the way.
func TestProjectLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	mine, other := newBench(t), newBench(t)
	id := other.start(spec{image: "busybox:stable", command: []string{"sleep", "600"}})
	if err := mine.Docker.NetworkConnect(t.Context(), mine.project, id, nil); err != nil {
		t.Fatal(err)
	}
	err := mine.RemoveProject(t.Context(), mine.project)
	if err == nil || !strings.Contains(err.Error(), "not of this project") {
		t.Errorf("got %v, want an error that names the other container", err)
	}
	c, err := other.Docker.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !c.State.Running || c.NetworkSettings.Networks[mine.project] == nil {
		t.Errorf("running %t, in networks %v", c.State.Running, c.NetworkSettings.Networks)
	}
	if err := other.RemoveProject(t.Context(), other.project); err != nil {
		t.Error(err)
	}
}
