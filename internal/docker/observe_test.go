package docker

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestObserveReadsWhatWasMade(t *testing.T) {
	b := newBench(t)
	network := b.relationship("db")
	volume := topology.LiveVolume{
		Name: b.scope.VolumeName("files"), Address: topology.Address{Kind: topology.KindVolume, Name: "files"},
		Declared: topology.Volume{Name: "files", OnDestroy: "retain", Labels: map[string]string{"team": "blue"}},
	}
	marker := topology.Marker{
		Name: b.scope.MarkerName(network.Owner, 2), Address: network.Owner, Generation: 2, Target: app("other"),
	}
	b.perform(t, plan.CreateNetwork{Network: network}, plan.CreateVolume{Volume: volume}, plan.Mark{Marker: marker})
	image, err := b.ResolveImage(t.Context(), busybox)
	if err != nil {
		t.Fatal(err)
	}
	want := everyField(image.Digest)
	c := plan.Lower(b.scope, app("web"), want, topology.Key("k"))
	c.Networks = []plan.Attachment{{Network: network.Name, Aliases: []string{"z", "a"}}}
	name := b.create(t, c)

	live := b.observe(t)
	if len(live.Instances) != 1 || len(live.Networks) != 1 {
		t.Fatalf("got %d instances and %d networks", len(live.Instances), len(live.Networks))
	}
	i := live.Instances[0]
	if diff := cmp.Diff(want, i.Workload); diff != "" {
		t.Errorf("workload (-made +read):\n%s", diff)
	}
	i.Workload, i.ID = topology.Workload{}, ""
	if diff := cmp.Diff(topology.Instance{
		Name: name, Address: app("web"), Generation: 1, N: 1, SpecHash: c.Hash, KeyID: c.KeyID,
		Status:   topology.StatusCreated,
		Networks: map[string][]string{network.Name: {"a", "z"}},
		Mounts:   map[string]topology.VolumeUse{"/files": {Volume: volume.Name, ReadOnly: true}},
	}, i); diff != "" {
		t.Errorf("instance (-made +read):\n%s", diff)
	}
	network.ID = live.Networks[0].ID
	if diff := cmp.Diff([]topology.Network{network}, live.Networks); diff != "" {
		t.Errorf("networks (-made +read):\n%s", diff)
	}
	if diff := cmp.Diff([]topology.LiveVolume{volume}, live.Volumes); diff != "" {
		t.Errorf("volumes (-made +read):\n%s", diff)
	}
	if diff := cmp.Diff([]topology.Marker{marker}, live.Markers); diff != "" {
		t.Errorf("markers (-made +read):\n%s", diff)
	}
}

// everyField is a workload with a value in each field that an instance keeps.
func everyField(digest string) topology.Workload {
	return topology.Workload{
		Name: "web", Image: busybox, ImageDigest: digest, Version: "1.2",
		Entrypoint: []string{"sh"}, Command: []string{"-c", "sleep 1000"}, User: "1000:1000", WorkingDir: "/tmp",
		Env: map[string]string{"A": "1", "B": "x=y"},
		Relationships: map[string]topology.Reference{
			"db": {Address: topology.Address{Kind: topology.KindRelationship, Name: "db"}, Host: "db.internal", Port: 5432},
		},
		Mounts: map[string]topology.Mount{
			"/files": {Volume: "test/files", ReadOnly: true}, "/scratch": {Tmpfs: "8m"},
		},
		ReadOnly: true, Ports: []string{"127.0.0.1:0080:80"}, Replicas: 1,
		CPUs: 0.3, Memory: "64m", Pids: 77, Restart: "on-failure:3",
		Healthcheck: &topology.Healthcheck{Test: []string{"CMD", "true"}, Interval: "1s", Retries: 2},
		StopSignal:  "SIGINT", StopGracePeriod: "1m30s", Egress: true,
		Labels: map[string]string{"team": "blue"}, Job: true, Port: 80, Scheme: "http",
		Endpoints:          map[string]topology.Endpoint{"http": {Port: 80, Scheme: "http"}},
		DeletionProtection: true,
	}
}

