// Command server is the app of a scratch image in the tests: it answers at
// port 8080 after a while, and says where it may not write.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	after, err := time.ParseDuration(os.Getenv("READY_AFTER"))
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("/written", nil, 0o600); err == nil {
		log.Fatal("the root filesystem can be written to")
	}
	if os.Getuid() == 0 {
		log.Fatal("it runs as root")
	}
	ready := time.Now().Add(after)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if time.Now().Before(ready) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintln(w, "uid", os.Getuid())
	})
	if os.Getenv("LISTEN_LATE") != "" {
		time.Sleep(after)
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
