package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEndpoint(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("DOCKER_CONFIG", dir)
	is := func(given, want string) {
		t.Helper()
		if e, err := New(Options{Host: given}); err != nil || e.host != want {
			t.Errorf("%q: got %v, error %v, want %s", given, e, err, want)
		}
	}
	fails := func(given, want string) {
		t.Helper()
		if _, err := New(Options{Host: given}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", given, err, want)
		}
	}
	is("", "unix:///var/run/docker.sock")
	is("tcp://there:2375", "tcp://there:2375")
	is("ssh://me@there", "ssh://me@there")
	fails("ssh://me:password@there", "engine ssh://me:…@there: an address is shown, and no place for a password")
	fails("tcp://me:pass@word/@there:port", "engine tcp://me:…@there:port: an address is shown")
	is("tcp://me@there:2375", "tcp://me@there:2375")
	fails("carrier-pigeon://coop", "no engine listens so")
	fails("nonsense", "no engine listens so")
	fails("localhost:2375", "no engine listens so: want such as unix:///var/run/docker.sock, tcp://")
	fails("tcp", "no engine listens so")
	fails("tcp://there", "it has no port")

	write(t, `{"currentContext": "colima"}`, dir, "config.json")
	fails("", `there is no docker context "colima"`)
	sum := sha256.Sum256([]byte("colima"))
	write(t, `{"Name": "colima", "Endpoints": {"docker": {"Host": "unix:///colima.sock"}}}`,
		dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json")
	is("", "unix:///colima.sock")
	t.Setenv("DOCKER_CONTEXT", "default")
	is("", "unix:///var/run/docker.sock")
	t.Setenv("DOCKER_HOST", "unix:///other.sock")
	is("", "unix:///other.sock")
	write(t, `{`, dir, "config.json")
	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "")
	fails("", "config.json")
}
