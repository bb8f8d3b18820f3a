package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/docker/docker/client"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

// withPassword matches an address with a password up to where the host begins.
var withPassword = regexp.MustCompile(`^([^/@]*//[^/@]*?):.*@`)

// endpoint is where an engine listens, and what its certificate has to be.
type endpoint struct {
	host string
	tls  TLS
}

// TLS names the files, as PEM, that an engine is reached with over TLS. The zero
// TLS is none; without CA those of the system count.
type TLS struct {
	CA, Cert, Key string
	// unverified is set where a docker context says that the engine's certificate
	// may be any.
	unverified bool
}

// findEndpoint follows the docker command: the given host, DOCKER_HOST, the
// current context, the default socket. TLS that is given counts before that of
// the environment or the context.
func findEndpoint(given endpoint) (endpoint, error) {
	at := endpoint{host: given.host}
	if at.host == "" {
		at.host = os.Getenv(client.EnvOverrideHost)
	}
	var err error
	switch {
	case at.host == "":
		at, err = contextEndpoint(registry.ConfigDir())
	case overTCP(at.host) && given.tls == TLS{}:
		at.tls, err = environmentTLS()
	}
	if given.tls != (TLS{}) {
		at.tls = given.tls
	}
	return at, err
}

// overTCP reports whether TLS makes sense for a host.
func overTCP(host string) bool {
	scheme, _, ok := strings.Cut(host, "://")
	return ok && (scheme == "tcp" || scheme == "http" || scheme == "https")
}

// environmentTLS returns what DOCKER_TLS_VERIFY and DOCKER_CERT_PATH ask for. The
// engine's certificate is checked in either case.
func environmentTLS() (TLS, error) {
	dir := os.Getenv(client.EnvOverrideCertPath)
	switch {
	case dir != "":
	case os.Getenv(client.EnvTLSVerify) != "":
		dir = registry.ConfigDir()
	default:
		return TLS{}, nil
	}
	found := tlsIn(dir)
	if found == (TLS{}) {
		return found, fmt.Errorf("DOCKER_TLS_VERIFY or DOCKER_CERT_PATH asks for TLS, and %s has no ca.pem, cert.pem or key.pem", dir)
	}
	return found, nil
}

// tlsIn returns those of the usual files that a directory has.
func tlsIn(dir string) TLS {
	file := func(name string) string {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			return ""
		}
		return path
	}
	return TLS{CA: file("ca.pem"), Cert: file("cert.pem"), Key: file("key.pem")}
}

// contextEndpoint is that of DOCKER_CONTEXT, else of the configured context.
func contextEndpoint(dir string) (endpoint, error) {
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		config, err := registry.ReadConfig(dir)
		if err != nil {
			return endpoint{}, err
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return endpoint{host: client.DefaultDockerHost}, nil
	}
	sum := sha256.Sum256([]byte(name)) // a context's directory is named by the hash of its name
	id := hex.EncodeToString(sum[:])
	text, err := os.ReadFile(filepath.Join(dir, "contexts", "meta", id, "meta.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return endpoint{}, fmt.Errorf("there is no docker context %q in %s: docker context ls tells which there are", name, dir)
	}
	if err != nil {
		return endpoint{}, fmt.Errorf("docker context %q: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		return endpoint{}, fmt.Errorf("docker context %q: %w", name, err)
	}
	docker := meta.Endpoints["docker"]
	if docker.Host == "" {
		return endpoint{}, fmt.Errorf("docker context %q names no endpoint", name)
	}
	at := endpoint{host: docker.Host}
	if overTCP(at.host) {
		at.tls = tlsIn(filepath.Join(dir, "contexts", "tls", id, "docker"))
		at.tls.unverified = docker.SkipTLSVerify
	}
	return at, nil
}
