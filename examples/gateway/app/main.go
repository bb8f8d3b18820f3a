// Command app is a small web app to stand behind a gateway, in several replicas.
// It says which of them answered, and when it is asked to stop it lets open
// requests finish. Three variables break it on purpose, to try what becomes of a
// replacement that goes wrong.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the linker; see build.sh.
var version = "dev"

// What is left to do after a stop was asked for must not take the 15 s that
// Bayplan grants before it kills.
const (
	// lastCall is for how long connections that are open may still be used. It is
	// longer than the gateway keeps one that it does not use.
	lastCall = 2 * time.Second
	// drainTimeout is how long open requests may take after that.
	drainTimeout = 12 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, getenv func(string) string) error {
	if len(os.Args) > 1 {
		return fmt.Errorf("it takes no arguments, and has been given %q", os.Args[1:])
	}
	f, err := faultsFrom(getenv)
	if err != nil {
		return err
	}
	if f.exitAfter > 0 {
		time.AfterFunc(f.exitAfter, func() {
			slog.Error("exits, as EXIT_AFTER says")
			os.Exit(1)
		})
	}
	instance, err := os.Hostname()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		return err
	}
	return serve(ctx, listener, routes(instance, getenv("GREETING"), f))
}

// serve answers requests until ctx is done. Then it closes the listener, so that
// a new connection is refused and the gateway tries another replica. What comes
// over open connections meanwhile is answered, as the last over each: were they
// closed at once, a request could just be on its way. At the end it waits for
// the requests that it has.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.Info("listening", "address", listener.Addr().String(), "version", version)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	slog.Info("draining", "limit", lastCall+drainTimeout)
	listener.Close()
	time.Sleep(lastCall)
	drain, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	return server.Shutdown(drain)
}
