package plan_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var tables = []struct {
	of     any
	fields []plan.Field
}{
	{topology.Workload{}, plan.WorkloadFields},
	{topology.Relationship{}, plan.RelationshipFields},
	{topology.Volume{}, plan.VolumeFields},
}

func TestEveryFieldIsInItsTable(t *testing.T) {
	for _, table := range tables {
		kind := reflect.TypeOf(table.of)
		var declared, listed []string
		for i := range kind.NumField() {
			if name := kind.Field(i).Tag.Get("attr"); name != "" {
				declared = append(declared, name)
			} else {
				t.Errorf("%s.%s has no attr tag", kind, kind.Field(i).Name)
			}
		}
		for _, f := range table.fields {
			listed = append(listed, f.Name)
		}
		slices.Sort(declared)
		slices.Sort(listed)
		if !slices.Equal(declared, listed) {
			t.Errorf("%s has the fields\n%v, its table\n%v", kind, declared, listed)
		}
	}
}

func TestPathsAreOfOneFieldEach(t *testing.T) {
	seen := map[string]string{}
	for _, f := range plan.WorkloadFields {
		if other := seen[f.Path]; f.Path != "" && other != "" {
			t.Errorf("%s and %s are both at %s", other, f.Name, f.Path)
		}
		seen[f.Path] = f.Name
	}
}

// full returns a workload in which every field has a value.
func full() topology.Workload {
	return topology.Workload{
		Name: "db", Type: "postgresql:15", Image: "postgres:15", ImageDigest: "sha256:1", Version: "15",
		Build: &topology.Build{Context: "."}, BaseImages: map[string]string{"debian:12": "sha256:3"},
		Entrypoint: []string{"/entry"}, Command: []string{"run"}, Configuration: map[string]string{"work_mem": "4MB"}, User: "999", WorkingDir: "/srv",
		Secrets: map[string]topology.Secret{"a": topology.NewSecret("1")}, SecretsVersion: "1",
		Env:           map[string]string{"A": "1"},
		Relationships: map[string]topology.Reference{"cache": {Address: topology.Address{Kind: "service", Name: "cache"}, TargetAddress: topology.Address{Kind: "service", Name: "cache"}, Host: "cache.internal", Port: 6379}},
		Mounts:        map[string]topology.Mount{"/a": {Tmpfs: "1m"}},
		ReadOnly:      true, Ports: []string{"8080:80"}, Replicas: 1, CPUs: 1, Memory: "64m", Pids: 10, Capabilities: []string{"CHOWN"}, SecurityOpt: []string{"apparmor=one"}, Restart: "no",
		Healthcheck: &topology.Healthcheck{TCP: ":5432"}, StopSignal: "SIGTERM", StopGracePeriod: "15s", Egress: true,
		Labels: map[string]string{"a": "b"}, Port: 5432, Scheme: "postgresql",
		Endpoints:  map[string]topology.Endpoint{"default": {Port: 5432}},
		DataVolume: "shop-default-db.data", DeletionProtection: true, AllowDowngrade: true, CredentialsVersion: 1,
		Timeouts: &topology.Timeouts{Create: "1m"},
	}
}

// others holds another value for each field, but for those that are handled apart:
// the name is in the address, and of a relationship only what it injects counts.
var others = map[string]any{
	"type": "postgresql:16", "image": "postgres:other", "image_digest": "sha256:2", "pull": topology.PullNever, "version": "16",
	"entrypoint": []string{"/other"}, "command": []string{"other"}, "configuration": map[string]string{"work_mem": "8MB"}, "user": "70", "working_dir": "/other",
	"env": map[string]string{"A": "2"}, "mounts": map[string]topology.Mount{"/a": {Tmpfs: "2m"}},
	"read_only": false, "ports": []string{"8081:80"}, "replicas": int64(2), "cpus": 2.0, "memory": topology.Size("128m"),
	"pids": topology.Limit(20), "capabilities": []string{"KILL"}, "security_opt": []string{"apparmor=other"}, "restart": topology.Restart("always"), "healthcheck": &topology.Healthcheck{TCP: ":5433"},
	"stop_signal": "SIGINT", "stop_grace_period": topology.Duration("30s"), "egress": false,
	"labels": map[string]string{"a": "c"}, "job": true, "init": true, "port": int64(5433), "scheme": "postgres",
	"endpoints":   map[string]topology.Endpoint{"default": {Port: 5433}},
	"data_volume": "shop-default-other.data", "deletion_protection": false, "allow_downgrade": false, "credentials_version": int64(2),
	"renamed_from": "data", "strategy": topology.StrategyRecreate, "freeze_timeout": topology.Duration("10s"),
	"hooks":   &topology.HookCommands{Deploy: []string{"migrate"}},
	"secrets": map[string]topology.Secret{"a": topology.NewSecret("2")}, "secrets_version": "2",
	"timeouts": &topology.Timeouts{Create: "2m"},
	"build":    &topology.Build{Context: "app"}, "base_images": map[string]string{"debian:12": "sha256:4"},
}

