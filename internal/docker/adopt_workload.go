package docker

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// engineGrace is how long the engine gives a container to end that asks for nothing.
const engineGrace = "10s"

// engineCapabilities are what a container may do beyond nothing when its maker
// says nothing.
var engineCapabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
	"SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// foreignWorkload reads what a container was made from that was not made from a
// workload: what its image says is left out, and so are the labels of compose,
// which say that the container is compose's.
func foreignWorkload(c inspected, of image.InspectResponse, scope topology.Scope) (topology.Workload, error) {
	w := topology.Workload{Image: c.Config.Image, Replicas: 1}
	for _, f := range plan.WorkloadFields {
		if f.Path == "" {
			continue
		}
		has, err := c.at(f.Path)
		if err != nil {
			return w, fmt.Errorf("%s: %w", f.Name, err)
		}
		decode(has, f.Get(&w))
	}
	w.StopGracePeriod = cmp.Or(w.StopGracePeriod, engineGrace)
	withoutImage(&w, c, of)
	if len(w.Labels) == 0 {
		w.Labels = nil // as nobody declares none
	}
	w.Capabilities, w.SecurityOpt = confinementOf(c)
	w.Ports = publishedOf(c)
	w.Mounts = foreignMounts(c, scope)
	w.Egress = c.HostConfig.NetworkMode != noNetwork
	return w, nil
}

// withoutImage takes away what is so because the image says so.
func withoutImage(w *topology.Workload, c inspected, of image.InspectResponse) {
	w.Env, w.Labels = environment(c.Config.Env), maps.Clone(c.Config.Labels)
	maps.DeleteFunc(w.Labels, func(name, _ string) bool { return strings.HasPrefix(name, "com.docker.compose.") })
	w.Healthcheck = healthcheckOf(c.Config.Healthcheck)
	implied := of.Config
	if implied == nil {
		return
	}
	if slices.Equal(w.Entrypoint, implied.Entrypoint) {
		w.Entrypoint = nil
		if slices.Equal(w.Command, implied.Cmd) {
			w.Command = nil
		}
	}
	if w.User == implied.User {
		w.User = ""
	}
	if w.WorkingDir == implied.WorkingDir {
		w.WorkingDir = ""
	}
	if w.StopSignal.Name() == topology.Signal(implied.StopSignal).Name() {
		w.StopSignal = ""
	}
	w.Env, w.Labels = beyond(w.Env, environment(implied.Env)), beyond(w.Labels, implied.Labels)
	if h := implied.Healthcheck; h != nil && w.Healthcheck != nil && slices.Equal(h.Test, w.Healthcheck.Test) {
		w.Healthcheck = nil
	}
}

// beyond returns what a map has and another has not, or otherwise.
func beyond(has, implied map[string]string) map[string]string {
	out := maps.Clone(has)
	maps.DeleteFunc(out, func(name, value string) bool {
		same, there := implied[name]
		return there && same == value
	})
	return out
}

// healthcheckOf reads a health check with what the engine takes for nothing said.
func healthcheckOf(h *healthConfig) *topology.Healthcheck {
	if h == nil || len(h.Test) == 0 {
		return nil
	}
	duration := func(nanoseconds int64, unsaid time.Duration) topology.Duration {
		return topology.Duration(cmp.Or(time.Duration(nanoseconds), unsaid).String())
	}
	out := &topology.Healthcheck{
		Test: h.Test, Interval: duration(h.Interval, 30*time.Second), Timeout: duration(h.Timeout, 30*time.Second), Retries: int64(cmp.Or(h.Retries, 3)),
	}
	if h.StartPeriod > 0 {
		out.StartPeriod = duration(h.StartPeriod, 0)
	}
	return out
}

