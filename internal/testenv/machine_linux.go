package testenv

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// Machine is an engine of a test's own, to be stopped, killed and filled up. Its
// processes, mounts and network are apart from the host's, as if it were on another
// machine, and its disks are small. All of it ends with the test's process.
type Machine struct {
	*Env
	dir    string
	usr    string // what is laid over /usr, "" for nothing
	cgroup string
	daemon []string // its command line
	first  *exec.Cmd
	exited chan error // of the daemon that was started last
}

// Disk is a file system of a [Machine], of which only the engine's own files are on it.
type Disk string

// Disks of a machine.
const (
	Store   Disk = "data"         // images and containers, 192 MB
	Volumes Disk = "data/volumes" // volumes with what their labels say, 16 MB
)

// room is how large the two are.
type room struct{ store, volumes string }

var (
	small = room{"192M", "16M"}
	large = room{"4G", "1G"}
)

// machineStart is what the first process of a machine does. The containers are those
// of a daemon of their own, as where an init system starts both. When it ends, which it does
// with its standard input, the kernel ends all others and lets go of the disks.
const machineStart = `set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
ip link set lo up
cd "$0"
[ -z "$3" ] || mount -t overlay overlay -o "lowerdir=$3:/usr" /usr
truncate -s "$1" store
truncate -s "$2" volumes
mkfs.ext4 -q -m 0 store
mkfs.ext4 -q -m 0 -i 8192 volumes
mkdir data
mount -o loop store data
mkdir data/volumes
mount -o loop volumes data/volumes
rm store volumes
containerd --root "$0/data/containerd" >>log 2>&1 &
exec 3<&0
cat <&3 >/dev/null &
echo ready
wait $!
`

// NewMachine starts an engine with further arguments of its daemon, and gives it
// images that the engine of [Require] has. It takes root.
func NewMachine(tb testing.TB, images []string, args ...string) *Machine {
	tb.Helper()
	return newEngine(tb, "", small, images, args)
}

// NewLargeMachine is NewMachine with disks that also databases have room on.
func NewLargeMachine(tb testing.TB, images []string, args ...string) *Machine {
	tb.Helper()
	return newEngine(tb, "", large, images, args)
}

// NewCurrent is NewLargeMachine with an engine of today, whatever the host has: of Docker 26 or later.
func NewCurrent(tb testing.TB, images []string, args ...string) *Machine {
	tb.Helper()
	usr, err := currentEngine(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return newEngine(tb, usr, large, images, args)
}

func newEngine(tb testing.TB, usr string, with room, images, args []string) *Machine {
	tb.Helper()
	m := newMachine(tb, usr)
	m.daemon = append([]string{
		"dockerd", "--host=" + m.Host, "--containerd=/run/containerd/containerd.sock", "--data-root=" + filepath.Join(m.dir, string(Store)), "--pidfile=" + m.pidFile(),
		"--exec-opt=native.cgroupdriver=cgroupfs", "--cgroup-parent=/" + m.cgroup,
	}, args...)
	if err := m.bringUp(tb, with, images); err != nil {
		tb.Fatalf("an engine of its own: %v", err)
	}
	return m
}

// newMachine returns a machine on which nothing runs yet, and which ends with the test.
func newMachine(tb testing.TB, usr string) *Machine {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "bp") // the path of a socket is short
	if err != nil {
		tb.Fatal(err)
	}
	m := &Machine{Env: At(tb, "unix://"+filepath.Join(dir, "s")), dir: dir, usr: usr, cgroup: "bayplan-" + filepath.Base(dir)}
	tb.Cleanup(func() {
		if err := m.end(); err != nil {
			tb.Errorf("end of the machine: %v", err)
		}
	})
	return m
}

// bringUp starts the machine and its daemon, and gives it the images.
func (m *Machine) bringUp(tb testing.TB, with room, images []string) error {
	tb.Helper()
	if err := m.begin(with); err != nil {
		return err
	}
	if err := m.Start(tb.Context()); err != nil {
		return err
	}
	return m.take(tb.Context(), Require(tb).Docker, images)
}

// Log returns what the daemon has logged.
func (m *Machine) Log() (string, error) {
	text, err := os.ReadFile(m.logFile())
	return string(text), err
}

func (m *Machine) logFile() string { return filepath.Join(m.dir, "log") }

func (m *Machine) pidFile() string { return filepath.Join(m.dir, "pid") }

