package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func health(t *testing.T, f *fixture) (int, healthReport) {
	t.Helper()
	response := f.get(t, "/healthz")
	var report healthReport
	if err := json.Unmarshal(response.Body.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	return response.Code, report
}

func TestHealthy(t *testing.T) {
	f := newFixture()
	status, report := health(t, f)
	if want := (healthReport{Status: "ok", Database: "ok", Cache: "ok", Version: "1.0"}); status != http.StatusOK || report != want {
		t.Errorf("got %d %+v, want %+v", status, report, want)
	}
	if f.log.Len() > 0 {
		t.Errorf("a passing check is logged:\n%s", f.log)
	}
}

func TestHealthNamesWhatIsUnreachable(t *testing.T) {
	f := newFixture()
	f.orders.broken = errors.New("connection refused")
	status, report := health(t, f)
	if want := (healthReport{Status: "degraded", Database: "unreachable", Cache: "ok", Version: "1.0"}); status != http.StatusServiceUnavailable || report != want {
		t.Errorf("got %d %+v, want %+v", status, report, want)
	}
}

func TestHealthIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		f.hits.stuck = true
		start := time.Now()
		if status, _ := health(t, f); status != http.StatusServiceUnavailable {
			t.Errorf("got status %d, want 503", status)
		}
		if took := time.Since(start); took > healthTimeout {
			t.Errorf("the check took %s, want at most %s", took, healthTimeout)
		}
	})
}
