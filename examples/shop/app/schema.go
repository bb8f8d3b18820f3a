package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"log/slog"
	"time"
)

//go:embed schema.sql
var schemaSQL string

// schemaLock is the key of the advisory lock under which the schema is made.
const schemaLock = 0x73686f70

// startTimeout is how long a start waits for a database that does not answer yet.
const startTimeout = 20 * time.Second

// migrateWhenReady migrates, trying again every half second until startTimeout
// has passed; then it returns the last error. Bayplan starts the app only once
// the database is healthy; this is for a database that restarts under it.
func migrateWhenReady(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	deadline := time.Now().Add(startTimeout)
	for {
		err := migrate(ctx, db)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		log.Warn("database is not ready", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// migrate makes the schema and its first rows where they are missing. It is
// idempotent, and several instances may call it at once: the lock, held until the
// transaction ends, lets one at a time do it.
func migrate(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, schemaLock); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if _, err := tx.ExecContext(ctx, schemaSQL); err != nil {
		return err
	}
	return tx.Commit()
}
