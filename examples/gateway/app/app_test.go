package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	return r.Code, r.Body.String()
}

func TestAnswersSayWhichInstanceAndVersion(t *testing.T) {
	for greeting, want := range map[string]string{"": "hello from one, version dev\n", "ahoy": "ahoy from one, version dev\n"} {
		if code, body := get(t, routes("one", greeting, faults{}), "/"); code != http.StatusOK || body != want {
			t.Errorf("GREETING=%q: %d %q; want %q", greeting, code, body, want)
		}
	}
	if code, _ := get(t, routes("one", "", faults{}), "/elsewhere"); code != http.StatusNotFound {
		t.Errorf("a path that is not there gives %d", code)
	}
}

func TestFaultsComeFromTheEnvironment(t *testing.T) {
	env := map[string]string{"EXIT_AFTER": "2s", "UNHEALTHY_AFTER": "4s"}
	f, err := faultsFrom(func(name string) string { return env[name] })
	if want := (faults{exitAfter: 2 * time.Second, unhealthyAfter: 4 * time.Second}); err != nil || f != want {
		t.Errorf("%+v, %v; want %+v", f, err, want)
	}
	env["EXIT_AFTER"] = "soon"
	if _, err := faultsFrom(func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), "EXIT_AFTER") {
		t.Errorf("a time that is none: %v", err)
	}
}

func TestHealth(t *testing.T) {
	for _, tt := range []struct {
		faults faults
		ran    time.Duration
		well   bool
	}{
		{faults{}, time.Hour, true},
		{faults{neverHealthy: true}, 0, false},
		{faults{unhealthyAfter: time.Minute}, 59 * time.Second, true},
		{faults{unhealthyAfter: time.Minute}, time.Minute, false},
	} {
		if got := tt.faults.unhealthy(tt.ran) == ""; got != tt.well {
			t.Errorf("%+v after %s: healthy %v; want %v", tt.faults, tt.ran, got, tt.well)
		}
	}
	if code, body := get(t, routes("one", "", faults{neverHealthy: true}), "/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "NEVER_HEALTHY") {
		t.Errorf("/healthz of one that is never healthy: %d %q", code, body)
	}
	if code, body := get(t, routes("one", "", faults{}), "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
}

// An app that is asked to stop refuses new connections and answers what it has.
func TestStopFinishesOpenRequests(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived, answered := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-answered
		_, _ = io.WriteString(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- serve(ctx, listener, handler) }()

	body := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			body <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		body <- string(text)
	}()
	<-arrived
	stop()
	for {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break
		}
		connection.Close()
	}
	close(answered)
	if got := <-body; got != "done" {
		t.Errorf("the open request gets %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
