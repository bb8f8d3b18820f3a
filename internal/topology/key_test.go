package topology_test

import (
	"regexp"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var passwordForm = regexp.MustCompile(`^[a-z2-7]{32}$`)

func TestPassword(t *testing.T) {
	key := topology.Key("secret")
	first := key.Password(scope, db, "main")
	if !passwordForm.MatchString(first) {
		t.Errorf("%q is not 32 letters and digits", first)
	}
	if again := topology.Key("secret").Password(scope, db, "main"); again != first {
		t.Errorf("the same parts give %q and %q", first, again)
	}
	seen := map[string]string{first: "the first"}
	for what, other := range map[string]string{
		"another key":         topology.Key("other").Password(scope, db, "main"),
		"another project":     key.Password(topology.Scope{Project: "blog", Environment: "default"}, db, "main"),
		"another environment": key.Password(topology.Scope{Project: "shop", Environment: "staging"}, db, "main"),
		"another service":     key.Password(scope, topology.Address{Kind: topology.KindService, Name: "db2"}, "main"),
		"an app":              key.Password(scope, topology.Address{Kind: topology.KindApp, Name: "db"}, "main"),
		"another user":        key.Password(scope, db, "root"),
		"no key":              topology.Key(nil).Password(scope, db, "main"),
	} {
		if same, ok := seen[other]; ok {
			t.Errorf("%s has the password of %s", what, same)
		}
		seen[other] = what
	}
}

// Where one part ends and the next begins is part of what a password is derived from.
func TestPasswordPartsDoNotRunTogether(t *testing.T) {
	key := topology.Key("secret")
	pairs := [][2]topology.Scope{
		{{Project: "ab", Environment: "c"}, {Project: "a", Environment: "bc"}},
		{{Project: "a-b", Environment: "c"}, {Project: "a", Environment: "b-c"}},
		{{Project: "", Environment: "ab"}, {Project: "ab", Environment: ""}},
	}
	for _, p := range pairs {
		if key.Password(p[0], db, "main") == key.Password(p[1], db, "main") {
			t.Errorf("%v and %v have the same password", p[0], p[1])
		}
	}
}

func TestKeyIDAndHashTellNothing(t *testing.T) {
	a, b := topology.Key("a"), topology.Key("b")
	if a.ID() == b.ID() || a.ID() != topology.Key("a").ID() || len(a.ID()) != 12 {
		t.Errorf("fingerprints: %q and %q", a.ID(), b.ID())
	}
	if a.Hash([]byte("x")) == b.Hash([]byte("x")) || a.Hash([]byte("x")) == a.Hash([]byte("y")) {
		t.Error("a hash depends on key and content")
	}
}
