package registry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/distribution/reference"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

// Name returns the full name of an image's repository, such as
// "docker.io/library/redis", or "" for an image id, which is of none.
func Name(image string) (string, error) {
	if strings.HasPrefix(image, "sha256:") {
		return "", nil
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", err
	}
	return named.Name(), nil
}

// Within reports whether a repository is of a registry, or below a path there:
// "docker.io/library/redis" is within "docker.io" and "docker.io/library".
func Within(repository, prefix string) bool {
	return repository == prefix || strings.HasPrefix(repository, prefix+"/")
}

// Repository returns a repository as this machine reaches it, by its full name. A
// registry on the loopback is spoken to without TLS, every other with it.
func (l Logins) Repository(name string) (*remote.Repository, error) {
	repository, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	host, server := repository.Reference.Registry, repository.Reference.Host()
	repository.PlainHTTP = onLoopback(host)
	repository.Client = &auth.Client{
		Client: &http.Client{}, Cache: auth.NewCache(),
		Credential: func(_ context.Context, asking string) (auth.Credential, error) {
			if asking != server {
				return auth.EmptyCredential, nil
			}
			found, err := l.Find(host)
			if err != nil {
				return auth.EmptyCredential, fmt.Errorf("credentials: %w", err)
			}
			return auth.Credential{Username: found.Username, Password: found.Password, RefreshToken: found.IdentityToken}, nil
		},
	}
	return repository, nil
}

func onLoopback(host string) bool {
	name := host
	if at, _, err := net.SplitHostPort(host); err == nil {
		name = at
	}
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}
