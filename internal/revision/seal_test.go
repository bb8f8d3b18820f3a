package revision

import (
	"bytes"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestSeal(t *testing.T) {
	key := topology.Key("key")
	sealed, err := Seal(key, "plan", []byte("secret"), []byte("beside"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("the secret is in clear")
	}
	if got, err := Unseal(key, "plan", sealed, []byte("beside")); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another key":     func() ([]byte, error) { return Unseal(topology.Key("other"), "plan", sealed, []byte("beside")) },
		"another purpose": func() ([]byte, error) { return Unseal(key, "ledger", sealed, []byte("beside")) },
		"another header":  func() ([]byte, error) { return Unseal(key, "plan", sealed, []byte("besides")) },
		"another content": func() ([]byte, error) { return Unseal(key, "plan", changed, []byte("beside")) },
		"a part of it":    func() ([]byte, error) { return Unseal(key, "plan", sealed[:5], []byte("beside")) },
	} {
		if got, err := try(); err == nil {
			t.Errorf("%s opens it: %q", name, got)
		}
	}
}
