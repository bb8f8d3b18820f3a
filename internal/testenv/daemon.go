package testenv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// errExited is the end of a daemon that had nothing to complain of.
var errExited = errors.New("without an error")

// startEngine installs the engine if its daemon is not there, starts the daemon,
// waits until it answers and removes what a killed one left of its networks. The caller holds the engine lock.
func startEngine(ctx context.Context, dir string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("nothing answers at %s, and only root can start an engine", defaultHost)
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		if err := installEngine(ctx); err != nil {
			return err
		}
		// On a machine with an init system the package has started it already.
		if ping(ctx, defaultHost) == nil {
			return nil
		}
	}
	if err := forgetDaemon("/var/run/docker.pid", "dockerd"); err != nil {
		return err
	}
	report(ctx, "engine: starting dockerd")
	if err := startDaemon(ctx, filepath.Join(dir, "dockerd.log"), defaultHost, "--host="+defaultHost); err != nil {
		return err
	}
	return removeStrayBridges(ctx, defaultHost)
}

func installEngine(ctx context.Context) error {
	if err := requireDebian(); err != nil {
		return fmt.Errorf("dockerd is not installed and %w", err)
	}
	report(ctx, "engine: installing docker.io")
	refresh(ctx)
	packages := []string{"docker.io", "iptables", "iproute2"}
	if known, _ := available(ctx, []string{"docker-cli"}); known["docker-cli"] != "" {
		packages = append(packages, "docker-cli") // a package of its own since Debian 13
	}
	_, err := apt(ctx, append([]string{"install", "-y", "--no-install-recommends"}, packages...)...)
	return err
}

// forgetDaemon removes the file in which a daemon that was killed has left its
// process id, when the process of that id is another by now: dockerd takes any
// for one of its own and does not start.
func forgetDaemon(pidFile, name string) error {
	text, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("process id of %s: %w", name, err)
	}
	comm, err := os.ReadFile("/proc/" + strings.TrimSpace(string(text)) + "/comm")
	if err == nil && strings.TrimSpace(string(comm)) == name {
		return nil
	}
	return os.Remove(pidFile)
}

// startDaemon starts dockerd in a session of its own, its output going to the
// file log, and returns when an engine answers at host.
func startDaemon(ctx context.Context, log, host string, args ...string) error {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("dockerd log: %w", err)
	}
	defer out.Close()
	cmd := exec.Command("dockerd", args...)
	cmd.Stdout, cmd.Stderr = out, out
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start dockerd: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if err := awaitDaemon(ctx, host, exited); err != nil {
		return fmt.Errorf("start dockerd: %w; its log %s ends: %s", err, log, lastLine(log))
	}
	return nil
}

// awaitDaemon returns when an engine answers at host, or when it can no longer:
// the daemon exited or took too long.
func awaitDaemon(ctx context.Context, host string, exited <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	var exit error
	err := poll(ctx, 100*time.Millisecond, func() error {
		select {
		case err := <-exited:
			exit = fmt.Errorf("it exited: %w", cmp.Or(err, errExited))
		default:
		}
		// Asked even then: an init system may have started another meanwhile.
		err := ping(ctx, host)
		if err != nil && exit != nil {
			cancel()
		}
		return err
	})
	if err != nil && exit != nil {
		return exit
	}
	return err
}

// lastLine is the last line of the last 4 KiB of a file, or what went wrong.
func lastLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > 4096 {
		_, _ = file.Seek(-4096, io.SeekEnd)
	}
	tail, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(tail)), "\n")
	return lines[len(lines)-1]
}
