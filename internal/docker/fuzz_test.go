package docker

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/distribution/reference"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// answers are what an engine answers each call with.
type answers struct {
	status                                          int
	containers, container, networks, volumes, image []byte
}

// ServeHTTP implements http.Handler.
func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Api-Version", "1.41")
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	body := a.container
	switch {
	case strings.HasSuffix(path, "_ping"):
		body = nil
	case path == "containers/json":
		body = a.containers
	case path == "networks":
		body = a.networks
	case path == "volumes":
		body = a.volumes
	case strings.HasPrefix(path, "images/"):
		body = a.image
	case a.status != http.StatusOK:
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(body) // who has read enough is gone
}

// labelled are labels of an object of the scope that is fuzzed, as JSON.
const labelled = `"io.bayplan.project": "p", "io.bayplan.environment": "e", "io.bayplan.owner": "app.web", "io.bayplan.name": "web"`

// FuzzObserve: whatever an engine answers, what is read of it is sound, or it is
// refused with a reason that is text.
func FuzzObserve(f *testing.F) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	containers := `[{"Id": "` + id + `", "Names": ["/p-e-web-1-1"], "Labels": {` + labelled + `, "io.bayplan.kind": "app"}, "Ports": [{"IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}]}, {"Id": "b", "Names": ["/p-e-web-1-deploy"], "Labels": {` + labelled + `, "io.bayplan.kind": "hook", "io.bayplan.hook": "deploy"}}]`
	container := `{"Id": "` + id + `", "Name": "/p-e-web-1-1", "Image": "sha256:1", "State": {"Status": "running", "Running": true, "Health": {"Status": "unhealthy", "FailingStreak": 1, "Log": [{"ExitCode": 1, "Output": "\u001b"}]}},
"Config": {"User": "1", "Env": ["A=b"], "Cmd": ["c"], "Labels": {` + labelled + `, "io.bayplan.kind": "app", "io.bayplan.declared": "{\"env\": [\"A\"], \"image\": \"web:1\", \"mounts\": {}}"}, "StopTimeout": 15},
"HostConfig": {"Memory": 67108864, "NanoCpus": 500000000, "PidsLimit": 2048, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "Mounts": [{"Type": "volume", "Source": "v", "Target": "/data"}], "Tmpfs": {"/tmp": ""}, "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}},
"NetworkSettings": {"Networks": {"p-e-db": {"Aliases": ["0123456789ab", "db.internal"], "NetworkID": "n"}}}}`
	networks := `[{"Id": "n", "Name": "p-e-db", "Created": "2026-01-01T00:00:00Z", "Labels": {` + labelled + `, "io.bayplan.kind": "implied", "io.bayplan.target": "service.db", "io.bayplan.host": "db.internal", "io.bayplan.declared": "{}"}}]`
	volumes := `{"Volumes": [{"Name": "v", "Labels": {` + labelled + `, "io.bayplan.kind": "volume", "io.bayplan.declared": "{}"}}, {"Name": "m", "Labels": {` + labelled + `, "io.bayplan.kind": "marker", "io.bayplan.generation": "2", "io.bayplan.target": "app.web"}}, {"Name": "p-e-revision.1.end", "Labels": {` + labelled + `, "io.bayplan.kind": "revision", "io.bayplan.record": "{}"}}]}`
	image := `{"Id": "sha256:1", "RepoTags": ["web:1", "<none>:<none>"], "RepoDigests": ["web@sha256:` + id + `"], "Config": {"Labels": {"org.opencontainers.image.version": "1"}}}`
	f.Add(http.StatusOK, []byte(containers), []byte(container), []byte(networks), []byte(volumes), []byte(image))
	f.Add(http.StatusNotFound, []byte(containers), []byte(`{"message": "No such container: \u001b[2J"}`), []byte(`[]`), []byte(`{}`), []byte(`null`))
	for _, odd := range []string{`{}`, `null`, `[null]`, `{"Volumes": [null]}`, "\x1b[2J", `{"State": {}, "Config": {}, "HostConfig": {}, "NetworkSettings": {"Networks": {"a": null}}}`} {
		f.Add(http.StatusOK, []byte(containers), []byte(odd), []byte(networks), []byte(volumes), []byte(image))
		f.Add(http.StatusOK, []byte(odd), []byte(container), []byte(odd), []byte(odd), []byte(odd))
		f.Add(http.StatusInternalServerError, []byte(containers), []byte(odd), []byte(networks), []byte(volumes), []byte(image))
	}

	var now atomic.Pointer[answers]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) }))
	f.Cleanup(server.Close)
	e, err := New(Options{Host: "tcp://" + server.Listener.Addr().String(), ReadTimeout: 5 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	scope := topology.Scope{Project: "p", Environment: "e"}
	f.Fuzz(func(t *testing.T, status int, containers, container, networks, volumes, image []byte) {
		if status < http.StatusOK || status > 599 {
			t.Skip("that is no status of HTTP")
		}
		now.Store(&answers{status, containers, container, networks, volumes, image})
		live, err := e.read(t.Context(), scope, nil)
		isText(t, err)
		if err == nil {
			isSound(t, live)
		}
		_, err = e.ObserveForeign(t.Context(), scope)
		isText(t, err)
		_, err = e.Records(t.Context(), scope)
		isText(t, err)
		e.images.drop()
		_, err = e.ResolveImage(t.Context(), "web:1")
		isText(t, err)
	})
}

// isText checks that an error can be shown.
func isText(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		t.Errorf("the error %q has control characters", err)
	}
}

