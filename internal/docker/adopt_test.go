package docker

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// foreign makes a container as someone else would, and removes it when the test ends.
func (b bench) foreign(t *testing.T, name string, host *container.HostConfig) {
	t.Helper()
	_, err := b.client.ContainerCreate(t.Context(), &container.Config{Image: busybox, Cmd: []string{"sleep", "1000"}}, host, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.client.ContainerRemove(context.Background(), name, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
			t.Error(err)
		}
	})
}

// What docker run -v gave a container is read as its volumes: only one of it and
// its replacement may write to them at once.
func TestAdoptedHoldsWhatIsBound(t *testing.T) {
	b := newBench(t)
	name := b.scope.Project + "_old"
	written, read := name+"_written", name+"_read"
	for _, one := range []string{written, read} {
		if _, err := b.client.VolumeCreate(t.Context(), volume.CreateOptions{Name: one}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.client.VolumeRemove(context.Background(), one, true); err != nil {
				t.Error(err)
			}
		})
	}
	b.foreign(t, name, &container.HostConfig{Binds: []string{written + ":/data", read + ":/pages:ro", t.TempDir() + ":/host"}})
	if _, err := b.Adopt(t.Context(), b.scope, app("web"), name, topology.Key("k")); err != nil {
		t.Fatal(err)
	}
	want := map[string]topology.VolumeUse{"/data": {Volume: written}, "/pages": {Volume: read, ReadOnly: true}}
	if diff := cmp.Diff(want, b.instance(t, name).Mounts); diff != "" {
		t.Errorf("volumes (-bound +read):\n%s", diff)
	}
}

// What the engine removes when it stops, with its unnamed volumes, is neither
// adopted nor said to be adoptable.
func TestAdoptedOutlivesItsStop(t *testing.T) {
	b := newBench(t)
	stays, goes := b.scope.Project+"_stays", b.scope.Project+"_goes"
	b.foreign(t, stays, &container.HostConfig{})
	b.foreign(t, goes, &container.HostConfig{AutoRemove: true})
	if _, err := b.Adopt(t.Context(), b.scope, app("web"), goes, topology.Key("k")); err == nil || !strings.Contains(err.Error(), "run it anew without --rm") {
		t.Errorf("adopting what is removed when it stops: %v", err)
	}
	if live := b.observe(t); len(live.Instances) > 0 {
		t.Errorf("it is an instance: %v", live.Instances)
	}
	names, _, err := b.Adoptable(t.Context())
	if err != nil || !slices.Contains(names, stays) || slices.Contains(names, goes) {
		t.Errorf("adoptable are %v, %v", names, err)
	}
}

func TestDirectoryOfAForeignMount(t *testing.T) {
	t.Parallel()
	var c inspected
	text := `{"HostConfig": {"Mounts": [{"Target": "/whole"}, {"Target": "/part/", "VolumeOptions": {"Subpath": "site/./pages"}}]}}`
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{"/whole": "", "/part": "site/pages", "/none": ""} {
		if got := directoryAt(c, at); got != want {
			t.Errorf("at %s there is %q; want %q", at, got, want)
		}
	}
}
