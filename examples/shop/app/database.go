package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// staleTimeout bounds the check of a pooled connection before it is used again.
const staleTimeout = 500 * time.Millisecond

// openDatabase returns a pool; it connects only when used. When the database has
// been replaced, the connections in the pool are dead: each is tried before use,
// and database/sql answers ErrBadConn by taking another or making a new one. The
// check is made before, not the statement again after, so no order is placed twice.
func openDatabase(cfg *pgx.ConnConfig) *sql.DB {
	db := stdlib.OpenDB(*cfg,
		stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false }),
		stdlib.OptionResetSession(func(ctx context.Context, conn *pgx.Conn) error {
			ctx, cancel := context.WithTimeout(ctx, staleTimeout)
			defer cancel()
			if conn.Ping(ctx) != nil {
				return driver.ErrBadConn
			}
			return nil
		}))
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// orderBook keeps the catalogue and the orders in PostgreSQL.
type orderBook struct{ db *sql.DB }

// Ping tells whether the database answers.
func (b orderBook) Ping(ctx context.Context) error { return b.db.PingContext(ctx) }

// Products lists the catalogue by name.
func (b orderBook) Products(ctx context.Context) ([]product, error) {
	rows, err := b.db.QueryContext(ctx,
		`select sku, name, note, flag, price_cents from products order by name`)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(p *product) []any {
		return []any{&p.SKU, &p.Name, &p.Note, &p.Flag, &p.Price}
	})
}

// Recent lists the last orders, newest first, at most limit.
func (b orderBook) Recent(ctx context.Context, limit int) ([]order, error) {
	rows, err := b.db.QueryContext(ctx, `
		select o.number, p.name, o.quantity, o.unit_price_cents,
		       o.unit_price_cents * o.quantity, o.placed_at
		from orders o join products p using (sku)
		order by o.number desc limit $1`, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(o *order) []any {
		return []any{&o.Number, &o.Product, &o.Quantity, &o.UnitPrice, &o.Total, &o.Placed}
	})
}

// Totals sums up all orders.
func (b orderBook) Totals(ctx context.Context) (totals, error) {
	var t totals
	err := b.db.QueryRowContext(ctx, `
		select count(*), coalesce(sum(quantity), 0)::bigint,
		       coalesce(sum(quantity * unit_price_cents), 0)::bigint
		from orders`).Scan(&t.Orders, &t.Items, &t.Takings)
	return t, err
}

// Place adds an order at the catalogue's price and returns its number, or
// errNoProduct.
func (b orderBook) Place(ctx context.Context, sku string, quantity int) (int64, error) {
	var number int64
	err := b.db.QueryRowContext(ctx, `
		insert into orders (sku, quantity, unit_price_cents)
		select sku, $2, price_cents from products where sku = $1
		returning number`, sku, quantity).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errNoProduct
	}
	return number, err
}

// collect reads all rows into values and closes them; fields names a value's
// targets in the order of the columns.
func collect[T any](rows *sql.Rows, fields func(*T) []any) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		var value T
		if err := rows.Scan(fields(&value)...); err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, rows.Err()
}
