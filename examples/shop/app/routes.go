package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// shop answers requests. Its two backends are interfaces so that the handlers
// are tested without them.
type shop struct {
	orders orders
	hits   hits
	log    *slog.Logger
	about  about
}

// orders is the order book; orderBook says what each method promises.
type orders interface {
	Products(ctx context.Context) ([]product, error)
	Recent(ctx context.Context, limit int) ([]order, error)
	Totals(ctx context.Context) (totals, error)
	Place(ctx context.Context, sku string, quantity int) (int64, error)
	Ping(ctx context.Context) error
}

// hits is the count of page views; hitCounter says what each method promises.
type hits interface {
	Hit(ctx context.Context) (int64, error)
	Ping(ctx context.Context) error
}

// about is what the page tells of the instance that made it.
type about struct {
	Instance string
	Version  string
	Database string
	Cache    string
}

// requestTimeout bounds the work for one request. It leaves room for two dead
// pooled connections and one new one.
const requestTimeout = 5 * time.Second

// routes returns the handler of all the shop's URLs.
func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showPage)
	mux.HandleFunc("POST /orders", s.placeOrder)
	mux.HandleFunc("GET /api/orders", s.listOrders)
	mux.HandleFunc("GET /style.css", serveAsset("style.css"))
	mux.HandleFunc("GET /favicon.svg", serveAsset("favicon.svg"))
	guarded := http.NewCrossOriginProtection().Handler(mux)

	outer := http.NewServeMux()
	outer.HandleFunc("GET /healthz", s.health)
	outer.Handle("/", s.logged(withHeaders(withTimeout(guarded))))
	return outer
}

func withTimeout(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// logged writes a line for each request. Health checks pass it by: they come
// every few seconds and log only what is wrong.
func (s *shop) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		s.log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path,
			"status", recorder.status, "duration", time.Since(start).Round(time.Microsecond))
	})
}

// statusRecorder remembers the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends and remembers the status.
func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController the writer beneath.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
