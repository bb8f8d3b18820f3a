package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// powerful are paths of a host that give whoever has them power over it.
var powerful = []string{
	"/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var/lib/containerd", "/var/lib/docker", "/var/run",
}

// sockets are what engines listen on, wherever it is.
var sockets = []string{"containerd.sock", "docker.sock", "podman.sock"}

// exposes returns the path of the host that a volume is, where that is or has in
// it what gives power over the host; "" of any other volume.
func exposes(v topology.Volume) string {
	device := v.DriverOpts["device"]
	if !strings.Contains(v.DriverOpts["o"], "bind") || !path.IsAbs(device) {
		return ""
	}
	device = path.Clean(device)
	within := strings.TrimSuffix(device, "/") + "/"
	has := func(one string) bool { return strings.HasPrefix(one+"/", within) }
	of := func(one string) bool { return strings.HasPrefix(within, one+"/") }
	if slices.ContainsFunc(powerful, has) || slices.Contains(sockets, path.Base(device)) ||
		slices.ContainsFunc([]string{"/dev", "/proc", "/sys", "/var/lib/docker"}, of) {
		return device
	}
	return ""
}
