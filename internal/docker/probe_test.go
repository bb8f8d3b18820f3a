package docker

import (
	"testing"

	"github.com/docker/docker/api/types/container"
	"golang.org/x/sync/errgroup"
)

// ownProbe is a program that no other test has, so that its volume is the test's own.
func (b bench) ownProbe(t *testing.T) engineProbe {
	t.Helper()
	p := probeOf([]byte("#!/bin/sh\n# " + b.scope.Project + "\n"))
	t.Cleanup(func() { b.removeProbe(t, p) })
	return p
}

func TestInstallProbeAtOnce(t *testing.T) {
	b := newBench(t)
	p := b.ownProbe(t)
	var group errgroup.Group
	for range 5 {
		group.Go(func() error { return b.installProbe(t.Context(), p, busybox) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.inspect(t.Context(), p.helper()); err == nil {
		t.Error("the helper container is still there")
	}
}

func TestInstallProbeAfterACrash(t *testing.T) {
	b := newBench(t)
	p := b.ownProbe(t)
	config := &container.Config{Image: busybox, Labels: map[string]string{labelKind: kindTools}}
	if _, err := b.client.ContainerCreate(t.Context(), config, nil, nil, nil, p.helper()); err != nil {
		t.Fatal(err)
	}
	if err := b.installProbe(t.Context(), p, busybox); err != nil {
		t.Fatal(err)
	}
	if ready, err := b.probeReady(t.Context(), p); err != nil || !ready {
		t.Errorf("ready %t, error %v", ready, err)
	}
}
