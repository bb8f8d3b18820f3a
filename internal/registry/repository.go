package registry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

// hubs are other names of Docker Hub than references have.
var hubs = []string{"index.docker.io", "registry-1.docker.io"}

// imageID is what the engine takes for an image's id, or for the start of one.
var imageID = regexp.MustCompile(`^(sha256:.*|[0-9a-f]+)$`)

// Name returns the full name of an image's repository, such as
// "docker.io/library/redis", its host in lower case, or "" for an image id, which
// is of none. A lone word of hexadecimal digits may be one.
func Name(image string) (string, error) {
	if imageID.MatchString(image) {
		return "", nil
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "", err
	}
	host, path := hostOf(named), reference.Path(named)
	if host == hub && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	return host + "/" + path, nil
}

func hostOf(named reference.Named) string {
	host := strings.ToLower(reference.Domain(named))
	if slices.Contains(hubs, host) {
		return hub
	}
	return host
}

// Prefixes returns what Within takes for a registry, a path in one or a repository,
// written as in references: "Docker.io" gives "docker.io". A word on Docker Hub is
// a path there, which is first, and an official image: "redis" gives
// "docker.io/redis" and "docker.io/library/redis".
func Prefixes(written string) ([]string, error) {
	host, path, below := strings.Cut(written, "/")
	word, port, _ := strings.Cut(host, ":")
	known := strings.ContainsAny(word, ".[") || word == "localhost"
	name := written
	switch {
	case known && !below:
		name += "/any"
	case !known && (!below || port == "" && strings.ToLower(word) == word):
		host, path, name = hub, written, hub+"/"+written
	}
	named, err := reference.WithName(name)
	if err != nil || reference.Domain(named) != host {
		return nil, reference.ErrReferenceInvalidFormat
	}
	switch host = hostOf(named); {
	case path == "":
		return []string{host}, nil
	case host == hub && path != "library" && !strings.Contains(path, "/"):
		return []string{host + "/" + path, host + "/library/" + path}, nil
	}
	return []string{host + "/" + path}, nil
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
