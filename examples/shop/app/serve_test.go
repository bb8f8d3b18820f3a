package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
)

func TestStopLetsAnOpenRequestFinish(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	entered, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	stopped := make(chan error, 1)
	go func() { stopped <- serve(ctx, slog.New(slog.DiscardHandler), listener, handler) }()
	answer := make(chan string, 1)
	go func() { answer <- body("http://" + listener.Addr().String()) }()

	<-entered
	stop()
	close(release)
	if got := <-answer; got != "done" {
		t.Errorf("the open request got %q, want done", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// body returns what a GET of url answers, or the text of its error.
func body(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(content)
}
