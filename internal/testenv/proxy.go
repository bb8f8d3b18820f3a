package testenv

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/client"
)

// Proxy stands between clients and an engine: it counts calls and, as its hook
// says, delays, refuses and loses them. Its methods may be called at any time,
// by many goroutines.
type Proxy struct {
	host    string
	closing context.Context // ends when the proxy closes

	mu    sync.Mutex
	hook  Hook
	calls []*Call
}

// NewProxy starts a proxy in front of the engine that [Require] returns, on a
// socket of its own, and closes it when the test ends. A nil hook forwards
// everything.
func NewProxy(tb testing.TB, hook Hook) *Proxy {
	tb.Helper()
	return ProxyTo(tb, Require(tb).Host, hook)
}

// ProxyTo is the same in front of the engine at a host.
func ProxyTo(tb testing.TB, host string, hook Hook) *Proxy {
	tb.Helper()
	target, err := client.ParseHostURL(host)
	if err != nil {
		tb.Fatalf("proxy: %v", err)
	}
	closing, end := context.WithCancel(context.Background())
	p := &Proxy{closing: closing, hook: hook}
	p.host = Serve(tb, p.handler(target))
	tb.Cleanup(end)
	return p
}

// Serve answers on a socket of its own, whose address as DOCKER_HOST spells it
// is returned, until the test ends.
func Serve(tb testing.TB, handler http.Handler) (host string) {
	tb.Helper()
	listener, err := shortSocket(tb)
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{
		Handler:  handler,
		ErrorLog: log.New(io.Discard, "", 0), // aborting connections is what a proxy is for
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	tb.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return "unix://" + listener.Addr().String()
}

// shortSocket listens in a new directory. The path of a socket may have 107
// bytes, which a test's own temporary directory can exceed.
func shortSocket(tb testing.TB) (net.Listener, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "bp")
	if err != nil {
		return nil, err
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return net.Listen("unix", filepath.Join(dir, "s"))
}

// Host is the proxy's address, for DOCKER_HOST.
func (p *Proxy) Host() string { return p.host }

// Without runs a function while nobody can connect to the proxy, as to a daemon that
// is not there.
func (p *Proxy) Without(run func() error) error {
	socket := strings.TrimPrefix(p.host, "unix://")
	if err := os.Rename(socket, socket+".away"); err != nil {
		return err
	}
	err := run()
	return errors.Join(err, os.Rename(socket+".away", socket))
}

// SetHook replaces the hook for the calls that arrive from now on; nil forwards
// everything.
func (p *Proxy) SetHook(hook Hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = hook
}

// Reset forgets the calls so far. Sequence numbers start again at 1.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = nil
}

// Calls returns the calls so far in the order of their arrival.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := make([]Call, len(p.calls))
	for i, c := range p.calls {
		calls[i] = *c
	}
	return calls
}

// Counts returns how many calls of each [Call.Key] there were.
func (p *Proxy) Counts() map[string]int {
	counts := map[string]int{}
	for _, c := range p.Calls() {
		counts[c.Key()]++
	}
	return counts
}

// Writes returns the calls so far that are not reads, in order.
func (p *Proxy) Writes() []Call {
	var writes []Call
	for _, c := range p.Calls() {
		if !c.Read {
			writes = append(writes, c)
		}
	}
	return writes
}

// Bytes returns how many bytes of answers were delivered, without headers.
func (p *Proxy) Bytes() int64 {
	var total int64
	for _, c := range p.Calls() {
		total += c.Bytes
	}
	return total
}
