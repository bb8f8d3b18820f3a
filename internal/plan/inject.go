package plan

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// environment returns the whole environment of a workload's instances, sorted:
// its own variables over what its relationships and its type give.
func environment(s topology.Scope, a topology.Address, w topology.Workload, key topology.Key) []string {
	all := catalog.Environment(s, a, w, key)
	maps.Copy(all, injected(s, w, key))
	maps.Copy(all, w.Env)
	out := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, name+"="+all[name])
	}
	return out
}

// injected returns the variables that tell a consumer of its relationships:
// <KEY>_URL, _HOST, _PORT, _SCHEME, _PATH, _USERNAME, _PASSWORD and _DATABASE as
// far as each has a value, and all of them in BAYPLAN_RELATIONSHIPS.
func injected(s topology.Scope, w topology.Workload, key topology.Key) map[string]string {
	env := map[string]string{}
	all := map[string][]endpointJSON{}
	for _, name := range slices.Sorted(maps.Keys(w.Relationships)) {
		e := endpointOf(s, w.Relationships[name], key)
		all[name] = []endpointJSON{e}
		maps.Copy(env, e.variables(topology.VariablePrefix(name)))
	}
	if len(all) > 0 {
		text, _ := json.Marshal(all)
		env["BAYPLAN_RELATIONSHIPS"] = base64.StdEncoding.EncodeToString(text)
	}
	return env
}

// endpointJSON is one relationship as BAYPLAN_RELATIONSHIPS has it, in the
// shape of Platform.sh's PLATFORM_RELATIONSHIPS.
type endpointJSON struct {
	Host     string   `json:"host"`
	Port     int64    `json:"port,omitempty"`
	Scheme   string   `json:"scheme,omitempty"`
	Path     string   `json:"path,omitempty"`
	Username string   `json:"username,omitempty"`
	Password string   `json:"password,omitempty"`
	Database string   `json:"database,omitempty"`
	Query    struct{} `json:"query"`
}

func endpointOf(s topology.Scope, r topology.Reference, key topology.Key) endpointJSON {
	e := endpointJSON{
		Host: r.Host, Port: r.Port, Scheme: r.Scheme, Path: r.Path,
		Username: r.Username, Database: r.Database,
	}
	if r.Username != "" && !r.External() {
		of := topology.Address{Kind: r.TargetAddress.Kind, Name: cmp.Or(r.Principal, r.TargetAddress.Name)}
		e.Password = key.Password(s, of, r.Username)
	}
	return e
}

func (e endpointJSON) variables(prefix string) map[string]string {
	port := ""
	if e.Port != 0 {
		port = strconv.FormatInt(e.Port, 10)
	}
	out := map[string]string{}
	for name, value := range map[string]string{
		"URL": e.url(), "HOST": e.Host, "PORT": port, "SCHEME": e.Scheme, "PATH": e.Path,
		"USERNAME": e.Username, "PASSWORD": e.Password, "DATABASE": e.Database,
	} {
		if value != "" {
			out[prefix+name] = value
		}
	}
	return out
}

func (e endpointJSON) url() string {
	if e.Scheme == "" {
		return ""
	}
	u := url.URL{Scheme: e.Scheme, Host: e.Host, Path: e.Path}
	if e.Port != 0 {
		u.Host = net.JoinHostPort(e.Host, strconv.FormatInt(e.Port, 10))
	}
	if u.Path == "" && e.Database != "" {
		u.Path = "/" + e.Database
	}
	if e.Password != "" {
		u.User = url.UserPassword(e.Username, e.Password)
	}
	return u.String()
}

// Access returns what a consumer is told of a relationship, as the variables that
// it is given but without its own key: URL, HOST, PORT, SCHEME, PATH, USERNAME,
// PASSWORD and DATABASE as far as each has a value.
func Access(s topology.Scope, r topology.Reference, key topology.Key) map[string]string {
	return endpointOf(s, r, key).variables("")
}

// sameInjection reports whether a relationship gives its consumer the same
// variables before and after.
func sameInjection(before, after topology.Reference) bool {
	return endpointOf(topology.Scope{}, before, nil) == endpointOf(topology.Scope{}, after, nil)
}
