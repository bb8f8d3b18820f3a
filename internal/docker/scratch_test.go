package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Under a read-only root, scratch has what the image has there, can be written
// to, and goes with the instance.
func TestScratch(t *testing.T) {
	b := newBench(t)
	c := sleeper("web")
	c.Settings = append(c.Settings, plan.Setting{Path: "HostConfig.ReadonlyRootfs", Value: true})
	c.Mounts = []plan.ContainerMount{{Path: "/etc", Scratch: true}, {Path: "/run", Exec: true}}
	name := b.start(t, c)
	b.succeeds(t, name, "sh", "-c", "grep -q root /etc/group && echo new >/etc/new")
	b.succeeds(t, name, "sh", "-c", `printf '#!/bin/sh\nexit 0\n' >/run/it && chmod +x /run/it && /run/it`)
	if mounts := b.instance(t, name).Mounts; len(mounts) > 0 {
		t.Errorf("it is read as a volume that was asked for: %v", mounts)
	}
	found, err := b.client.ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	volume := ""
	for _, m := range found.Mounts {
		if m.Destination == "/etc" {
			volume = m.Name
		}
	}
	b.perform(t, plan.StopInstance{Name: name}, plan.RemoveInstance{Name: name})
	if _, err := b.client.VolumeInspect(t.Context(), volume); volume == "" || !errdefs.IsNotFound(err) {
		t.Errorf("volume %q stays: %v", volume, err)
	}
}

// A directory of the host that a volume stands for is written to, and outlives it.
func TestVolumeOfTheHost(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	v := topology.LiveVolume{
		Name: b.scope.VolumeName("files"), Address: topology.Address{Kind: topology.KindVolume, Name: "files"},
		Declared: topology.Volume{Name: "files", Driver: "local", DriverOpts: map[string]string{"type": "none", "o": "bind", "device": dir}},
	}
	c := sleeper("web")
	c.Mounts = []plan.ContainerMount{{Path: "/files", Volume: v.Name}}
	b.perform(t, plan.CreateVolume{Volume: v})
	name := b.start(t, c)
	b.succeeds(t, name, "touch", "/files/kept")
	b.perform(t, plan.StopInstance{Name: name}, plan.RemoveInstance{Name: name}, plan.RemoveVolume{Name: v.Name})
	if _, err := os.Stat(filepath.Join(dir, "kept")); err != nil {
		t.Error(err)
	}
}

func TestFailedMountHidesPassword(t *testing.T) {
	b := newBench(t)
	v := topology.LiveVolume{
		Name: b.scope.VolumeName("share"), Address: topology.Address{Kind: topology.KindVolume, Name: "share"},
		Declared: topology.Volume{Name: "share", DriverOpts: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=oops,password=hushed"}},
	}
	c := sleeper("web")
	c.Mounts = []plan.ContainerMount{{Path: "/share", Volume: v.Name}}
	b.perform(t, plan.CreateVolume{Volume: v})
	err := b.refuse(t, plan.StartInstance{Name: b.create(t, c)}, "data: size=oops,password=(hidden): invalid argument")
	if strings.Contains(err.Error(), "hushed") {
		t.Error("the password is in the error")
	}
}
