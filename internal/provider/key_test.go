package provider

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFileIsMadeOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "bayplan", "key")
	keys := make([]string, 20)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := keyFile(name)
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	for _, k := range keys {
		if k != keys[0] || len(k) != 64 {
			t.Errorf("of several that make the key file at once one has %q and another %q", keys[0], k)
		}
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the key file is %v", info.Mode())
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("beside the key file there are %v, %v", left, err)
	}
}

func TestEmptyKeyFileIsNoKey(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := keyFile(name); err == nil {
		t.Errorf("an empty file is the key %q", key)
	}
}

func TestRemoteEngineNeedsAKey(t *testing.T) {
	for _, tt := range []struct {
		given, engine string
		refused       bool
	}{
		{"", "unix:///var/run/docker.sock", false},
		{"", "npipe:////./pipe/docker_engine", false},
		{"", "", false},
		{"", "tcp://host:2376", true},
		{"secret", "tcp://host:2376", false},
	} {
		err := (&keySource{given: tt.given, engine: tt.engine}).check()
		if (err != nil) != tt.refused || err != nil && !strings.Contains(err.Error(), "BAYPLAN_KEY") {
			t.Errorf("key %q, engine %q: %v", tt.given, tt.engine, err)
		}
	}
}
