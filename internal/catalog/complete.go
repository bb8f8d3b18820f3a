package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Complete fills in what the type of a service, or the health check of an app,
// implies and its author left out: image, version, port, scheme, endpoints and
// the managed data volume. What is set stays as it is.
func Complete(s topology.Scope, a topology.Address, w topology.Workload) (topology.Workload, []*topology.FieldError) {
	var errs []*topology.FieldError
	w = fromEndpoints(w)
	if a.Kind == topology.KindService {
		w, errs = completeService(s, a, w)
	}
	if w.Version == "" && w.Build == nil {
		w.Version = tag(w.Image)
	}
	if w.Port == 0 {
		w.Port = healthPort(w.Healthcheck)
	}
	if w.Scheme == "" && w.Port != 0 {
		w.Scheme = "http"
	}
	if len(w.Endpoints) == 0 && w.Port != 0 {
		w.Endpoints = endpoints(w)
	}
	return w, slices.Concat(errs, checkConfiguration(a, w), checkRotation(a, w), checkData(a, w))
}

// checkData refuses a directory of a volume for the data of a type: what data is of is
// known by its volume.
func checkData(a topology.Address, w topology.Workload) []*topology.FieldError {
	at := Data(w)
	if w.Mounts[at].SourcePath == "" {
		return nil
	}
	return []*topology.FieldError{{
		Address: a, Field: "mounts", Key: at,
		Err:  errors.New("the data of a service has the whole of a volume, by which it is known what it is of and which passwords it knows"),
		Hint: "Remove source_path, or give the service a volume of its own.",
	}}
}

// DefaultEndpoint is the name of the endpoint that a relationship leads to
// when it names none.
const DefaultEndpoint = topology.DefaultEndpoint

func completeService(s topology.Scope, a topology.Address, w topology.Workload) (topology.Workload, []*topology.FieldError) {
	if w.Type == "" {
		if w.Image == "" {
			return w, []*topology.FieldError{{
				Address: a, Field: "type", Err: errors.New("a service needs a type of the catalog, or an image with endpoints"),
				Hint: `Set type, such as "postgresql:15", or image and endpoints.`,
			}}
		}
		if w.DataVolume != "" {
			return w, []*topology.FieldError{{
				Address: a, Field: "type", Err: fmt.Errorf("without its type nobody knows where the service's data, volume %s, belongs", w.DataVolume),
				Hint: "Keep the type; or declare the service under another name, with its data on a declared volume.",
			}}
		}
		return w, nil
	}
	t, version, err := Lookup(w.Type)
	if err != nil {
		return w, []*topology.FieldError{{Address: a, Field: "type", Err: err}}
	}
	if w.Image == "" {
		w.Image = t.Repository + ":" + version
	}
	if w.Version == "" {
		w.Version = version
	}
	if w.Port == 0 {
		w.Port = t.Port
	}
	if w.Scheme == "" {
		w.Scheme = t.Scheme
	}
	if w.DataVolume == "" {
		w.DataVolume = s.DataVolumeName(cmp.Or(w.RenamedFrom, w.Name))
	}
	if _, mounted := w.Mounts[t.Data]; mounted || t.Data == "" {
		w.DataVolume = ""
	}
	return w, nil
}

// endpoints returns what a workload listens on when its author does not say:
// at its port, and beside it what its type does.
func endpoints(w topology.Workload) map[string]topology.Endpoint {
	out := map[string]topology.Endpoint{}
	maps.Copy(out, of(w).Endpoints)
	if w.Port != 0 {
		out[DefaultEndpoint] = topology.Endpoint{Port: w.Port, Scheme: w.Scheme}
	}
	return out
}

// fromEndpoints takes port and scheme from the default endpoint, or from the
// only one there is, unless a type of the catalog has its own.
func fromEndpoints(w topology.Workload) topology.Workload {
	e, ok := w.Endpoints[DefaultEndpoint]
	if !ok && w.Type == "" && len(w.Endpoints) == 1 {
		for _, only := range w.Endpoints {
			e = only
		}
	}
	if w.Port == 0 {
		w.Port = e.Port
	}
	if w.Scheme == "" {
		w.Scheme = e.Scheme
	}
	return w
}

