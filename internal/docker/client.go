// Package docker is the engine under Bayplan: it reads what is live of a scope
// from a Docker engine, and performs single steps of a plan on it.
//
// It is the only importer of the engine's client, and it decides nothing: what
// is done, in which order and how it is taken back is in the plan. An engine's
// error is never read as absence; only "not found" is. It never changes or
// removes an object that does not carry the labels of the scope.
package docker

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Options say which engine is used and how. The zero Options use the engine
// that the docker command would use.
type Options struct {
	// Host is the endpoint: "unix:///var/run/docker.sock", "tcp://host:2376", "ssh://me@host".
	// Empty is DOCKER_HOST, else the endpoint of the current docker context.
	Host string
	// TLS is what an engine at a tcp:// address is reached with. The zero TLS is
	// that of DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, else of the docker context.
	TLS TLS
	// Logins count before the credentials of the docker command's configuration.
	Logins registry.Logins
	// ReadTimeout bounds each read and each quick write; 0 is 30 seconds.
	ReadTimeout time.Duration
	// PullTimeout bounds the pull of an image; 0 is 15 minutes.
	PullTimeout time.Duration
	// BuildTimeout bounds the build of an image; 0 is an hour.
	BuildTimeout time.Duration
	// Pool is where subnets of networks are taken from; the zero Prefix is 10.213.0.0/16.
	Pool netip.Prefix
}

func (o Options) withDefaults() Options {
	if o.ReadTimeout == 0 {
		o.ReadTimeout = 30 * time.Second
	}
	if o.PullTimeout == 0 {
		o.PullTimeout = 15 * time.Minute
	}
	if o.BuildTimeout == 0 {
		o.BuildTimeout = time.Hour
	}
	if !o.Pool.IsValid() {
		o.Pool = netip.MustParsePrefix("10.213.0.0/16")
	}
	return o
}

const (
	parallelReads  = 8 // more gain nothing: an inspect takes 0.13 ms at 8 at once
	parallelStarts = 8 // unlimited ones were seen to leak endpoints (moby#42119)
)

// Engine is one Docker engine. It is safe for concurrent use.
type Engine struct {
	client *client.Client
	direct direct
	host   string // the endpoint, for errors
	Options

	negotiating chan struct{} // one place
	negotiated  atomic.Bool
	buildKit    bool // images are built with it; known once negotiated
	starts      chan struct{}
	images      imageMemo
	version     memo[types.Version]

	mu      sync.Mutex
	adopted map[topology.Scope]map[string]adoption // by container id
	live    map[topology.Scope]*memo[topology.Live]
	making  map[string]*sync.Mutex                // by network, or digest of a build
	filled  map[string]map[string]topology.Secret // what was filled in, by vault
	lost    time.Time                             // when no connection could be made any more; zero while one can

	// joining is held by who joins a network, for writing by who removes one
	// that has no members.
	joining sync.RWMutex
}

var _ apply.Runtime = (*Engine)(nil)

// Endpoint returns where the engine listens.
func (e *Engine) Endpoint() string { return e.host }

// New returns the engine that the options name. It contacts nothing: an engine
// that is not there is told by the first call. The API version is negotiated then.
func New(options Options) (*Engine, error) {
	at, err := findEndpoint(endpoint{options.Host, options.TLS})
	if err != nil {
		return nil, err
	}
	connection, err := at.connection()
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", withPassword.ReplaceAllString(at.host, "$1:…@"), err)
	}
	c, err := client.NewClientWithOpts(append(connection.options, client.WithVersionFromEnv())...)
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", at.host, err)
	}
	if dial := connection.transport.DialContext; dial != nil {
		connection.transport.DialContext = handingOver(dial)
	}
	direct, err := directly(c, connection.transport)
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", at.host, err)
	}
	return &Engine{
		client: c, direct: direct, host: at.host, Options: options.withDefaults(),
		negotiating: make(chan struct{}, 1),
		starts:      make(chan struct{}, parallelStarts),
		live:        map[topology.Scope]*memo[topology.Live]{},
		adopted:     map[topology.Scope]map[string]adoption{},
		making:      map[string]*sync.Mutex{},
		filled:      map[string]map[string]topology.Secret{},
	}, nil
}

// Close lets go of idle connections. The Engine can be used again afterwards.
func (e *Engine) Close() error { return e.client.Close() }

// acquireStart waits for one of the places of containers that start at once
// and returns what gives it back.
func (e *Engine) acquireStart(ctx context.Context) (release func(), err error) {
	select {
	case e.starts <- struct{}{}:
		return func() { <-e.starts }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