// confinementOf returns what a container may do beyond nothing.
func confinementOf(c inspected) (capabilities, options []string) {
	plain := func(names []string) []string {
		var out []string
		for _, name := range names {
			out = append(out, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
		}
		return out
	}
	drop := plain(c.HostConfig.CapDrop)
	if !slices.Contains(drop, "ALL") {
		capabilities = slices.DeleteFunc(slices.Clone(engineCapabilities), func(name string) bool { return slices.Contains(drop, name) })
	}
	capabilities = append(capabilities, plain(c.HostConfig.CapAdd)...)
	slices.Sort(capabilities)
	for _, option := range c.HostConfig.SecurityOpt {
		if !strings.HasPrefix(option, "no-new-privileges") {
			options = append(options, option)
		}
	}
	return slices.Compact(capabilities), options
}

// publishedOf returns the ports that a container publishes, sorted.
func publishedOf(c inspected) []string {
	var out []string
	for inside, bindings := range c.HostConfig.PortBindings {
		for _, b := range bindings {
			if port, ok := publishedPort(inside, b); ok {
				out = append(out, port)
			}
		}
	}
	slices.Sort(out)
	return out
}

// publishedPort returns a port as it is declared, false for one that the engine chose.
func publishedPort(inside nat.Port, b nat.PortBinding) (string, bool) {
	if b.HostPort == "" || b.HostPort == "0" {
		return "", false
	}
	out := net.JoinHostPort(cmp.Or(b.HostIP, "0.0.0.0"), b.HostPort) + ":" + inside.Port()
	if inside.Proto() != "tcp" {
		out += "/" + inside.Proto()
	}
	return out, true
}

// volumesOf returns the volumes that a container has, however it was given them:
// by mount, by bind (docker run -v), from another container or by its image.
func volumesOf(c inspected) map[string]topology.VolumeUse {
	out := map[string]topology.VolumeUse{}
	for _, m := range c.Mounts {
		if m.Type == mount.TypeVolume {
			out[m.Destination] = topology.VolumeUse{Volume: m.Name, ReadOnly: !m.RW}
		}
	}
	return out
}

// foreignMounts returns the volumes and filesystems in memory that a container has.
func foreignMounts(c inspected, scope topology.Scope) map[string]topology.Mount {
	out := map[string]topology.Mount{}
	for at, use := range volumesOf(c) {
		if !isAnonymous(use.Volume) {
			out[at] = topology.Mount{Volume: scope.AdoptedVolumeID(use.Volume), SourcePath: directoryAt(c, at), ReadOnly: use.ReadOnly}
		}
	}
	for at, options := range c.HostConfig.Tmpfs {
		if size, ok := tmpfsSize(options); ok {
			out[at] = topology.Mount{Tmpfs: size}
		}
	}
	return out
}

// directoryAt returns which directory of a volume is mounted at a path, "" for the whole.
func directoryAt(c inspected, at string) string {
	for _, m := range c.HostConfig.Mounts {
		if directory := m.VolumeOptions.Subpath; directory != "" && path.Clean(m.Target) == path.Clean(at) {
			return path.Clean(directory)
		}
	}
	return ""
}

var anonymous = regexp.MustCompile(`^[0-9a-f]{64}$`)

// isAnonymous reports whether the engine named a volume.
func isAnonymous(name string) bool { return anonymous.MatchString(name) }

// tmpfsSize returns the size that the options of a filesystem in memory say.
func tmpfsSize(options string) (topology.Size, bool) {
	for _, option := range strings.Split(options, ",") {
		if size, ok := strings.CutPrefix(option, "size="); ok {
			spelled := topology.Size(strings.ToLower(size))
			_, err := spelled.Bytes()
			return spelled, err == nil
		}
	}
	return "", false
}

// unsaid lists what a container has and no workload can say.
func unsaid(c inspected) []string {
	var out []string
	for what, has := range map[string]bool{
		"all privileges":                  c.HostConfig.Privileged,
		"the network of the host":         c.HostConfig.NetworkMode.IsHost(),
		"the processes of the host":       c.HostConfig.PidMode.IsHost(),
		"the memory segments of the host": c.HostConfig.IpcMode.IsHost(),
		"devices of the host":             len(c.HostConfig.Devices)+len(c.HostConfig.DeviceRequests) > 0,
		"names of hosts of its own":       len(c.HostConfig.ExtraHosts) > 0,
		"kernel settings":                 len(c.HostConfig.Sysctls) > 0,
		"limits of its own (ulimit)":      len(c.HostConfig.Ulimits) > 0,
		"a terminal":                      c.Config.Tty,
		"ports that the engine chose":     choosesPorts(c),
	} {
		if has {
			out = append(out, what)
		}
	}
	for _, m := range c.Mounts {
		switch {
		case m.Type == mount.TypeBind:
			out = append(out, fmt.Sprintf("the directory %s of the host at %s", m.Source, m.Destination))
		case m.Type == mount.TypeVolume && isAnonymous(m.Name):
			out = append(out, "an unnamed volume at "+m.Destination)
		}
	}
	for at, options := range c.HostConfig.Tmpfs {
		if _, ok := tmpfsSize(options); !ok {
			out = append(out, "a tmpfs without a size at "+at)
		}
	}
	for name := range c.NetworkSettings.Networks {
		if mode := container.NetworkMode(name); mode.IsUserDefined() {
			out = append(out, "the network "+name)
		}
	}
	slices.Sort(out)
	return out
}

func choosesPorts(c inspected) bool {
	for inside, bindings := range c.HostConfig.PortBindings {
		if slices.ContainsFunc(bindings, func(b nat.PortBinding) bool { _, said := publishedPort(inside, b); return !said }) {
			return true
		}
	}
	return c.HostConfig.PublishAllPorts
}