// Reference returns what others know of a completed workload.
func Reference(s topology.Scope, a topology.Address, w topology.Workload) topology.Reference {
	t := of(w)
	r := topology.Reference{
		Address: a, TargetAddress: a, Host: a.Host(), Port: w.Port, Scheme: w.Scheme,
		Username: t.Username, Database: t.Database, Version: w.Version,
		Condition: topology.ConditionHealthy, Endpoints: w.Endpoints,
	}
	if e, ok := w.Endpoints[DefaultEndpoint]; ok {
		r.Path = e.Path
	}
	if w.Job {
		r.Condition = topology.ConditionCompleted
	}
	if r.Username != "" {
		r.Principal = principal(s, a, w)
	}
	return r
}

// Effective returns the workload with all that its type wants of the container
// and its author did not set: user, health check and the command that gives it
// its configuration.
func Effective(w topology.Workload) topology.Workload {
	t := of(w)
	if w.User == "" {
		w.User = t.User
	}
	if w.Healthcheck == nil && t.Name != "" {
		h := t.Health
		h.Interval, h.Timeout, h.Retries, h.StartPeriod = "5s", "3s", 5, cmp.Or(h.StartPeriod, "60s")
		w.Healthcheck = &h
	}
	w.Command = append(slices.Clip(w.Command), settingsCommand(w)...)
	return w
}

// Data returns the path of the data of the workload's type, "" when it has none.
func Data(w topology.Workload) string { return of(w).Data }

// Writable returns the paths that the workload's type must be able to write
// to and that are not mounted: those that are empty at first, and those that
// have what the image has there.
func Writable(w topology.Workload) (tmpfs []Tmpfs, scratch []string) {
	t := of(w)
	for _, path := range t.Writable {
		if _, mounted := w.Mounts[path.Path]; !mounted {
			tmpfs = append(tmpfs, path)
		}
	}
	for _, path := range t.Scratch {
		if _, mounted := w.Mounts[path]; !mounted {
			scratch = append(scratch, path)
		}
	}
	return tmpfs, scratch
}

// Capabilities returns what the workload's container may do beyond nothing:
// what its type needs and what it says itself, sorted.
func Capabilities(w topology.Workload) []string {
	all := slices.Concat(of(w).CapAdd, w.Capabilities)
	slices.Sort(all)
	return slices.Compact(all)
}

// Environment returns the environment variables that a service's type wants:
// its derived credentials, its configuration and what never changes.
func Environment(s topology.Scope, a topology.Address, w topology.Workload, key topology.Key) map[string]string {
	env := map[string]string{}
	if t := of(w); len(t.Env) > 0 {
		fill := derived(s, a, w, key)
		for name, value := range t.Env {
			env[name] = fill.Replace(value)
		}
	}
	maps.Copy(env, settingsEnv(w))
	return env
}

// dataName returns the name of the service that the data of one was made for.
func dataName(s topology.Scope, a topology.Address, w topology.Workload) string {
	return cmp.Or(s.Principal(w.DataVolume), a.Name)
}

// numbers returns the numbers that a version starts with: 8 and 4 of
// "8.4-bookworm", none of "latest".
func numbers(version string) []int {
	v, err := topology.ParseVersion(version)
	if err != nil {
		return nil
	}
	given := 1 + strings.Count(v.Original(), ".") // Segments fills up with zeros
	return v.Segments()[:given]
}

// tag returns the tag of an image reference, or "".
func tag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	last := image[strings.LastIndex(image, "/")+1:]
	_, tag, _ := strings.Cut(last, ":")
	return tag
}

// healthPort returns the port that a health check asks at, or 0.
func healthPort(h *topology.Healthcheck) int64 {
	if h == nil {
		return 0
	}
	at := h.TCP
	if h.HTTP != "" {
		at, _, _ = strings.Cut(h.HTTP, "/")
	}
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(port, 10, 32)
	return n
}
