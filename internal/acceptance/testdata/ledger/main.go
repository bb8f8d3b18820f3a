// Command ledger is an app of the tests that writes a row to PostgreSQL for each
// request, and tries nothing twice.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// schema is made under a lock, since replicas start at once.
const schema = `begin; select pg_advisory_xact_lock(1); create table if not exists rows (id bigint primary key); commit`

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL")+"?sslmode=disable")
	if err != nil {
		return errors.New("DATABASE_URL is no URL of a database")
	}
	defer db.Close()
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return err
	}
	return serve(ctx, routes(db))
}

// lastCall is for how long connections that are open may still be used after a
// stop was asked for. It is longer than the gateway keeps one that it does not use.
const lastCall = 2 * time.Second

func serve(ctx context.Context, h http.Handler) error {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	listener.Close()
	time.Sleep(lastCall)
	return server.Shutdown(context.Background())
}

func routes(db *sql.DB) http.Handler {
	answer := func(w http.ResponseWriter, err error) {
		if err != nil {
			log.Print(err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, db.PingContext(r.Context()))
	})
	mux.HandleFunc("POST /rows/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, err := db.ExecContext(r.Context(), `insert into rows (id) values ($1)`, r.PathValue("id"))
		answer(w, err)
	})
	return mux
}
