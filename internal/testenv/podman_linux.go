package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// podmanSettings are those of a machine without systemd.
const podmanSettings = `[network]
network_backend = "netavark"
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
`

// NewPodman starts Podman's service for Docker's clients on a machine of its own, as
// [NewMachine] does an engine, and gives it images that the engine of [Require] has.
// Podman is installed from the distribution's packages if it is not there.
func NewPodman(tb testing.TB, images []string) *Machine {
	tb.Helper()
	if err := withLock(tb.Context(), "podman", func(string) error { return installPodman(tb.Context()) }); err != nil {
		tb.Fatal(err)
	}
	m := newMachine(tb, "")
	m.cgroup = "libpod_parent" // where Podman without systemd has its containers
	settings := filepath.Join(m.dir, "containers.conf")
	store := filepath.Join(m.dir, string(Store))
	m.daemon = []string{
		"env", "CONTAINERS_CONF=" + settings, "PODMAN_IGNORE_CGROUPSV1_WARNING=1",
		"podman", "--root=" + filepath.Join(store, "podman"), "--runroot=/run/podman", "--network-config-dir=" + filepath.Join(store, "networks"),
		"system", "service", "--time=0", m.Host,
	}
	err := os.WriteFile(settings, []byte(podmanSettings), 0o600)
	if err == nil {
		err = m.bringUp(tb, small, images)
	}
	for _, tag := range images {
		if err == nil { // what is loaded it has for its own, and not for Docker Hub's
			err = m.Docker.ImageTag(tb.Context(), "localhost/"+tag, tag)
		}
	}
	if err != nil {
		tb.Fatalf("podman: %v", err)
	}
	return m
}

func installPodman(ctx context.Context) error {
	if _, err := exec.LookPath("podman"); err == nil {
		return nil
	}
	if os.Geteuid() != 0 {
		return errors.New("podman is not installed, and only root can install it")
	}
	if err := requireDebian(); err != nil {
		return fmt.Errorf("podman is not installed and %w", err)
	}
	report(ctx, "engine: installing podman")
	refresh(ctx)
	_, err := apt(ctx, "install", "-y", "--no-install-recommends", "podman", "netavark", "aardvark-dns")
	return err
}
