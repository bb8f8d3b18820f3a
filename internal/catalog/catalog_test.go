package catalog_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	scope = topology.Scope{Project: "shop", Environment: "default"}
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	db    = topology.Address{Kind: topology.KindService, Name: "db"}
	key   = topology.Key("secret")
)

// service returns a completed service of a type.
func service(t *testing.T, spelled string) topology.Workload {
	t.Helper()
	w := topology.Workload{Name: "db", Type: spelled, ReadOnly: true, Replicas: 1, Restart: "unless-stopped"}
	w, errs := catalog.Complete(scope, db, w)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	return w
}

func TestEveryTypeCompletes(t *testing.T) {
	for _, name := range catalog.Names() {
		w := service(t, name+":7")
		kind, _, err := catalog.Lookup(w.Type)
		if err != nil {
			t.Fatal(err)
		}
		if w.Image != kind.Repository+":7" || w.Version != "7" || w.Port == 0 || w.Scheme == "" {
			t.Errorf("%s: image %s, version %s, port %d, scheme %q", name, w.Image, w.Version, w.Port, w.Scheme)
		}
		if (w.DataVolume != "") != (kind.Data != "") {
			t.Errorf("%s: data in %q, volume %q", name, kind.Data, w.DataVolume)
		}
		if errs := topology.CheckWorkload(scope, db, w); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs[0])
		}
		if again, _ := catalog.Complete(scope, db, w); !cmp.Equal(again, w) {
			t.Errorf("%s: completed twice it is another: %s", name, cmp.Diff(w, again))
		}
		r := catalog.Reference(scope, db, w)
		if r.Host != "db.internal" || r.Port != w.Port || r.Version != "7" || r.Condition != topology.ConditionHealthy {
			t.Errorf("%s: reference %+v", name, r)
		}
	}
}

func TestEveryTypeLowers(t *testing.T) {
	for _, name := range catalog.Names() {
		w := service(t, name+":7")
		kind, _, _ := catalog.Lookup(w.Type)
		c := plan.Lower(scope, db, w, key)
		if c.Health == nil || len(c.Health.Test) < 2 {
			t.Errorf("%s: health %+v", name, c.Health)
		}
		if again := plan.Lower(scope, db, w, key); again.Hash != c.Hash {
			t.Errorf("%s: lowered twice it is another", name)
		}
		mounts := map[string]string{}
		for _, m := range c.Mounts {
			if _, twice := mounts[m.Path]; twice || !path.IsAbs(m.Path) {
				t.Errorf("%s: mounts %+v", name, c.Mounts)
			}
			mounts[m.Path] = m.Volume
		}
		if kind.Data != "" && mounts[kind.Data] != "shop-default-db.data" {
			t.Errorf("%s: its data is in %q", name, mounts[kind.Data])
		}
		for _, writable := range kind.Writable {
			if _, ok := mounts[writable.Path]; !ok {
				t.Errorf("%s: %s is not writable", name, writable.Path)
			}
		}
	}
}

func TestCredentials(t *testing.T) {
	for _, name := range catalog.Names() {
		kind, _, _ := catalog.Lookup(name + ":1")
		env := catalog.Environment(scope, db, service(t, name+":1"), key)
		if len(env) != len(kind.Env) {
			t.Errorf("%s: %d variables; want %d", name, len(env), len(kind.Env))
		}
		for variable, value := range env {
			if value == "" || strings.ContainsAny(value, "{}") {
				t.Errorf("%s: %s is %q", name, variable, value)
			}
		}
		password := key.Password(scope, db, kind.Username)
		if given := slices.Contains(slices.Collect(maps.Values(env)), password); given != (kind.Username != "") {
			t.Errorf("%s: its user's password is given: %v", name, given)
		}
	}
	if env := catalog.Environment(scope, db, service(t, "mariadb:11"), key); env["MARIADB_ROOT_PASSWORD"] == env["MARIADB_PASSWORD"] {
		t.Error("mariadb: root has the user's password")
	}
}

func TestLookup(t *testing.T) {
	for spelled, want := range map[string]string{
		"postgresql":   `"postgresql" has no version: want postgresql:VERSION`,
		"postgresql:":  `"postgresql:" has no version: want postgresql:VERSION`,
		"oracle:19":    `there is no type "oracle"; there are caddy, elasticsearch, kafka, mariadb, memcached, mongodb, mysql, nginx, opensearch, postgresql, rabbitmq, redis, valkey, varnish, zookeeper`,
		"":             `there is no type ""`,
		"PostgreSQL:1": `there is no type "PostgreSQL"`,
	} {
		if _, _, err := catalog.Lookup(spelled); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Lookup(%q): got %v; want %q", spelled, err, want)
		}
	}
	if _, version, err := catalog.Lookup("mariadb:10.11-ubi"); err != nil || version != "10.11-ubi" {
		t.Errorf("got %q, %v", version, err)
	}
}
