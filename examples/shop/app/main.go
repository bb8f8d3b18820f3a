// Command shop is the back office of a small ship chandler: a catalogue, a form
// to place an order and the last orders, kept in PostgreSQL, with a count of page
// views in Redis.
//
// It is an ordinary program that Bayplan runs. It knows its two backends only by
// the variables DATABASE_URL and CACHE_URL, which come from the relationships
// that the configuration calls "database" and "cache". It writes nothing to its
// own file system, needs no privilege and never logs a password or a URL.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// version is set by the linker; see build.sh.
var version = "dev"

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, log, os.Getenv); err != nil {
		log.Error("shop stopped", "error", err)
		os.Exit(1)
	}
}

// run serves the shop until ctx is done, then lets open requests finish. The
// schema is in place before the first request is accepted.
func run(ctx context.Context, log *slog.Logger, getenv func(string) string) error {
	cfg, err := configFrom(getenv)
	if err != nil {
		return err
	}
	db := openDatabase(cfg.database)
	defer db.Close()
	cache := openCache(cfg.cache, log)
	defer cache.Close()

	if err := migrateWhenReady(ctx, db, log); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("migrate schema: %w", err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("read hostname: %w", err)
	}
	s := &shop{
		orders: orderBook{db},
		hits:   hitCounter{cache},
		log:    log,
		about: about{
			Instance: hostname,
			Version:  version,
			Database: net.JoinHostPort(cfg.database.Host, strconv.Itoa(int(cfg.database.Port))),
			Cache:    cfg.cache.Addr,
		},
	}
	listener, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return serve(ctx, log, listener, s.routes())
}
