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

// An app that is asked to stop refuses new connections, answers what it has, and
// what comes over a connection that is open, as the last over it.
func TestStopFinishesOpenRequests(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived, answered := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-answered
		_, _ = io.WriteString(w, "done")
	})
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- serve(ctx, listener, mux) }()

	open, slow := &http.Client{Transport: &http.Transport{}}, &http.Client{Transport: &http.Transport{}}
	url := "http://" + listener.Addr().String()
	if last, err := ask(open, url, nil); err != nil || last {
		t.Fatalf("before the stop: the last answer %v, %v", last, err)
	}
	var body []byte
	done := make(chan error, 1)
	go func() {
		_, err := ask(slow, url+"/slow", &body)
		done <- err
	}()
	<-arrived
	stop()
	for err == nil {
		var c net.Conn
		if c, err = net.Dial("tcp", listener.Addr().String()); err == nil {
			c.Close()
		}
	}
	if last, err := ask(open, url, nil); err != nil || !last {
		t.Errorf("over the open connection: the last answer %v, %v", last, err)
	}
	close(answered)
	if err := <-done; err != nil || string(body) != "done" {
		t.Errorf("the open request gets %q, %v", body, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// ask sends a request and tells whether the answer is the last over its connection.
func ask(client *http.Client, url string, body *[]byte) (last bool, err error) {
	response, err := client.Get(url)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if body != nil {
		*body = text
	}
	return response.Close, err
}
