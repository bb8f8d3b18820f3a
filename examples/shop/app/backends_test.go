//go:build backends

package main

import (
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"testing"

	"golang.org/x/sync/errgroup"
)

// These tests need an empty database and a cache, named by DATABASE_URL and
// CACHE_URL: go test -tags backends

func backends(t *testing.T) (*sql.DB, hitCounter) {
	t.Helper()
	cfg, err := configFrom(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	db, cache := openDatabase(cfg.database), openCache(cfg.cache, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { db.Close(); cache.Close() })
	return db, hitCounter{cache}
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	db, _ := backends(t)
	if _, err := db.ExecContext(t.Context(), `drop table if exists orders, products`); err != nil {
		t.Fatal(err)
	}
	var replicas errgroup.Group
	for range 6 {
		replicas.Go(func() error { return migrate(t.Context(), db) })
	}
	if err := replicas.Wait(); err != nil {
		t.Fatal(err)
	}
	sum, err := orderBook{db}.Totals(t.Context())
	if err != nil || sum.Orders != 5 {
		t.Errorf("got %d seed orders, %v; want 5", sum.Orders, err)
	}
}

func TestOrderBook(t *testing.T) {
	db, _ := backends(t)
	book := orderBook{db}
	if err := migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	number, err := book.Place(t.Context(), "deck-lamp", 3)
	if err != nil {
		t.Fatal(err)
	}
	recent, err := book.Recent(t.Context(), 1)
	if err != nil || len(recent) != 1 {
		t.Fatalf("got %+v, %v", recent, err)
	}
	if got := recent[0]; got.Number != number || got.Product != "Deck lamp" || got.Quantity != 3 || got.Total != 3*got.UnitPrice {
		t.Errorf("got order %+v, want number %d", got, number)
	}
	if _, err := book.Place(t.Context(), "submarine", 1); !errors.Is(err, errNoProduct) {
		t.Errorf("unknown product: got %v, want %v", err, errNoProduct)
	}
}

func TestBrokenConnectionsAreReplaced(t *testing.T) {
	db, _ := backends(t)
	if err := migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	breaker, _ := backends(t)
	for range 3 {
		if _, err := breaker.ExecContext(t.Context(), `
			select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		if _, err := (orderBook{db}).Place(t.Context(), "watch-cap", 1); err != nil {
			t.Errorf("place an order over a broken connection: %v", err)
		}
	}
}

func TestHitsAreCounted(t *testing.T) {
	_, hits := backends(t)
	first, err := hits.Hit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := hits.Hit(t.Context()); err != nil || second != first+1 {
		t.Errorf("got %d, %v; want %d", second, err, first+1)
	}
}