// Equal hashes prove that nothing has to be replaced, unequal ones that something has.
func TestHashIsOfWhatForcesReplacement(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	before := plan.Lower(scope, db, full(), key).Hash
	for _, f := range plan.WorkloadFields {
		if f.Name == "name" || f.Name == "relationships" {
			continue
		}
		other, ok := others[f.Name]
		if !ok {
			t.Errorf("%s: give it another value", f.Name)
			continue
		}
		w := full()
		f.Get(&w).Set(reflect.ValueOf(other).Convert(f.Get(&w).Type()))
		changed := plan.Lower(scope, db, w, key).Hash != before
		if changed != (f.Effect == plan.EffectReplace) {
			t.Errorf("%s: its effect is %d, and another value changes the hash: %v", f.Name, f.Effect, changed)
		}
	}
}

func TestHashIsOfMeaning(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	w := full()
	w.StopGracePeriod, w.Mounts, w.Ports = "60s", map[string]topology.Mount{"/a": {Tmpfs: "1024k"}}, []string{"127.0.0.1:8080:80/tcp"}
	v := full()
	v.StopGracePeriod = "1m"
	if plan.Lower(scope, db, w, key).Hash != plan.Lower(scope, db, v, key).Hash {
		t.Error("the hash depends on how a value is spelled")
	}
}

func TestHashOfRelationships(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	before := plan.Lower(scope, db, full(), key).Hash
	for what, tt := range map[string]struct {
		change   func(r *topology.Reference)
		replaces bool
	}{
		"host":           {func(r *topology.Reference) { r.Host = "x.internal" }, true},
		"port":           {func(r *topology.Reference) { r.Port = 1 }, true},
		"scheme":         {func(r *topology.Reference) { r.Scheme = "x" }, true},
		"path":           {func(r *topology.Reference) { r.Path = "/x" }, true},
		"username":       {func(r *topology.Reference) { r.Username = "x" }, true},
		"database":       {func(r *topology.Reference) { r.Database = "x" }, true},
		"address":        {func(r *topology.Reference) { r.Address.Kind = topology.KindRelationship }, false},
		"target_address": {func(r *topology.Reference) { r.TargetAddress.Name = "other" }, false},
		"version":        {func(r *topology.Reference) { r.Version = "x" }, false},
		"condition":      {func(r *topology.Reference) { r.Condition = "started" }, false},
		"endpoints":      {func(r *topology.Reference) { r.Endpoints = map[string]topology.Endpoint{"a": {Port: 1}} }, false},
	} {
		w := full()
		r := w.Relationships["cache"]
		tt.change(&r)
		w.Relationships["cache"] = r
		if changed := plan.Lower(scope, db, w, key).Hash != before; changed != tt.replaces {
			t.Errorf("another %s changes the hash: %v", what, changed)
		}
	}
}

func TestHashIsKeyed(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	w := topology.Workload{Name: "db", ImageDigest: "sha256:1"}
	if plan.Lower(scope, db, w, key).Hash == plan.Lower(scope, db, w, topology.Key("another")).Hash {
		t.Error("the hash tells what was hashed to whoever does not have the key")
	}
}

func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b any
		want bool
	}{
		{topology.Size("512m"), topology.Size("0.5g"), true},
		{topology.Size("512m"), topology.Size("513m"), false},
		{topology.Size(""), topology.Size("1m"), false},
		{topology.Duration("60s"), topology.Duration("1m"), true},
		{topology.Restart(""), topology.Restart("no"), true},
		{topology.Restart("on-failure:3"), topology.Restart("on-failure"), false},
		{1.0 / 3, 0.333333333, true}, // the engine counts in billionths
		{0.5, 0.25, false},
		{[]string(nil), []string{}, true},
		{[]string{"a", "b"}, []string{"b", "a"}, false},
		{map[string]string(nil), map[string]string{}, true},
		{map[string]string{"a": ""}, map[string]string{}, false},
		{(*topology.Healthcheck)(nil), &topology.Healthcheck{}, true},
		{&topology.Healthcheck{TCP: ":1", Interval: "60s"}, &topology.Healthcheck{TCP: ":1", Interval: "1m"}, true},
		{&topology.Healthcheck{TCP: ":1"}, &topology.Healthcheck{TCP: ":2"}, false},
		{map[string]topology.Mount{"/a": {Tmpfs: "1k"}}, map[string]topology.Mount{"/a": {Tmpfs: "1024"}}, true},
	} {
		if got := plan.Equal(reflect.ValueOf(tt.a), reflect.ValueOf(tt.b)); got != tt.want {
			t.Errorf("%#v and %#v are equal: %v", tt.a, tt.b, got)
		}
	}
}
