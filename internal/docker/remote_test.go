package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// unset has nothing of the environment say where an engine is.
func unset(t *testing.T) (dir string) {
	t.Helper()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"} {
		t.Setenv(name, "")
	}
	dir = t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	return dir
}

// serves makes a container through an engine, has it run, and looks at it.
func serves(t *testing.T, options Options) {
	t.Helper()
	testenv.Image(t, busybox)
	e, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	b := bench{e, topology.Scope{Project: testenv.Project(t), Environment: "test"}}
	name := b.start(t, sleeper("web"))
	b.succeeds(t, name, "true") // over a hijacked connection
	if i := b.instance(t, name); i.Status != topology.StatusRunning {
		t.Errorf("it is %s", i.Status)
	}
}

// unreached checks that an engine cannot be used, and what is said of that.
func unreached(t *testing.T, options Options, want string) {
	t.Helper()
	e, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = e.Platform(t.Context())
	if !errdefs.IsUnavailable(err) || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want that it is out of reach and %q", err, want)
	}
}

func pathsIn(dir string) TLS {
	return TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func TestTLS(t *testing.T) {
	engine := testenv.NewTLS(t)
	others := pathsIn(testenv.NewAuthority(t).Write("stranger"))
	dir := unset(t)
	mine := pathsIn(engine.Dir)
	t.Run("given", func(t *testing.T) { serves(t, Options{Host: engine.Host, TLS: mine}) })
	t.Run("environment", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", engine.Host)
		t.Setenv("DOCKER_TLS_VERIFY", "1")
		t.Setenv("DOCKER_CERT_PATH", engine.Dir)
		serves(t, Options{})
	})
	t.Run("context", func(t *testing.T) {
		sum := sha256.Sum256([]byte("far"))
		id := hex.EncodeToString(sum[:])
		write(t, fmt.Sprintf(`{"Name": "far", "Endpoints": {"docker": {"Host": %q, "SkipTLSVerify": false}}}`, engine.Host), dir, "contexts", "meta", id, "meta.json")
		for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
			text, err := os.ReadFile(filepath.Join(engine.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			write(t, string(text), dir, "contexts", "tls", id, "docker", name)
		}
		t.Setenv("DOCKER_CONTEXT", "far")
		serves(t, Options{})
	})
	unreached(t, Options{Host: engine.Host, TLS: TLS{CA: others.CA, Cert: mine.Cert, Key: mine.Key}}, "certificate signed by unknown authority")
	stranger, err := New(Options{Host: engine.Host, TLS: TLS{CA: mine.CA, Cert: others.Cert, Key: others.Key}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Platform(t.Context()); err == nil || !strings.Contains(err.Error(), engine.Host) {
		t.Errorf("with a certificate of another authority: %v", err)
	}
	unreached(t, Options{Host: engine.Host}, "set tls on the provider")
}

func TestTLSIsForTCP(t *testing.T) {
	dir := unset(t)
	mine := pathsIn(testenv.NewAuthority(t).Write("me"))
	for host, want := range map[string]string{
		"unix:///var/run/docker.sock": "tls is for an engine at a tcp:// address",
		"ssh://me@there":              "tls is for an engine at a tcp:// address",
	} {
		if _, err := New(Options{Host: host, TLS: mine}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", host, err, want)
		}
	}
	if _, err := New(Options{Host: "tcp://there:2376", TLS: TLS{CA: filepath.Join(dir, "none.pem")}}); err == nil || !strings.Contains(err.Error(), "none.pem") {
		t.Errorf("for a file that is not there: %v", err)
	}
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	if _, err := New(Options{Host: "tcp://there:2376"}); err == nil || !strings.Contains(err.Error(), dir+" has no ca.pem") {
		t.Errorf("for a directory without certificates: %v", err)
	}
	if _, err := New(Options{Host: "unix:///var/run/docker.sock"}); err != nil {
		t.Errorf("a socket needs no certificates: %v", err)
	}
}

func TestSSH(t *testing.T) {
	far := testenv.NewSSH(t)
	unset(t)
	t.Setenv("PATH", far.Path+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("SSH_AUTH_SOCK", far.Agent)
	t.Run("serves", func(t *testing.T) { serves(t, Options{Host: far.Host}) })
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, far.Host) })
	t.Run("without a key", func(t *testing.T) {
		t.Setenv("SSH_AUTH_SOCK", "")
		unreached(t, Options{Host: far.Host}, "Permission denied (publickey")
	})
	t.Run("unknown host", func(t *testing.T) {
		write(t, "", far.Dir, "known_hosts")
		unreached(t, Options{Host: far.Host}, "Host key verification failed")
	})
	t.Run("without the program", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		unreached(t, Options{Host: far.Host}, `"ssh": executable file not found`)
	})
}

// A server lets in few at once, and refuses the rest.
func manyAtOnce(t *testing.T, host string) {
	e, err := New(Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Platform(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	const calls = 30
	for range calls {
		go func() {
			_, err := e.client.Info(t.Context())
			failed <- err
		}()
	}
	for range calls {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

func TestWhatToDoAboutSSH(t *testing.T) {
	said := sshSaid + "Permission denied (publickey).\r\n"
	err := unreachable{"ssh://me@there:2222", sshError{fmt.Errorf("command [ssh] has exited with 255: %s", said)}}
	if got, want := err.Error(), "cannot reach the engine at ssh://me@there:2222: ssh: Permission denied (publickey)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	refused := sshError{errors.New(sshSaid + "ssh: connect to host there port 22: Connection refused")}
	if got, want := refused.Error(), "ssh: connect to host there port 22: Connection refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "See that this works without a question: ssh -p 2222 me@there docker version"
	if got := apply.Hint(fmt.Errorf("read: %w", err)); got != want {
		t.Errorf("got hint %q, want %q", got, want)
	}
	for _, host := range []string{"ssh://-oProxyCommand=id", "ssh://me@$(id)", "ssh://-x@there"} {
		err.host = host
		if got := apply.Hint(err); strings.Contains(got, "docker version") {
			t.Errorf("%s: got hint %q, which a shell would take for something else", host, got)
		}
	}
}

func TestARelativeSocket(t *testing.T) {
	for host, want := range map[string]bool{"unix://var/run/docker.sock": true, "unix:///var/run/docker.sock": false} {
		if got := apply.Hint(unreachable{host: host}); strings.Contains(got, "three slashes") != want {
			t.Errorf("%s: got hint %q", host, got)
		}
	}
}
