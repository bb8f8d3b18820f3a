// Package registry is what this machine has to do with image registries itself:
// the credentials for each, and what is published there beside an image. Images
// are pulled by the engine, which is given the credentials.
package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config/configfile"
)

// hub is the registry of names that begin with none, and hubKey what the docker
// command files its credentials under.
const (
	hub    = "docker.io"
	hubKey = "https://index.docker.io/v1/"
)

// Login is who someone is to a registry.
type Login struct {
	Username string `attr:"username"`
	Password string `attr:"password"`
}

// Logins are logins by the host of a registry, such as "registry.example:5000".
type Logins map[string]Login

// Credentials are those for one registry; the zero Credentials are none.
type Credentials struct {
	Login
	IdentityToken string // in place of a password
	Server        string // what they are for, as it is filed
	// Origin says where they come from or, where there are none, where they were
	// looked for. It holds no secret.
	Origin string
}

// None reports whether there are no credentials.
func (c Credentials) None() bool { return c.Login == Login{} && c.IdentityToken == "" }

// Find returns the credentials for the registry of a host: the given login, else
// what the docker command would use, asking its credential helpers.
func (l Logins) Find(host string) (Credentials, error) {
	if login, ok := l[host]; ok {
		return Credentials{Login: login, Server: serverOf(host), Origin: fmt.Sprintf("user %q of registry_auth on the provider", login.Username)}, nil
	}
	config, err := ReadConfig(ConfigDir())
	if err != nil {
		return Credentials{}, err
	}
	found, err := config.GetAuthConfig(serverOf(host))
	if err != nil {
		return Credentials{}, fmt.Errorf("credentials for %s from %s: %w; mend that, or set registry_auth on the provider", host, store(config, host), err)
	}
	c := Credentials{Login: Login{found.Username, found.Password}, IdentityToken: found.IdentityToken, Server: serverOf(host)}
	switch from := store(config, host); {
	case c.None():
		c.Origin = fmt.Sprintf("none for %s in registry_auth on the provider, nor in %s", host, from)
	case c.Username == "":
		c.Origin = "a token of " + from
	default:
		c.Origin = fmt.Sprintf("user %q of %s", c.Username, from)
	}
	return c, nil
}

func serverOf(host string) string {
	if host == hub {
		return hubKey
	}
	return host
}

// store says where the docker command keeps the credentials for a host.
func store(config *configfile.ConfigFile, host string) string {
	helper := config.CredentialsStore
	if own, ok := config.CredentialHelpers[serverOf(host)]; ok {
		helper = own
	}
	name := config.Filename
	if os.Getenv(configfile.DockerEnvConfigKey) != "" {
		name = configfile.DockerEnvConfigKey + " or " + name
	}
	if helper == "" {
		return name
	}
	return fmt.Sprintf("docker-credential-%s (named in %s)", helper, name)
}

// ConfigDir is the directory of the docker command's configuration: DOCKER_CONFIG,
// else .docker in the home directory, "" where there is none.
func ConfigDir() string {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".docker")
}

// ReadConfig reads the docker command's configuration in a directory; one that is
// not there is empty.
func ReadConfig(dir string) (*configfile.ConfigFile, error) {
	config := configfile.New(filepath.Join(dir, "config.json"))
	file, err := os.Open(config.Filename)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err != nil {
		return nil, fmt.Errorf("docker configuration: %w", err)
	}
	defer file.Close()
	if err := config.LoadFromReader(file); err != nil {
		return nil, fmt.Errorf("docker configuration %s: %w", config.Filename, err)
	}
	return config, nil
}
