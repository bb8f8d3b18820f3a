package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestConfiguration(t *testing.T) {
	for _, tt := range []struct {
		kind     string
		settings map[string]string
		command  []string
		env      []string
	}{
		{"postgresql:15", map[string]string{"work_mem": "8MB", "search_path": "a, b"}, []string{"-c", "search_path=a, b", "-c", "work_mem=8MB"}, nil},
		{"redis:7", map[string]string{"appendonly": "yes", "save": ""}, []string{"--appendonly", "yes", "--save", ""}, nil},
		{"valkey:8", map[string]string{"maxmemory": "32mb"}, []string{"--maxmemory", "32mb"}, nil},
		{"mariadb:11", map[string]string{"skip-name-resolve": "", "max-connections": "50"}, []string{"--max-connections=50", "--skip-name-resolve"}, nil},
		{"mysql:8.4", map[string]string{"max-connections": "50"}, []string{"--max-connections=50"}, nil},
		{"mongodb:8.0", map[string]string{"wiredTigerCacheSizeGB": "1"}, []string{"--wiredTigerCacheSizeGB=1"}, nil},
		{"memcached:1.6", map[string]string{"memory-limit": "32"}, []string{"--memory-limit=32"}, nil},
		{"varnish:7", map[string]string{"default_ttl": "60"}, []string{"-p", "default_ttl=60"}, nil},
		{"elasticsearch:8.15.3", map[string]string{"cluster.name": "shop"}, nil, []string{"cluster.name=shop"}},
		{"opensearch:2", map[string]string{"discovery.type": "zen"}, nil, []string{"discovery.type=zen"}},
		{"kafka:3.9.0", map[string]string{"log.retention.hours": "2"}, nil, []string{"KAFKA_LOG_RETENTION_HOURS=2"}},
		{"zookeeper:3.9", map[string]string{"tickTime": "3000", "snapCount": "10"}, nil, []string{"ZOO_CFG_EXTRA=snapCount=10 tickTime=3000"}},
		{"rabbitmq:4", map[string]string{"heartbeat": "30"}, nil, []string{"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-rabbit heartbeat 30"}},
	} {
		w, errs := catalog.Complete(scope, db, topology.Workload{Name: "db", Type: tt.kind, Configuration: tt.settings})
		if len(errs) > 0 {
			t.Errorf("%s: %v", tt.kind, errs[0])
		}
		if got := catalog.Effective(w).Command; !cmp.Equal(got, tt.command) {
			t.Errorf("%s: the command is %q; want %q", tt.kind, got, tt.command)
		}
		var env []string
		for name, value := range catalog.Environment(scope, db, w, key) {
			env = append(env, name+"="+value)
		}
		for _, variable := range tt.env {
			if !slices.Contains(env, variable) {
				t.Errorf("%s: there is no %s in %q", tt.kind, variable, env)
			}
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	for _, tt := range []struct {
		w       topology.Workload
		key     string
		message string
	}{
		{topology.Workload{Image: "x:1", Configuration: map[string]string{"a": "b"}}, "", "without a type nobody knows"},
		{topology.Workload{Type: "nginx:1", Configuration: map[string]string{"a": "b"}}, "", "nginx takes settings from a file alone"},
		{topology.Workload{Type: "caddy:2", Configuration: map[string]string{"a": "b"}}, "", "caddy takes settings from a file alone"},
		{topology.Workload{Type: "redis:7", Command: []string{"redis-server"}, Configuration: map[string]string{"a": "b"}}, "", "by its command, which is set"},
		{topology.Workload{Type: "redis:7", Configuration: map[string]string{"-a": "b"}}, "-a", "the name of a setting"},
		{topology.Workload{Type: "redis:7", Configuration: map[string]string{"a": "b\nc"}}, "a", "not one line"},
		{topology.Workload{Type: "redis:7", Configuration: map[string]string{"a": "\xff"}}, "a", "not one line"},
		{topology.Workload{Type: "zookeeper:3.9", Configuration: map[string]string{"a": "b c"}}, "a", "one word"},
		{topology.Workload{Type: "rabbitmq:4", Configuration: map[string]string{"a": ""}}, "a", "one word"},
	} {
		tt.w.Name = "db"
		_, errs := catalog.Complete(scope, db, tt.w)
		if len(errs) != 1 || errs[0].Field != "configuration" || errs[0].Key != tt.key || !strings.Contains(errs[0].Err.Error(), tt.message) {
			t.Errorf("%+v: %v; want %q at %q", tt.w.Configuration, errs, tt.message, tt.key)
		}
	}
}

// From 18 on, the official image has its data one directory further up.
func TestPostgresData(t *testing.T) {
	for version, want := range map[string]string{
		"15": "/var/lib/postgresql/data", "17.2-bookworm": "/var/lib/postgresql/data",
		"18": "/var/lib/postgresql", "19beta1": "/var/lib/postgresql", "latest": "/var/lib/postgresql",
	} {
		if got := catalog.Data(topology.Workload{Type: "postgresql:" + version}); got != want {
			t.Errorf("%s has its data in %s; want %s", version, got, want)
		}
	}
}

func TestEndpointsOfTypes(t *testing.T) {
	w := service(t, "rabbitmq:4")
	if w.Endpoints["default"].Port != 5672 || w.Endpoints["metrics"].Port != 15692 || len(w.Endpoints) != 2 {
		t.Errorf("got %+v", w.Endpoints)
	}
}
