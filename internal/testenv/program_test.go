package testenv

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestProbeIsStale(t *testing.T) {
	dir := t.TempDir()
	stale := func(what string, want bool) {
		t.Helper()
		if got, err := probe.isStale(dir); got != want || err != nil {
			t.Errorf("%s: it is stale: %v, %v", what, got, err)
		}
	}
	write := func(name string, age time.Duration) {
		t.Helper()
		name = filepath.Join(dir, name)
		at := time.Now().Add(-age)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("probe/main.go", 3*time.Hour)
	stale("nothing is built", true)
	write("docker/probe/probe-linux-amd64", 2*time.Hour)
	write("docker/probe/probe-linux-arm64", time.Hour)
	stale("both are built", false)
	write("probe/http.go", 90*time.Minute)
	stale("one is older than a source", true)
	write("docker/probe/probe-linux-amd64", 0)
	stale("both are built again", false)
}