// isSound checks what others rely on of what is live.
func isSound(t *testing.T, live topology.Live) {
	t.Helper()
	var all []topology.Address
	for _, i := range live.Instances {
		all = append(all, i.Address)
		switch i.Health {
		case topology.HealthNone, topology.HealthStarting, topology.HealthHealthy, topology.HealthUnhealthy:
		default:
			t.Errorf("%s has the health %q", i.Name, i.Health)
		}
	}
	for _, h := range live.Hooks {
		all = append(all, h.Address)
	}
	for _, v := range live.Volumes {
		all = append(all, v.Address)
	}
	for _, a := range all {
		if _, err := topology.ParseAddress(a.String()); err != nil {
			t.Errorf("something live is of %v", err)
		}
	}
}

// FuzzImage: a reference is refused, or means the same wherever it is written.
func FuzzImage(f *testing.F) {
	f.Setenv("DOCKER_CONFIG", f.TempDir())
	for _, s := range []string{
		"redis", "redis:7", "registry.example:5000/a/b:c", "redis@sha256:" + strings.Repeat("a", 64), "redis:7@sha256:" + strings.Repeat("a", 64),
		"sha256:" + strings.Repeat("a", 64), "sha256:", "sha256", "docker.io/library/sha256:1", strings.Repeat("a", 64), "Redis", "[::1]:5000/a", "-a", "a:", "a@", "a b", "../a", "\x1b[2J", "ä:1", "a\n", strings.Repeat("a/", 200),
	} {
		f.Add(s)
	}
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	f.Fuzz(func(t *testing.T, s string) {
		name, err := parseImage(s)
		if err != nil {
			isText(t, err)
			return
		}
		if name.named == nil {
			return
		}
		if bytes.ContainsFunc([]byte(name.named.String()), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("%q reads as %q", s, name.named)
		}
		for _, spelled := range []string{name.named.String(), reference.FamiliarString(name.named)} {
			again, err := parseImage(spelled)
			if err != nil || again.named == nil || again.named.String() != name.named.String() {
				t.Errorf("%q reads as %q, and that as %v, %v", s, name.named, again.named, err)
			}
		}
		if exact, err := reference.ParseNormalizedNamed(name.withDigest(digest)); err != nil || !strings.HasSuffix(exact.String(), "@"+digest) {
			t.Errorf("%q with a digest is %v, %v", s, exact, err)
		}
		if _, _, err := new(Engine).login(name.named); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}
