package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// powerful are directories of a host that, like all that is in them, give whoever
// has them power over it: its system, its engines, and the homes of its users.
var powerful = []string{
	"/Users", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run", "/sbin", "/snap", "/sys", "/usr",
	"/var/lib/cloud", "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker", "/var/lib/dpkg", "/var/lib/etcd", "/var/lib/kubelet",
	"/var/lib/rancher", "/var/lib/rpm", "/var/lib/snapd", "/var/lib/systemd", "/var/run", "/var/spool/anacron", "/var/spool/at", "/var/spool/cron",
}

// sockets are what engines listen on, wherever it is.
var sockets = []string{"containerd.sock", "docker.sock", "podman.sock"}

// kernel are the file systems that are the host's own wherever they are mounted,
// by their type, and where the host has them.
var kernel = map[string]string{
	"binfmt_misc": "/proc/sys/fs/binfmt_misc", "bpf": "/sys/fs/bpf", "cgroup": "/sys/fs/cgroup", "cgroup2": "/sys/fs/cgroup",
	"configfs": "/sys/kernel/config", "debugfs": "/sys/kernel/debug", "devpts": "/dev/pts", "devtmpfs": "/dev",
	"efivarfs": "/sys/firmware/efi/efivars", "proc": "/proc", "pstore": "/sys/fs/pstore", "securityfs": "/sys/kernel/security",
	"sysfs": "/sys", "tracefs": "/sys/kernel/tracing",
}

// exposes returns the path of the host that a volume is, where that is or has in
// it what gives power over the host; "" of any other volume.
func exposes(v topology.Volume) string {
	paths := hostPaths(v)
	if i := slices.IndexFunc(paths, isPowerful); i >= 0 {
		return paths[i]
	}
	return ""
}

// hostPaths returns the paths of the host that a volume is made of: a directory
// that is bound, which an engine looks for from the root, a device, the layers of
// an overlay, and what its kernel shows of it.
func hostPaths(v topology.Volume) []string {
	var out []string
	device, options := v.DriverOpts["device"], v.DriverOpts["o"]
	if at := path.Join("/", device); device != "" && strings.Contains(options, "bind") || strings.HasPrefix(at, "/dev/") {
		out = append(out, at)
	}
	if at, own := kernel[v.DriverOpts["type"]]; own {
		out = append(out, at)
	}
	for option := range strings.SplitSeq(options, ",") {
		name, layers, _ := strings.Cut(strings.TrimSpace(option), "=")
		if !slices.Contains([]string{"lowerdir", "lowerdir+", "upperdir"}, name) {
			continue
		}
		for layer := range strings.SplitSeq(layers, ":") {
			if layer != "" {
				out = append(out, path.Join("/", layer))
			}
		}
	}
	return out
}

// isPowerful reports whether a clean path is, has in it or is within what gives
// power over the host.
func isPowerful(at string) bool {
	has := func(one string) bool { return isWithin(one, at) || isWithin(at, one) }
	return slices.ContainsFunc(powerful, has) || slices.Contains(sockets, path.Base(at))
}

// isWithin reports whether a clean path is another or in it.
func isWithin(at, other string) bool {
	return strings.HasPrefix(at+"/", strings.TrimSuffix(other, "/")+"/")
}
