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
	"slices"
	"strings"

	"github.com/docker/docker/client"
)

// endpoint is where an engine listens, and the TLS options for it.
type endpoint struct {
	host    string
	options []client.Opt
}

// findEndpoint follows the docker command: the given host, DOCKER_HOST, the
// current context, the default socket.
func findEndpoint(host string) (endpoint, error) {
	at := endpoint{host: host, options: []client.Opt{client.WithTLSClientConfigFromEnv()}}
	if at.host == "" {
		at.host = os.Getenv(client.EnvOverrideHost)
	}
	if at.host == "" {
		var err error
		if at, err = contextEndpoint(configDir()); err != nil {
			return endpoint{}, err
		}
	}
	switch scheme, _, ok := strings.Cut(at.host, "://"); {
	case !ok, slices.Contains([]string{"unix", "npipe", "tcp", "http", "https"}, scheme):
		return at, nil // what has no scheme is refused by the client
	case scheme == "ssh":
		return endpoint{}, fmt.Errorf("engine %s: endpoints over ssh are not supported yet: forward the socket, "+
			"as with ssh -L /tmp/docker.sock:/var/run/docker.sock, and use unix:///tmp/docker.sock", at.host)
	}
	return endpoint{}, fmt.Errorf("engine %s: no engine listens so: want such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375", at.host)
}

// configDir is the directory of the docker command's configuration.
func configDir() string {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".docker")
}

// configFile is the part of the docker command's config.json that matters here.
type configFile struct {
	CurrentContext string `json:"currentContext"`
	Auths          map[string]struct {
		Auth          string `json:"auth"`
		IdentityToken string `json:"identitytoken"`
	} `json:"auths"`
}

// readConfig reads config.json; one that does not exist is empty.
func readConfig(dir string) (configFile, error) {
	var c configFile
	path := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("docker configuration: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("docker configuration %s: %w", path, err)
	}
	return c, nil
}

// contextEndpoint is that of DOCKER_CONTEXT, else of the configured context.
func contextEndpoint(dir string) (endpoint, error) {
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		config, err := readConfig(dir)
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
	if err != nil {
		return endpoint{}, fmt.Errorf("docker context %q: %w", name, err)
	}
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		return endpoint{}, fmt.Errorf("docker context %q: %w", name, err)
	}
	at := endpoint{host: meta.Endpoints["docker"].Host}
	if at.host == "" {
		return endpoint{}, fmt.Errorf("docker context %q names no endpoint", name)
	}
	if tls := filepath.Join(dir, "contexts", "tls", id, "docker"); isDir(tls) {
		at.options = append(at.options, client.WithTLSClientConfig(
			filepath.Join(tls, "ca.pem"), filepath.Join(tls, "cert.pem"), filepath.Join(tls, "key.pem")))
	}
	return at, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
