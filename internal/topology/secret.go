package topology

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// SecretsPath is where an instance has its secrets, each as a file.
const SecretsPath = "/run/secrets"

// Secret is the value of a secret, or only what tells it from another. However
// it is written, formatted or compared, its value is not in it.
type Secret struct {
	value *string
	// Print is a keyed hash of the value: all that is ever kept of it.
	Print string
}

// NewSecret returns a secret of that value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Value returns the value, false where it is not known.
func (s Secret) Value() (string, bool) {
	if s.value == nil {
		return "", false
	}
	return *s.value, true
}

// Equal reports whether two secrets have the same print.
func (s Secret) Equal(other Secret) bool { return s.Print == other.Print }

// Format writes that it is a secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// UnmarshalText takes the value, as a configuration has it.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// MarshalJSON writes the print alone.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Print) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Secret) UnmarshalJSON(text []byte) error {
	*s = Secret{}
	return json.Unmarshal(text, &s.Print)
}

// Printed returns secrets each of which has its print. The same value has another
// one in another scope, address or name.
func (k Key) Printed(s Scope, a Address, secrets map[string]Secret) map[string]Secret {
	out := maps.Clone(secrets)
	for name, secret := range out {
		if value, known := secret.Value(); known && secret.Print == "" {
			secret.Print = hex.EncodeToString(k.derive("secret", s.Project, s.Environment, a.String(), name, value))[:32]
			out[name] = secret
		}
	}
	return out
}

// VaultOf names the vault of a set of printed secrets of a workload, and a version
// of them: another set has another one. It is "" where there are none.
func (k Key) VaultOf(s Scope, a Address, w Workload) string {
	if len(w.Secrets) == 0 {
		return ""
	}
	parts := []string{"vault", w.SecretsVersion}
	for _, name := range slices.Sorted(maps.Keys(w.Secrets)) {
		parts = append(parts, name, w.Secrets[name].Print)
	}
	return s.Prefix() + a.String() + ".secrets." + hex.EncodeToString(k.derive(parts...))[:12]
}

// KeeperName names the container that holds a filled vault open.
func KeeperName(vault string) string { return vault + ".keeper" }

// FillingName names it until the vault is filled.
func FillingName(vault string) string { return vault + ".filling" }

var secretName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

// secrets checks the secrets of a workload.
func (c *check) secrets(w Workload) {
	if w.SecretsVersion != "" && len(w.Secrets) == 0 {
		c.addHint("secrets_version", "", errors.New("there are no secrets that it is the version of"), "Give secrets, or leave it out.")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Secrets)) {
		if !secretName.MatchString(name) {
			c.add("secrets", name, errors.New("the name of a secret is that of a file: 1 to 100 letters, digits, dots, hyphens and underscores, no dot or hyphen first"))
		}
		if s := w.Secrets[name]; s.value == nil && s.Print == "" {
			c.addHint("secrets", name, errors.New("it is null"), "Give a value, or leave it out.")
		}
	}
	for _, at := range slices.Sorted(maps.Keys(w.Mounts)) {
		if len(w.Secrets) > 0 && strings.HasPrefix(path.Clean(at)+"/", SecretsPath+"/") {
			c.addHint("mounts", at, errors.New("the secrets are there"), "Mount it elsewhere.")
		}
	}
}