func TestObserveAboutReadsThoseInstancesOnly(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"a", "b", "c"} {
		b.create(t, sleeper(name))
	}
	var got []string
	for _, i := range b.observe(t, app("c"), app("a")).Instances {
		got = append(got, i.Address.String())
	}
	if diff := cmp.Diff([]string{"app.a", "app.c"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestObserveIsShared(t *testing.T) {
	proxy := testenv.NewProxy(t, nil)
	b := benchAt(t, Options{Host: proxy.Host()})
	for _, name := range []string{"a", "b"} {
		b.create(t, sleeper(name))
	}
	proxy.Reset()
	done := make(chan error)
	for range 20 {
		go func() {
			_, err := b.Observe(t.Context(), b.scope)
			_, errImage := b.ResolveImage(t.Context(), busybox)
			done <- errors.Join(err, errImage)
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	want := map[string]int{"GET /containers/json": 1, "GET /containers/{id}/json": 2, "GET /networks": 1, "GET /volumes": 1, "GET /images/{id}/json": 1}
	got := proxy.Counts()
	delete(got, "HEAD /_ping")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.perform(t, plan.RemoveInstance{Name: b.name("a")})
	if n := len(b.observe(t).Instances); n != 1 {
		t.Errorf("after a removal %d instances are seen, want 1", n)
	}
}

func TestErrorsAreNotAbsence(t *testing.T) {
	proxy := testenv.NewProxy(t, nil)
	b := benchAt(t, Options{Host: proxy.Host(), ReadTimeout: 5 * time.Second})
	b.create(t, sleeper("a"))
	for call, name := range map[string]string{
		"GET /containers/json": "list containers", "GET /containers/{id}/json": "inspect container",
		"GET /networks": "list networks", "GET /volumes": "list volumes",
	} {
		proxy.SetHook(func(c testenv.Call) testenv.Action {
			if c.Key() == call {
				return testenv.Status(500)
			}
			return testenv.Forward()
		})
		_, err := b.Observe(t.Context(), b.scope)
		if err == nil || !strings.HasPrefix(err.Error(), name) || errdefs.IsNotFound(err) {
			t.Errorf("500 on %s: got error %v", call, err)
		}
	}
	proxy.SetHook(func(c testenv.Call) testenv.Action {
		if c.Path == "/containers/{id}/json" {
			return testenv.Status(404)
		}
		return testenv.Forward()
	})
	if live := b.observe(t); len(live.Instances) != 0 {
		t.Errorf("a container that is gone since it was listed is seen: %v", live.Instances)
	}
}

func TestCallsEnd(t *testing.T) {
	for name, row := range map[string]struct {
		action testenv.Action
		want   string
	}{
		"hang": {testenv.Hang(), "list containers: no answer within 300ms"},
		"drop": {testenv.Drop(), "closed the connection before it had answered"},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := testenv.NewProxy(t, nil)
			b := benchAt(t, Options{Host: proxy.Host(), ReadTimeout: 300 * time.Millisecond})
			proxy.SetHook(func(c testenv.Call) testenv.Action {
				if c.Path == "/containers/json" {
					return row.action
				}
				return testenv.Forward()
			})
			_, err := b.Observe(t.Context(), b.scope)
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "list containers: ") {
				t.Errorf("got error %v, want %q", err, row.want)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := b.Observe(ctx, b.scope, app("a")); !errors.Is(err, context.Canceled) {
				t.Errorf("after a cancellation: %v", err)
			}
		})
	}
}

func TestUnreachableEngine(t *testing.T) {
	t.Parallel()
	e, err := New(Options{Host: "unix:///nowhere/docker.sock"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Observe(t.Context(), topology.Scope{Project: "p", Environment: "e"}, app("a"))
	if err == nil || !strings.Contains(err.Error(), "no engine answers at unix:///nowhere/docker.sock") {
		t.Errorf("got %v", err)
	}
	if !errdefs.IsUnavailable(err) || errdefs.IsNotFound(err) {
		t.Errorf("class of %v", err)
	}
}

func TestObserveForeign(t *testing.T) {
	b := newBench(t)
	other := bench{b.Engine, topology.Scope{Project: b.scope.Project, Environment: "other"}}
	c := sleeper("web")
	c.Ports = []topology.Port{{Address: loopback, Host: freePort(t), Container: 80, Protocol: "tcp"}}
	egress := topology.Network{Name: other.scope.EgressNetwork(), Kind: topology.NetworkEgress}
	c.Networks = []plan.Attachment{{Network: egress.Name}}
	data := topology.LiveVolume{Name: other.scope.VolumeName("data"), Address: topology.Address{Kind: topology.KindVolume, Name: "data"}}
	other.perform(t, plan.CreateNetwork{Network: egress}, plan.CreateVolume{Volume: data})
	name := other.start(t, c)

	foreign, err := b.ObserveForeign(t.Context(), b.scope)
	if err != nil {
		t.Fatal(err)
	}
	if !foreign.Containers[name] || !foreign.Networks[egress.Name] || !foreign.Volumes[data.Name] || foreign.Ports[c.Ports[0]] != name {
		t.Errorf("got %+v", foreign)
	}
	own, err := b.ObserveForeign(t.Context(), other.scope)
	if err != nil {
		t.Fatal(err)
	}
	if own.Containers[name] || own.Networks[egress.Name] || own.Volumes[data.Name] || own.Ports[c.Ports[0]] != "" {
		t.Errorf("the scope's own objects count as foreign: %+v", own)
	}
}

// An engine that lists more than it is asked for, as Podman does, shows nothing of
// another scope.
func TestObserveLeavesOutWhatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	const others = `"io.bayplan.project": "p", "io.bayplan.environment": "other", "io.bayplan.owner": "app.web", "io.bayplan.name": "web"`
	server := httptest.NewServer(&answers{
		status:     http.StatusOK,
		containers: []byte(`[{"Id": "a", "Names": ["/p-other-web-1-deploy"], "Labels": {` + others + `, "io.bayplan.kind": "hook", "io.bayplan.hook": "deploy"}}]`),
		networks:   []byte(`[{"Id": "n", "Name": "p-other-db", "Labels": {` + others + `, "io.bayplan.kind": "implied", "io.bayplan.declared": "{}"}}]`),
		volumes: []byte(`{"Volumes": [{"Name": "v", "Labels": {` + others + `, "io.bayplan.kind": "volume", "io.bayplan.declared": "{}"}},
			{"Name": "l", "Labels": {` + labelled + `, "io.bayplan.kind": "lock"}}]}`),
	})
	t.Cleanup(server.Close)
	e, err := New(Options{Host: "tcp://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	scope := topology.Scope{Project: "p", Environment: "e"}
	if live, err := e.read(t.Context(), scope, nil); err != nil || len(live.Hooks)+len(live.Networks)+len(live.Volumes) > 0 {
		t.Errorf("what is another's is read as %v, %v", live, err)
	}
	if records, err := e.Records(t.Context(), scope); err != nil || len(records) > 0 {
		t.Errorf("a lock is read as a revision: %v, %v", records, err)
	}
}
