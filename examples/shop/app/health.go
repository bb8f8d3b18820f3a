package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// healthTimeout bounds both checks together.
const healthTimeout = time.Second

// healthReport is the body of /healthz: "ok" or "unreachable" for each backend.
// Causes go to the log, not to whoever asks.
type healthReport struct {
	Status   string `json:"status"`
	Database string `json:"database"`
	Cache    string `json:"cache"`
	Version  string `json:"version"`
}

// health answers 200 when both backends do, else 503, within healthTimeout.
func (s *shop) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	report := healthReport{Status: "ok", Version: s.about.Version}
	var both sync.WaitGroup
	both.Go(func() { report.Database = s.check(ctx, "database", s.orders.Ping) })
	both.Go(func() { report.Cache = s.check(ctx, "cache", s.hits.Ping) })
	both.Wait()

	status := http.StatusOK
	if report.Database != "ok" || report.Cache != "ok" {
		report.Status, status = "degraded", http.StatusServiceUnavailable
	}
	writeJSON(w, status, report)
}

func (s *shop) check(ctx context.Context, name string, ping func(context.Context) error) string {
	if err := ping(ctx); err != nil {
		s.log.WarnContext(ctx, "health check", "backend", name, "error", err)
		return "unreachable"
	}
	return "ok"
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
