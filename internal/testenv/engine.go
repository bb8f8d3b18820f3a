package testenv

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// defaultHost is where an engine listens when DOCKER_HOST does not say otherwise.
const defaultHost = "unix:///var/run/docker.sock"

// startLimit bounds how long a daemon may take from its start to its first answer.
const startLimit = 60 * time.Second

// Env is an engine that a test may use.
type Env struct {
	// Host is the engine's address as DOCKER_HOST spells it.
	Host string
	// Docker is a client of that engine. It is closed when the test ends.
	Docker *client.Client
}

// Require returns a running engine, brought up first if need be (see [Engine]).
// It fails the test, and never skips it, when there is none.
func Require(tb testing.TB) *Env {
	tb.Helper()
	host, err := Engine(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return At(tb, host)
}

// At returns the engine at a host, which need not answer.
func At(tb testing.TB, host string) *Env {
	tb.Helper()
	docker, err := dial(host)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { docker.Close() })
	return &Env{Host: host, Docker: docker}
}

// Engine returns the address of an engine that answers: the one DOCKER_HOST
// names, or the one at the default socket. When DOCKER_HOST is unset and nothing
// answers, it installs Docker from the distribution's packages and starts the
// daemon, which takes root on Debian or Ubuntu and outlives this process.
//
// Any number of processes may call it at once; one of them does the work.
func Engine(ctx context.Context) (string, error) {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		if err := ping(ctx, host); err != nil {
			return "", fmt.Errorf("engine at DOCKER_HOST=%s: %w", host, err)
		}
		return host, nil
	}
	if ping(ctx, defaultHost) == nil {
		return defaultHost, nil
	}
	err := withLock(ctx, "engine", func(dir string) error {
		if ping(ctx, defaultHost) == nil {
			return nil
		}
		return startEngine(ctx, dir)
	})
	if err != nil {
		return "", fmt.Errorf("no container engine: %w", err)
	}
	return defaultHost, nil
}

func dial(host string) (*client.Client, error) {
	docker, err := client.NewClientWithOpts(
		client.WithTLSClientConfigFromEnv(),
		client.WithHost(host),
		client.WithAPIVersionNegotiation(),
	)
	if err != nil {
		return nil, fmt.Errorf("engine at %s: %w", host, err)
	}
	return docker, nil
}

// ping reports whether an engine answers at host within two seconds.
func ping(ctx context.Context, host string) error {
	docker, err := dial(host)
	if err != nil {
		return err
	}
	defer docker.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err = docker.Ping(ctx)
	return err
}
