package docker

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/registry"
)

// hubKey is what the docker command files the credentials of Docker Hub under.
const hubKey = "https://index.docker.io/v1/"

// registryAuth returns the header value with the credentials that the docker
// command's configuration has for the image's registry, or "".
func registryAuth(named reference.Named) (string, error) {
	config, err := readConfig(configDir())
	if err != nil {
		return "", err
	}
	domain := reference.Domain(named)
	key := domain
	if domain == "docker.io" {
		key = hubKey
	}
	found, ok := config.Auths[key]
	if !ok {
		found, ok = config.Auths["https://"+domain]
	}
	if !ok || found.Auth == "" && found.IdentityToken == "" {
		return "", nil
	}
	credentials := registry.AuthConfig{ServerAddress: key, IdentityToken: found.IdentityToken}
	if found.Auth != "" {
		text, err := base64.StdEncoding.DecodeString(found.Auth)
		if err != nil {
			return "", fmt.Errorf("docker configuration: credentials of %s: %w", key, err)
		}
		credentials.Username, credentials.Password, _ = strings.Cut(strings.TrimRight(string(text), "\x00"), ":")
	}
	return registry.EncodeAuthConfig(credentials)
}
