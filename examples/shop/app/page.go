package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"time"
)

//go:embed assets
var assets embed.FS

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"grouped": grouped,
	"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"short":   func(t time.Time) string { return t.UTC().Format("2 Jan, 15:04") },
}).ParseFS(assets, "assets/page.html"))

// view is what the page shows. Without products it shows only the problem; a
// count of page views of 0 is shown as unknown.
type view struct {
	Products []product
	Orders   []order
	Totals   totals
	Hits     int64
	Form     orderForm
	Placed   int64
	Problem  string
	About    about
	Max      int
}

// render fills v from both backends and writes the page with that status. The
// cache is a courtesy: without it the page comes without a count. Without the
// order book there is no page, and the status says so.
func (s *shop) render(w http.ResponseWriter, r *http.Request, status int, v view) {
	ctx := r.Context()
	v.About, v.Max = s.about, maxQuantity
	if hits, err := s.countHit(ctx); err != nil {
		s.log.WarnContext(ctx, "count hit", "error", err)
	} else {
		v.Hits = hits
	}
	if err := s.fill(ctx, &v); err != nil {
		s.log.ErrorContext(ctx, "read order book", "error", err)
		status, v.Products = http.StatusServiceUnavailable, nil
		if v.Problem == "" {
			v.Problem = "The order book cannot be reached just now."
		}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, v); err != nil {
		s.log.ErrorContext(ctx, "render page", "error", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}

func (s *shop) countHit(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	return s.hits.Hit(ctx)
}

func (s *shop) fill(ctx context.Context, v *view) error {
	var failures [3]error
	v.Products, failures[0] = s.orders.Products(ctx)
	v.Orders, failures[1] = s.orders.Recent(ctx, recentOrders)
	v.Totals, failures[2] = s.orders.Totals(ctx)
	return errors.Join(failures[:]...)
}

// serveAsset serves one embedded file. The page names it with the version, so
// that a new version is never styled by an old file.
func serveAsset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeFileFS(w, r, assets, "assets/"+name)
	}
}
