package topology

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LabelPrefix starts the labels that are Bayplan's own.
const LabelPrefix = "io.bayplan."

// minMemory is the least memory limit that the engine takes (Docker: 6 MiB).
const minMemory = 6 << 20

// CheckWorkload returns what is wrong with an app or service by itself, in
// the order of its fields.
func CheckWorkload(s Scope, a Address, w Workload) []*FieldError {
	c := check{at: a}
	c.add("name", "", ValidName(w.Name))
	if w.RenamedFrom != "" {
		c.add("renamed_from", "", ValidName(w.RenamedFrom))
	}
	if w.RenamedFrom == w.Name && w.Name != "" {
		c.addHint("renamed_from", "", fmt.Errorf("%s is its name", w.Name), "Give the name that it had before.")
	}
	if a.Kind == KindApp && w.Image == "" && w.Build == nil {
		c.addHint("image", "", errors.New("an app needs an image or a build"), "Set exactly one of the two.")
	}
	c.build(w.Build)
	c.limits(w)
	c.replacing(w)
	c.texts(w)
	c.env(w)
	c.secrets(w)
	c.relationships(w)
	c.mounts(s, w)
	c.confinement(w)
	c.ports(w)
	c.healthcheck(w.Healthcheck)
	for _, key := range slices.Sorted(maps.Keys(w.Labels)) {
		if key == "" || strings.HasPrefix(key, LabelPrefix) {
			c.add("labels", key, fmt.Errorf("a label's name is not empty and does not start with %s", LabelPrefix))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Endpoints)) {
		c.add("endpoints", name, validEndpoint(w.Endpoints[name]))
	}
	return c.errs
}

var signal = regexp.MustCompile(`^(SIG)?[A-Z0-9+-]+$`)

func (c *check) limits(w Workload) {
	bytes, err := w.Memory.Bytes()
	if err == nil && bytes != 0 && bytes < minMemory {
		err = fmt.Errorf("%s is less than the engine's least, 6m", w.Memory)
	}
	c.add("memory", "", err)
	if w.CPUs < 0 || w.CPUs != 0 && w.CPUs < 0.01 {
		c.add("cpus", "", fmt.Errorf("%v is less than the engine's least, 0.01", w.CPUs))
	}
	if w.Pids < Unlimited {
		c.addHint("pids", "", fmt.Errorf("%d is negative", w.Pids), "Say -1 for no limit.")
	}
	if !slices.Contains([]Pull{"", PullMissing, PullAlways, PullNever}, w.Pull) {
		c.add("pull", "", fmt.Errorf("%q is none of missing, always and never", w.Pull))
	}
	if w.Build != nil && w.Pull != "" {
		c.add("pull", "", errors.New("it is about an image, and this one is built"))
	}
	if w.Replicas < 1 {
		c.add("replicas", "", fmt.Errorf("%d is less than 1", w.Replicas))
	}
	if w.Replicas > 1 && w.DataVolume != "" {
		c.addHint("replicas", "", fmt.Errorf("%d replicas would write to one data volume, %s", w.Replicas, w.DataVolume),
			"Mount a tmpfs where the type has its data, or declare a service for each.")
	}
	policy, _, err := w.Restart.Policy()
	if err == nil && w.Job && (policy == "always" || policy == "unless-stopped") {
		err = fmt.Errorf("a job that is done stays so: restart is no or on-failure, not %s", w.Restart)
	}
	c.add("restart", "", err)
}

// replacing checks what says how instances come and go.
func (c *check) replacing(w Workload) {
	grace, err := w.StopGracePeriod.Value()
	if err == nil && grace != grace.Truncate(time.Second) {
		err = fmt.Errorf("%s is not a whole number of seconds, which is how the engine counts it", w.StopGracePeriod)
	}
	c.add("stop_grace_period", "", err)
	_, err = w.FreezeTimeout.Value()
	c.add("freeze_timeout", "", err)
	if w.Strategy != "" && w.Strategy != StrategyRolling && w.Strategy != StrategyRecreate {
		c.add("strategy", "", fmt.Errorf("%q is neither rolling nor recreate", w.Strategy))
	}
	if w.StopSignal != "" && !signal.MatchString(string(w.StopSignal)) {
		c.add("stop_signal", "", fmt.Errorf("%q is no signal: want such as SIGTERM or 15", string(w.StopSignal)))
	}
}

