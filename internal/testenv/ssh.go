package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// SSH is an engine behind a real sshd, which lets in who has one key, and a user
// with that key in an agent.
type SSH struct {
	Host string // such as "ssh://root@127.0.0.1:41234"
	// Path is a directory with an ssh that reads the user's settings from Dir in
	// place of those of the home directory. It has to come first in PATH.
	Path string
	// Agent is where the agent listens, for SSH_AUTH_SOCK.
	Agent string
	Dir   string // with known_hosts
}

// NewSSH starts an sshd, in whose sessions the docker command finds the engine
// that [Require] returns, and an agent; both end with the test. Where there is
// none, Debian's is installed.
func NewSSH(tb testing.TB) *SSH {
	tb.Helper()
	engine := Require(tb)
	sshd, err := sshdProgram(tb.Context())
	if err != nil {
		tb.Fatalf("sshd: %v", err)
	}
	who, err := user.Current()
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "bp") // the path of a socket is short
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	address := freeAddress(tb)
	s := &SSH{Host: "ssh://" + who.Username + "@" + address, Path: filepath.Join(dir, "bin"), Agent: filepath.Join(dir, "agent"), Dir: dir}
	s.write(tb, address, engine.Host)
	startUntilEnd(tb, exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd_config")))
	startUntilEnd(tb, exec.Command("ssh-agent", "-D", "-a", s.Agent))
	Eventually(tb, 20*time.Second, "sshd", func() error {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err
	})
	Eventually(tb, 20*time.Second, "ssh-agent", func() error {
		add := exec.Command("ssh-add", "-q", filepath.Join(dir, "key"))
		add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+s.Agent)
		_, err := output(add)
		return err
	})
	return s
}

// write makes keys and settings of both ends.
func (s *SSH) write(tb testing.TB, address, engine string) {
	tb.Helper()
	public := map[string]string{}
	for _, name := range []string{"host", "key"} {
		file := filepath.Join(s.Dir, name)
		if _, err := output(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file)); err != nil {
			tb.Fatal(err)
		}
		text, err := os.ReadFile(file + ".pub")
		if err != nil {
			tb.Fatal(err)
		}
		public[name] = strings.TrimSpace(string(text))
	}
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.Mkdir(s.Path, 0o755); err != nil {
		tb.Fatal(err)
	}
	at, port, _ := net.SplitHostPort(address)
	for name, text := range map[string]string{
		"authorized":  public["key"],
		"known_hosts": fmt.Sprintf("[%s]:%s %s", at, port, public["host"]),
		"sshd_config": fmt.Sprintf("ListenAddress %s\nHostKey %s/host\nAuthorizedKeysFile %s/authorized\nPidFile none\nStrictModes no\n"+
			"PasswordAuthentication no\nSetEnv DOCKER_HOST=%s", address, s.Dir, s.Dir, engine),
		"ssh_config": fmt.Sprintf("UserKnownHostsFile %s/known_hosts\nGlobalKnownHostsFile none\nStrictHostKeyChecking yes\nIdentityFile none", s.Dir),
		"bin/ssh":    fmt.Sprintf("#!/bin/sh\nexec %s -F %s/ssh_config \"$@\"", ssh, s.Dir),
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text+"\n"), 0o700); err != nil {
			tb.Fatal(err)
		}
	}
}

// startUntilEnd starts a program that ends with the test.
func startUntilEnd(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
}

// freeAddress returns a loopback address that nothing listens at.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// sshdProgram returns the path of sshd, which is installed if there is none, and
// makes the directory that it wants.
func sshdProgram(ctx context.Context) (string, error) {
	const program = "/usr/sbin/sshd"
	if _, err := os.Stat(program); err != nil {
		err := withLock(ctx, "sshd", func(string) error {
			if err := requireDebian(); err != nil {
				return fmt.Errorf("there is no %s, and %w", program, err)
			}
			refresh(ctx)
			_, err := apt(ctx, "install", "-y", "--no-install-recommends", "openssh-server")
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if os.Geteuid() != 0 {
		return program, nil
	}
	return program, os.MkdirAll("/run/sshd", 0o755)
}
