package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// An app is root here, the most that it can be, and still can do nothing
// beyond what it declares. Whom it reaches is TestAppReachesNothingElse's to say.
func TestAppIsConfined(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(sleeper("web", "busybox:stable", `user = "0"`, `mounts = { "/scratch" = { tmpfs = "1m" } }`) +
		sleeper("bystander", "busybox:stable"))
	w.settled()
	status := w.must("web", "cat /proc/self/status")
	for _, line := range []string{"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(status, line+"\n") {
			t.Errorf("%q is not in\n%s", line, status)
		}
	}
	w.must("web", "echo kept >/scratch/a && test -s /scratch/a")
	for _, line := range []string{
		"touch /a", "touch /etc/a", "touch /tmp/a", "touch /run/a", "touch /proc/sys/kernel/hostname",
		"chown 1000 /scratch/a", "mount -t tmpfs none /mnt", "mknod /scratch/null c 1 3", "hostname other",
	} {
		if out, code := w.exec(w.only("web").ID, "sh", "-c", line); code == 0 {
			t.Errorf("it can %s: %s", line, out)
		}
	}
	w.destroy()
}

// What forks without end comes to its limit, and the others go on. It is a
// small limit, for a machine that others use.
func TestForkBombEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(sleeper("web", "busybox:stable", "pids = 64", `memory = "64m"`) + sleeper("bystander", "busybox:stable"))
	w.settled()
	before := w.lives()
	bomb := `n=0; while [ $n -lt 200 ]; do sleep 30 & n=$((n + 1)); done`
	out, code := w.exec(w.only("web").ID, "sh", "-c", bomb)
	if code == 0 || !strings.Contains(out, "fork") {
		t.Errorf("200 processes where 64 are the limit: exit code %d: %s", code, out)
	}
	w.must("bystander", "sleep 0 & wait; echo goes on")
	if after := w.lives(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("what ran as %v runs as %v", before, after)
	}
	w.destroy()
}