// build checks what is known of a build without its files.
func (c *check) build(b *Build) {
	if b == nil {
		return
	}
	if at := path.Clean("/" + b.Dockerfile); path.IsAbs(b.Dockerfile) || b.Dockerfile != "" && at != "/"+b.Dockerfile {
		c.addHint("build", "", fmt.Errorf("the Dockerfile %q is not in the context", b.Dockerfile),
			"Give its name within the context, without .. in it; or take a context that has it.")
	}
	for _, value := range []string{b.Context, b.Dockerfile, b.Target} {
		if !isText(value) {
			c.add("build", "", errNotText)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Args)) {
		if err := validVariable(name, b.Args[name]); err != nil {
			c.add("build", "", fmt.Errorf("args[%q]: %w", name, err))
		}
	}
}

func (c *check) env(w Workload) {
	for _, name := range slices.Sorted(maps.Keys(w.Env)) {
		c.add("env", name, validVariable(name, w.Env[name]))
	}
}

var relationshipKey = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,38}$`)

func (c *check) relationships(w Workload) {
	hosts, variables := map[string]string{}, map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(w.Relationships)) {
		r := w.Relationships[key]
		if !relationshipKey.MatchString(key) {
			c.add("relationships", key, errors.New("the name of a relationship is 1 to 39 lower-case letters, digits, hyphens and underscores, a letter first"))
			continue
		}
		if err := validReference(r); err != nil {
			c.addHint("relationships", key, err, "Refer to the resource itself, or give an object with host and port for what is outside the topology.")
			continue
		}
		if r.Address == c.at {
			c.add("relationships", key, fmt.Errorf("%s needs itself", c.at))
		}
		if other, taken := variables[VariablePrefix(key)]; taken {
			c.add("relationships", key, fmt.Errorf("%s and %s have the same variables %sHOST and so on", other, key, VariablePrefix(key)))
		}
		variables[VariablePrefix(key)] = key
		if r.External() {
			continue
		}
		if other, taken := hosts[r.Host]; taken && w.Relationships[other].Address != r.Address {
			c.add("relationships", key, fmt.Errorf("%s and %s have the same host name %s", w.Relationships[other].Address, r.Address, r.Host))
		}
		hosts[r.Host] = key
	}
}

// VariablePrefix starts the names of the variables that tell a consumer of a
// relationship, by its key: "my-db" gives "MY_DB_".
func VariablePrefix(key string) string {
	return strings.ToUpper(strings.ReplaceAll(key, "-", "_")) + "_"
}

func (c *check) mounts(s Scope, w Workload) {
	for _, at := range slices.Sorted(maps.Keys(w.Mounts)) {
		m := w.Mounts[at]
		_, sizeErr := m.Tmpfs.Bytes()
		volumeErr := s.checkVolumeID(m.Volume)
		switch {
		case !path.IsAbs(at) || path.Clean(at) != at || at == "/" || strings.ContainsAny(at, ":,\x00"):
			c.add("mounts", at, errors.New("the path is absolute, has no .. or double slashes, and is not /"))
		case (m.Volume == "") == (m.Tmpfs == ""):
			c.add("mounts", at, errors.New("a mount has exactly one of volume and tmpfs"))
		case m.SourcePath != "" && m.Tmpfs != "":
			c.addHint("mounts", at, errors.New("source_path is a directory of a volume, and a tmpfs has none"), "Remove source_path.")
		case m.SourcePath != "" && !isWithin(m.SourcePath):
			c.addHint("mounts", at, fmt.Errorf("source_path %q is no path within a volume", m.SourcePath),
				"Write it relative to the volume's root, without .. and double slashes: source_path = \"site/pages\".")
		case m.Tmpfs != "":
			c.add("mounts", at, sizeErr)
		default:
			c.addHint("mounts", at, volumeErr, "Give the id of a bayplan_volume: volume = bayplan_volume.data.id.")
		}
	}
}

// isWithin reports whether a path is relative, clean, and leads to something below
// what it is relative to.
func isWithin(at string) bool {
	return path.Clean(at) == at && !path.IsAbs(at) && at != "." && at != ".." && !strings.HasPrefix(at, "../") && !strings.Contains(at, "\x00")
}

// checkVolumeID checks a volume's id as far as the scope is known: of a declared
// volume, or of one that was adopted.
func (s Scope) checkVolumeID(id string) error {
	environment, name, _ := strings.Cut(id, "/")
	if s.Environment == "" {
		s.Environment = environment
	}
	if adopted, ok := strings.CutPrefix(name, "="); ok && adopted != "" && environment == s.Environment {
		return nil
	}
	_, err := s.VolumeOf(id)
	return err
}

// VolumeOf returns the address that a volume's id in this scope,
// "<environment>/<name>", stands for.
func (s Scope) VolumeOf(id string) (Address, error) {
	environment, name, ok := strings.Cut(id, "/")
	if !ok || ValidName(name) != nil {
		return Address{}, fmt.Errorf("%q is no volume's id: want %s/NAME", id, s.Environment)
	}
	if environment != s.Environment {
		return Address{}, fmt.Errorf("volume %q is of environment %s, not of %s", name, environment, s.Environment)
	}
	return Address{Kind: KindVolume, Name: name}, nil
}

func (c *check) ports(w Workload) {
	var seen []Port
	for _, spelled := range w.Ports {
		p, err := ParsePort(spelled)
		if err != nil {
			c.add("ports", "", err)
			continue
		}
		for _, other := range seen {
			if p.Clashes(other) {
				c.add("ports", "", fmt.Errorf("%s and %s clash", other, p))
			}
		}
		seen = append(seen, p)
	}
	if len(seen) > 0 && w.Replicas > 1 {
		c.addHint("ports", "", fmt.Errorf("%d replicas clash on host port %d", w.Replicas, seen[0].Host),
			"Publish the port of a gateway in front of the replicas instead.")
	}
}

func (c *check) healthcheck(h *Healthcheck) {
	if h == nil {
		return
	}
	ways := 0
	for _, set := range []bool{len(h.Test) > 0, h.HTTP != "", h.TCP != ""} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		c.add("healthcheck", "", errors.New("a health check has exactly one of test, http and tcp"))
	}
	c.add("healthcheck", "", validHealthAddress(h.TCP, false))
	c.add("healthcheck", "", validHealthAddress(h.HTTP, true))
	for _, d := range []Duration{h.Interval, h.Timeout, h.StartPeriod} {
		v, err := d.Value()
		if err == nil && v != 0 && v.Milliseconds() < 1 {
			err = fmt.Errorf("%s is less than the engine's least, 1ms", d)
		}
		c.add("healthcheck", "", err)
	}
	if h.Retries < 0 {
		c.add("healthcheck", "", fmt.Errorf("%d retries are less than none", h.Retries))
	}
}

func validHealthAddress(at string, withPath bool) error {
	if at == "" {
		return nil
	}
	address := at
	if withPath {
		address, _, _ = strings.Cut(at, "/")
	}
	_, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f }
	if err != nil || portErr != nil || n < 1 || n > 65535 || strings.ContainsFunc(at, odd) {
		return fmt.Errorf(`%q is no place to check: want such as ":8080%s"`, at, map[bool]string{true: "/healthz"}[withPath])
	}
	return nil
}

// localOpts are the options of the engine's own driver.
var localOpts = []string{"device", "o", "size", "type"}

func (c *check) driverOpts(v Volume) {
	for _, name := range slices.Sorted(maps.Keys(v.DriverOpts)) {
		switch value := v.DriverOpts[name]; {
		case name == "" || !isText(name+value):
			c.add("driver_opts", name, errors.New("an option has a name, and is text"))
		case v.Driver != "" && v.Driver != "local":
		case !slices.Contains(localOpts, name):
			c.add("driver_opts", name, fmt.Errorf("the driver local has no option %q; it has %s", name, strings.Join(localOpts, ", ")))
		case name == "size" && value == "0":
			c.addHint("driver_opts", name, errors.New("a size of 0 is no limit"), "Leave it out.")
		}
	}
}

// CheckVolume returns what is wrong with a volume by itself.
func CheckVolume(v Volume) []*FieldError {
	c := check{at: Address{Kind: KindVolume, Name: v.Name}}
	c.add("name", "", ValidName(v.Name))
	c.driverOpts(v)
	if v.OnDestroy != OnDestroyRetain && v.OnDestroy != OnDestroyDelete && v.OnDestroy != "" {
		c.add("on_destroy", "", fmt.Errorf("%q is neither retain nor delete", v.OnDestroy))
	}
	for _, key := range slices.Sorted(maps.Keys(v.Labels)) {
		if key == "" || strings.HasPrefix(key, LabelPrefix) {
			c.add("labels", key, fmt.Errorf("a label's name is not empty and does not start with %s", LabelPrefix))
		}
	}
	return c.errs
}
