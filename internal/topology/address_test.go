package topology_test

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	scope = topology.Scope{Project: "shop", Environment: "default"}
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	db    = topology.Address{Kind: topology.KindService, Name: "db"}
)

func TestParseAddress(t *testing.T) {
	for _, s := range []string{"app.web", "service.db", "relationship.to-db", "volume.data", "app." + strings.Repeat("a", 40)} {
		a, err := topology.ParseAddress(s)
		if err != nil || a.String() != s {
			t.Errorf("ParseAddress(%q) = %v, %v; want it to read back as it was written", s, a, err)
		}
	}
	for _, s := range []string{"", ".", "web", "app", "app.", "App.web", "app.Web", "app.web.x", "network.web", " app.web", "app.web\n", "app.-"} {
		if a, err := topology.ParseAddress(s); err == nil {
			t.Errorf("ParseAddress(%q) = %v; want an error", s, a)
		}
	}
}

func TestAddressText(t *testing.T) {
	for _, a := range []topology.Address{{}, web, db} {
		text, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		back := web
		if err := back.UnmarshalText(text); err != nil || back != a {
			t.Errorf("%q reads back as %v, %v", text, back, err)
		}
	}
}

func TestAddressLess(t *testing.T) {
	sorted := []topology.Address{{Kind: topology.KindApp, Name: "a"}, {Kind: topology.KindApp, Name: "b"}, {Kind: topology.KindService, Name: "a"}}
	for i, a := range sorted {
		for k, b := range sorted {
			if a.Less(b) != (i < k) {
				t.Errorf("%s.Less(%s) = %v", a, b, a.Less(b))
			}
		}
	}
}

func TestValidName(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "web": true, "web-2": true, "2web": true, strings.Repeat("a", 40): true,
		"": false, "-a": false, "a-": false, "Web": false, "a.b": false, "a_b": false, "a b": false, "ä": false,
		"web\n": false, strings.Repeat("a", 41): false, "a\x00": false,
	} {
		if err := topology.ValidName(name); (err == nil) != ok {
			t.Errorf("ValidName(%q) = %v", name, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{scope.Prefix(), "shop-default-"},
		{scope.ID(web), "default/web"},
		{scope.InstanceName(web, 3, 2), "shop-default-web-3-2"},
		{scope.VolumeName("data"), "shop-default-data"},
		{scope.RelationshipNetwork("db"), "shop-default-db"},
		{scope.MarkerName(db, 2), "shop-default-service.db.marker.2"},
		{db.Host(), "db.internal"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q; want %q", tt.got, tt.want)
		}
	}
}

// Objects of one kind on the engine share one space of names.
func TestNamesDoNotCollide(t *testing.T) {
	network := map[string]string{}
	volume := map[string]string{}
	claim := func(taken map[string]string, name, by string) {
		t.Helper()
		if other, ok := taken[name]; ok {
			t.Errorf("%s and %s are both named %q", other, by, name)
		}
		taken[name] = by
	}
	for _, name := range []string{"db", "egress", "db-data", "data", "net-egress", "app-web-db"} {
		claim(network, scope.RelationshipNetwork(name), "relationship."+name)
		claim(volume, scope.VolumeName(name), "volume."+name)
		claim(volume, scope.DataVolumeName(name), "data of service."+name)
	}
	claim(network, scope.EgressNetwork(), "egress")
	for _, key := range []string{"db", "egress", "db-data"} {
		for _, target := range []topology.Address{db, web, {Kind: topology.KindService, Name: "egress"}} {
			claim(network, scope.ImpliedNetwork(web, key, target), "web's "+key+" to "+target.String())
		}
	}
}

func TestVolumeOf(t *testing.T) {
	a, err := scope.VolumeOf("default/data")
	if err != nil || a.String() != "volume.data" {
		t.Errorf("got %v, %v", a, err)
	}
	for id, want := range map[string]string{
		"":             "no volume's id",
		"data":         "want default/NAME",
		"default/":     "no volume's id",
		"default/A":    "no volume's id",
		"staging/data": "of environment staging, not of default",
		"default/a/b":  "no volume's id",
	} {
		if _, err := scope.VolumeOf(id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("VolumeOf(%q): got %v; want %q", id, err, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"app.web", "service.db", "volume.", ".", "app.a.b", "relationship.x\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := topology.ParseAddress(s)
		if err == nil && a.String() != s {
			t.Errorf("%q reads back as %q", s, a)
		}
	})
}
