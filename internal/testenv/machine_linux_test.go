package testenv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// A machine loses its daemon and its room, has both again, and leaves nothing.
func TestMachine(t *testing.T) {
	var dir string
	t.Run("while it is there", func(t *testing.T) {
		m := testenv.NewMachine(t, []string{"busybox:stable"})
		dir = filepath.Dir(strings.TrimPrefix(m.Host, "unix://"))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		made, err := m.Docker.ContainerCreate(t.Context(), &container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "3600"}},
			&container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "always"}}, nil, nil, "busy")
		must(err)
		must(m.Docker.ContainerStart(t.Context(), made.ID, container.StartOptions{}))
		must(m.Kill())
		if _, err := m.Docker.Ping(t.Context()); err == nil {
			t.Error("a daemon that was killed answers")
		}
		must(m.Start(t.Context()))
		must(m.Stop())
		must(m.Start(t.Context()))
		if found, err := m.Docker.ContainerInspect(t.Context(), "busy"); err != nil || !found.State.Running {
			t.Errorf("what is always to run does not: %v", err)
		}
		must(m.Fill(testenv.Volumes))
		if _, err := m.Docker.VolumeCreate(t.Context(), volume.CreateOptions{Name: "full"}); err == nil {
			t.Error("a volume is made on a full disk")
		}
		must(m.Clear(testenv.Volumes))
		_, err = m.Docker.VolumeCreate(t.Context(), volume.CreateOptions{Name: "room"})
		must(err)
	})
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || strings.Contains(string(mounts), dir) {
		t.Errorf("there is left a mount of %s: %v", dir, err)
	}
	for _, left := range []string{dir, "/sys/fs/cgroup/*/bayplan-" + filepath.Base(dir)} {
		if found, err := filepath.Glob(left); err != nil || len(found) > 0 {
			t.Errorf("there is left %v, %v", found, err)
		}
	}
}
