package docker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	wire "github.com/docker/docker/api/types/registry"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

// login returns the credentials for an image's registry, and the header value
// that gives them to the engine, "" where there are none.
func (e *Engine) login(named reference.Named) (registry.Credentials, string, error) {
	found, err := e.Logins.Find(reference.Domain(named))
	if err != nil || found.None() {
		return found, "", err
	}
	header, err := wire.EncodeAuthConfig(wire.AuthConfig{
		Username: found.Username, Password: found.Password, IdentityToken: found.IdentityToken, ServerAddress: found.Server,
	})
	return found, header, err
}

// deniedError is what a registry refused to who asked.
type deniedError struct {
	err  error
	host string // of the registry
	used registry.Credentials
}

// denied says of an error with which credentials a registry was asked, where that
// can be why.
func denied(err error, named reference.Named, used registry.Credentials) error {
	if err == nil || !isDenied(err) {
		return err
	}
	return deniedError{err, reference.Domain(named), used}
}

func (d deniedError) Error() string { return fmt.Sprintf("%v (credentials: %s)", d.err, d.used.Origin) }

func (d deniedError) Unwrap() error { return d.err }

// Hint says how to be let in.
func (d deniedError) Hint() string {
	return fmt.Sprintf("Log in with docker login %s, or set registry_auth on the provider.", d.host)
}

// isDenied reports whether a registry did not let someone in. What fails while an
// image is pulled has no class: this decides nothing but what is said.
func isDenied(err error) bool {
	if errdefs.IsUnauthorized(err) || errdefs.IsPermissionDenied(err) {
		return true
	}
	words := []string{"unauthorized", "denied", "no basic auth credentials"} //nolint:misspell // as registries spell it
	said := strings.ToLower(err.Error())
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(said, word) })
}
