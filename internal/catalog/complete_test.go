package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestCompleteKeepsWhatIsSet(t *testing.T) {
	w := topology.Workload{
		Name: "db", Type: "postgresql:15", Image: "registry.example/pg:custom", Version: "15.3", Port: 6432, Scheme: "postgres",
		Endpoints:  map[string]topology.Endpoint{"default": {Port: 6432, Scheme: "postgres"}, "metrics": {Port: 9187, Scheme: "http"}},
		DataVolume: "shop-default-old.data", User: "70", Healthcheck: &topology.Healthcheck{TCP: ":6432"},
	}
	got, errs := catalog.Complete(scope, db, w)
	if len(errs) > 0 || !cmp.Equal(got, w) {
		t.Errorf("errors %v, changed:\n%s", errs, cmp.Diff(w, got))
	}
	if effective := catalog.Effective(got); effective.User != "70" || effective.Healthcheck.TCP != ":6432" {
		t.Errorf("its own user and health check are gone: %s, %+v", effective.User, effective.Healthcheck)
	}
}

func TestCompletePort(t *testing.T) {
	health := &topology.Healthcheck{HTTP: ":8080/healthz"}
	grpc := map[string]topology.Endpoint{"default": {Port: 9000, Scheme: "grpc"}}
	for _, tt := range []struct {
		what   string
		a      topology.Address
		w      topology.Workload
		port   int64
		scheme string
	}{
		{"an app that says nothing", web, topology.Workload{}, 0, ""},
		{"its health check's port", web, topology.Workload{Healthcheck: health}, 8080, "http"},
		{"a tcp check's port", web, topology.Workload{Healthcheck: &topology.Healthcheck{TCP: ":5000"}}, 5000, "http"},
		{"its own port", web, topology.Workload{Port: 81, Healthcheck: health}, 81, "http"},
		{"its default endpoint", web, topology.Workload{Endpoints: grpc, Healthcheck: health}, 9000, "grpc"},
		{"its only endpoint", web, topology.Workload{Endpoints: map[string]topology.Endpoint{"rpc": {Port: 9000, Scheme: "grpc"}}}, 9000, "grpc"},
		{"the type's port", db, topology.Workload{Type: "redis:7"}, 6379, "redis"},
		{"a default endpoint over the type's port", db, topology.Workload{Type: "redis:7", Endpoints: map[string]topology.Endpoint{"default": {Port: 7000}}}, 7000, "redis"},
		{"an endpoint beside the type's port", db, topology.Workload{Type: "redis:7", Endpoints: map[string]topology.Endpoint{"metrics": {Port: 9121, Scheme: "http"}}}, 6379, "redis"},
		{"a service without a type", db, topology.Workload{Image: "x:1", Endpoints: grpc}, 9000, "grpc"},
	} {
		w, errs := catalog.Complete(scope, tt.a, tt.w)
		r := catalog.Reference(scope, tt.a, w)
		if len(errs) > 0 || r.Port != tt.port || r.Scheme != tt.scheme {
			t.Errorf("%s: %d %q, %v; want %d %q", tt.what, r.Port, r.Scheme, errs, tt.port, tt.scheme)
		}
	}
}

func TestCompleteVersion(t *testing.T) {
	for image, want := range map[string]string{
		"web:1.4": "1.4", "web": "", "host:5000/web": "", "host:5000/web:2": "2", "web@sha256:ab": "", "web:3@sha256:ab": "3",
	} {
		if w, _ := catalog.Complete(scope, web, topology.Workload{Image: image}); w.Version != want {
			t.Errorf("%s has version %q; want %q", image, w.Version, want)
		}
	}
}

func TestCompleteErrors(t *testing.T) {
	for _, w := range []topology.Workload{{}, {Type: "oracle:19"}, {Type: "redis"}} {
		_, errs := catalog.Complete(scope, db, w)
		if len(errs) != 1 || errs[0].Field != "type" || errs[0].Address != db {
			t.Errorf("%+v: %v; want one error at type", w, errs)
		}
	}
}

func TestDeclaredVolumeTakesTheDataVolumesPlace(t *testing.T) {
	w := topology.Workload{
		Name: "db", Type: "redis:7", DataVolume: "shop-default-db.data",
		Mounts: map[string]topology.Mount{"/data": {Volume: "default/cache"}},
	}
	if w, _ = catalog.Complete(scope, db, w); w.DataVolume != "" {
		t.Errorf("it has the data volume %s as well", w.DataVolume)
	}
}

func TestWritableLeavesOutWhatIsMounted(t *testing.T) {
	w := topology.Workload{Type: "postgresql:15", Mounts: map[string]topology.Mount{"/tmp": {Tmpfs: "1g"}}}
	if tmpfs, scratch := catalog.Writable(w); len(tmpfs) != 1 || tmpfs[0].Path != "/var/run/postgresql" || len(scratch) > 0 {
		t.Errorf("got %v and %v", tmpfs, scratch)
	}
	w = topology.Workload{Type: "zookeeper:3.9", Mounts: map[string]topology.Mount{"/conf": {Volume: "default/conf"}}}
	if _, scratch := catalog.Writable(w); len(scratch) > 0 {
		t.Errorf("got %v", scratch)
	}
}

func TestReferenceOfJob(t *testing.T) {
	if r := catalog.Reference(scope, web, topology.Workload{Job: true}); r.Condition != topology.ConditionCompleted {
		t.Errorf("consumers wait until it is %s", r.Condition)
	}
}