// begin starts the first process.
func (m *Machine) begin(with room) error {
	if os.Geteuid() != 0 {
		return errors.New("only root can start one")
	}
	m.first = exec.Command("sh", "-c", machineStart, m.dir, with.store, with.volumes, m.usr)
	m.first.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	var said strings.Builder
	m.first.Stderr = &said
	if _, err := m.first.StdinPipe(); err != nil { // which the end of this process closes
		return err
	}
	out, err := m.first.StdoutPipe()
	if err != nil {
		return err
	}
	if err := m.first.Start(); err != nil {
		return err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		return fmt.Errorf("its first process: %w", errors.Join(err, m.first.Wait(), errors.New(said.String())))
	}
	return nil
}

// Inside returns a command that runs on the machine, with the host's programs.
func (m *Machine) Inside(command ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", strconv.Itoa(m.first.Process.Pid), "-m", "-n", "-p", "--"}, command...)...)
}

// Start starts the daemon and returns when the engine answers.
func (m *Machine) Start(ctx context.Context) error {
	log, err := os.OpenFile(m.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	daemon := m.Inside(m.daemon...)
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		return fmt.Errorf("start the daemon: %w", err)
	}
	m.exited = make(chan error, 1)
	go func() { m.exited <- daemon.Wait() }()
	if err := awaitDaemon(ctx, m.Host, m.exited); err != nil {
		return fmt.Errorf("start the daemon: %w; its log ends: %s", err, lastLine(log.Name()))
	}
	return nil
}

// Stop ends the daemon as an init system does, and with it the containers unless
// it was started with --live-restore.
func (m *Machine) Stop() error { return m.signal("TERM") }

// Kill ends the daemon at once. Containers go on until the next one starts.
func (m *Machine) Kill() error { return m.signal("KILL") }

func (m *Machine) signal(name string) error {
	pid, err := os.ReadFile(m.pidFile())
	if err != nil {
		return err
	}
	if _, err := output(m.Inside("sh", "-c", "kill -"+name+" "+strings.TrimSpace(string(pid)))); err != nil {
		return err
	}
	err = <-m.exited
	if errors.As(err, new(*exec.ExitError)) { // it was to end
		return nil
	}
	return err
}

// fill ends when there is no more room, also where the file system keeps some for
// directories only.
const fill = `mkdir "$0" && cd "$0" && ! cat /dev/zero >zero 2>/dev/null && ! seq 5000 | xargs mkdir 2>/dev/null`

// Fill leaves no room on a disk.
func (m *Machine) Fill(d Disk) error {
	_, err := output(m.Inside("sh", "-c", fill, m.filler(d)))
	return err
}

// Clear makes room again on a disk that was filled.
func (m *Machine) Clear(d Disk) error {
	_, err := output(m.Inside("rm", "-r", m.filler(d)))
	return err
}

func (m *Machine) filler(d Disk) string { return filepath.Join(m.Dir(d), "filler") }

// Dir returns where a disk is, on the machine.
func (m *Machine) Dir(d Disk) string { return filepath.Join(m.dir, string(d)) }

// take loads images that another engine has.
func (m *Machine) take(ctx context.Context, from *client.Client, images []string) error {
	if len(images) == 0 {
		return nil
	}
	if err := Images(ctx, images...); err != nil {
		return err
	}
	saved, err := from.ImageSave(ctx, images)
	if err != nil {
		return err
	}
	defer saved.Close()
	loaded, err := m.Docker.ImageLoad(ctx, saved)
	if err != nil {
		return err
	}
	defer loaded.Body.Close()
	return follow(loaded.Body, nil)
}

// end ends all that runs on the machine and removes what it leaves on the host.
func (m *Machine) end() error {
	if m.first != nil && m.first.Process != nil {
		_ = m.first.Process.Kill()
		_ = m.first.Wait() // returns when all that ran there is gone
	}
	return cmp.Or(m.removeGroups(), os.RemoveAll(m.dir))
}

// removeGroups removes the control groups in which the containers were.
func (m *Machine) removeGroups() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	of, err := filepath.Glob("/sys/fs/cgroup/*/" + m.cgroup)
	for _, top := range append(of, "/sys/fs/cgroup/"+m.cgroup) {
		err = errors.Join(err, poll(ctx, 100*time.Millisecond, func() error { return removeGroup(top) }))
	}
	return err
}

// removeGroup removes a control group and those in it.
func removeGroup(dir string) error {
	inside, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range inside {
		if entry.IsDir() {
			err = errors.Join(err, removeGroup(filepath.Join(dir, entry.Name())))
		}
	}
	return cmp.Or(err, os.Remove(dir))
}
