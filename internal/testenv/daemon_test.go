package testenv

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestForgetDaemon(t *testing.T) {
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSpace(string(comm))
	for what, tt := range map[string]struct {
		pid, name string
		stays     bool
	}{
		"of the daemon":        {strconv.Itoa(os.Getpid()), own, true},
		"of another process":   {strconv.Itoa(os.Getpid()), "dockerd", false},
		"of no process":        {"4194305", "dockerd", false}, // over the kernel's highest
		"of what is no number": {"x", "dockerd", false},
	} {
		file := filepath.Join(t.TempDir(), "pid")
		if err := os.WriteFile(file, []byte(tt.pid+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := forgetDaemon(file, tt.name); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) == tt.stays {
			t.Errorf("%s: stays %v, want %v", what, !tt.stays, tt.stays)
		}
	}
	if err := forgetDaemon(filepath.Join(t.TempDir(), "none"), "dockerd"); err != nil {
		t.Error(err)
	}
}
