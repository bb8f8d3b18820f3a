package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// slowness is how long /slow takes.
const slowness = 5 * time.Second

// routes answers in the name of an instance.
func routes(instance, greeting string, f faults) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s from %s, version %s\n", cmp.Or(greeting, "hello"), instance, version)
	}
	mux.HandleFunc("/{$}", answer)
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(slowness):
			answer(w, r)
		case <-r.Context().Done(): // nobody waits for the answer
		}
	})
	started := time.Now()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if why := f.unhealthy(time.Since(started)); why != "" {
			slog.Error("unhealthy", "because", why)
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
