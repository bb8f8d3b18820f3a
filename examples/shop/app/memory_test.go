package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// memoryOrders is an order book in memory; broken is what every call then returns.
type memoryOrders struct {
	products []product
	placed   []order
	broken   error
}

func (m *memoryOrders) Products(context.Context) ([]product, error) { return m.products, m.broken }
func (m *memoryOrders) Ping(context.Context) error                  { return m.broken }

func (m *memoryOrders) Recent(_ context.Context, limit int) ([]order, error) {
	recent := slices.Clone(m.placed)
	slices.Reverse(recent)
	return recent[:min(limit, len(recent))], m.broken
}

func (m *memoryOrders) Totals(context.Context) (totals, error) {
	sum := totals{Orders: int64(len(m.placed))}
	for _, o := range m.placed {
		sum.Items += int64(o.Quantity)
		sum.Takings += o.Total
	}
	return sum, m.broken
}

func (m *memoryOrders) Place(_ context.Context, sku string, quantity int) (int64, error) {
	if m.broken != nil {
		return 0, m.broken
	}
	i := slices.IndexFunc(m.products, func(p product) bool { return p.SKU == sku })
	if i < 0 {
		return 0, errNoProduct
	}
	p, number := m.products[i], int64(1001+len(m.placed))
	m.placed = append(m.placed, order{
		Number: number, Product: p.Name, Quantity: quantity, UnitPrice: p.Price,
		Total: p.Price * cents(quantity), Placed: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
	})
	return number, nil
}

// memoryHits counts in memory. With stuck set, every call waits for its context.
type memoryHits struct {
	count atomic.Int64
	stuck bool
}

func (m *memoryHits) Hit(ctx context.Context) (int64, error) {
	return m.count.Add(1), m.Ping(ctx)
}

func (m *memoryHits) Ping(ctx context.Context) error {
	if !m.stuck {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// fixture is a shop over backends in memory.
type fixture struct {
	orders *memoryOrders
	hits   *memoryHits
	log    *strings.Builder
	routes http.Handler
}

func newFixture() *fixture {
	f := &fixture{
		orders: &memoryOrders{products: []product{
			{SKU: "deck-lamp", Name: "Deck lamp", Note: "Brass", Flag: "d", Price: 8950},
			{SKU: "watch-cap", Name: "Watch cap", Note: "Merino", Flag: "w", Price: 2900},
		}},
		hits: &memoryHits{},
		log:  &strings.Builder{},
	}
	s := &shop{
		orders: f.orders,
		hits:   f.hits,
		log:    slog.New(slog.NewTextHandler(f.log, nil)),
		about:  about{Instance: "web-1", Version: "1.0", Database: "database.internal", Cache: "cache.internal:6379"},
	}
	f.routes = s.routes()
	return f
}

func (f *fixture) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	response := httptest.NewRecorder()
	f.routes.ServeHTTP(response, httptest.NewRequest(http.MethodGet, path, nil))
	return response
}

func (f *fixture) order(t *testing.T, product, quantity string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{"product": {product}, "quantity": {quantity}}
	request := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response := httptest.NewRecorder()
	f.routes.ServeHTTP(response, request)
	return response
}
