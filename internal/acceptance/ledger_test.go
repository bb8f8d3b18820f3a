package acceptance

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// The writes of an apply that changes a limit: lock, beginning, the change, end.
const (
	writesBegin = 2
	writesLimit = 3
	writesEnd   = 4
)

// withLimit is an app with a memory limit.
func withLimit(megabytes int) string { return idle("web", fmt.Sprintf("memory = \"%dm\"", megabytes)) }

// Wherever an apply is killed, all revisions can be read, at most its own is
// interrupted, and the next apply makes what is configured.
func TestLedgerSurvivesAKill(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newChaosRun(t)
	w.write(withLimit(32))
	w.bayplan("apply", "--auto-approve")
	want := []string{"1 done"}
	for i, at := range []struct {
		chaosPoint
		left string // of the killed apply
		next string // of the one after it
	}{
		{chaosPoint{n: writesBegin, after: false}, "", "done"},
		{chaosPoint{n: writesBegin, after: true}, "interrupted", "done"},
		{chaosPoint{n: writesLimit, after: true}, "interrupted", ""},
		{chaosPoint{n: writesEnd, after: false}, "interrupted", ""},
		{chaosPoint{n: writesEnd, after: true}, "done", ""},
	} {
		w.write(withLimit(33 + i))
		apply, _, _ := w.prepare("apply", "--auto-approve")
		w.kill(apply, at.chaosPoint)
		for _, status := range []string{at.left, at.next} {
			if status != "" {
				want = append(want, fmt.Sprintf("%d %s", len(want)+1, status))
			}
		}
		w.unlock()
		w.bayplan("apply", "--auto-approve")
		w.bayplan("plan", "--detailed-exitcode")
		if diff := cmp.Diff(want, w.statuses()); diff != "" {
			t.Fatalf("revisions after a kill at %+v (-want +got):\n%s", at.chaosPoint, diff)
		}
	}
	w.bayplan("revert", "1", "--auto-approve")
	if limit := w.only("web").HostConfig.Memory; limit != 32<<20 {
		t.Errorf("reverted, the limit is %d", limit)
	}
}

// unlock takes the lock from an apply that was killed.
func (w *workspace) unlock() {
	w.t.Helper()
	found := lockedBy.FindStringSubmatch(w.bayplanRefuses("apply", "--auto-approve"))
	if found == nil {
		w.t.Fatal("the killed apply has left no lock")
	}
	w.bayplan("force-unlock", found[3])
}

// statuses returns the number and the status of each revision, the oldest first.
func (w *workspace) statuses() []string {
	w.t.Helper()
	var out []string
	for _, found := range regexp.MustCompile(`(?m)^revision (\d+) \w+ (\w+)`).FindAllStringSubmatch(w.bayplan("history"), -1) {
		out = append(out, found[1]+" "+found[2])
	}
	slices.Reverse(out)
	return out
}

// What cannot be recorded is not begun; what cannot be recorded in the end is
// done, and said.
func TestLedgerThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newChaosRun(t)
	w.write(withLimit(32))
	w.bayplan("apply", "--auto-approve")
	full := func(write int32) {
		var writes atomic.Int32
		w.proxy.SetHook(func(c testenv.Call) testenv.Action {
			if isWrite(c) && writes.Add(1) == write {
				return testenv.Status(http.StatusInsufficientStorage)
			}
			return testenv.Forward()
		})
	}
	w.write(withLimit(33))
	full(writesBegin)
	if said := w.bayplanRefuses("apply", "--auto-approve"); !regexp.MustCompile(`^bayplan: revision 2: .*, and nothing was changed\n$`).MatchString(said) {
		t.Errorf("without room for the beginning it says:\n%s", said)
	}
	if limit := w.only("web").HostConfig.Memory; limit != 32<<20 {
		t.Errorf("the limit is %d, though nothing was to be changed", limit)
	}
	full(writesEnd)
	if said := w.bayplanRefuses("apply", "--auto-approve"); !strings.HasPrefix(said, "bayplan: revision 2: ") {
		t.Errorf("without room for the end it says:\n%s", said)
	}
	w.proxy.SetHook(nil)
	if limit := w.only("web").HostConfig.Memory; limit != 33<<20 {
		t.Errorf("the limit is %d, though only the end was not recorded", limit)
	}
	if diff := cmp.Diff([]string{"1 done", "2 interrupted"}, w.statuses()); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

// Applies at once make one revision each, one after the other.
func TestLedgerOfManyAppliesAtOnce(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(`variable "limit" {}` + strings.Replace(withLimit(32), `"32m"`, "var.limit", 1))
	w.bayplan("apply", "--auto-approve", "--var", "limit=32m")
	const applies = 4
	tried(t, trial{"races", fmt.Sprintf("%d applies, each waits its turn", applies), "real"}, 1)
	ends := make(chan error, applies)
	for i := range applies {
		c, _, said := w.prepare("apply", "--auto-approve", "--lock-timeout", "2m", "--var", fmt.Sprintf("limit=%dm", 40+i), "--message", fmt.Sprint(i))
		go func() {
			err := c.Run()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, said)
			}
			ends <- err
		}()
	}
	for range applies {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"1 done", "2 done", "3 done", "4 done", "5 done"}, w.statuses()); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

// An apply that fails is taken back also where nothing is recorded: to what is
// live, as far as that tells, with the data.
func TestRollbackWithoutALedger(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"busybox:stable", "redis:7"} {
		testenv.Image(t, tag)
	}
	w := newWorkspace(t)
	w.write(`
variable "ends" { default = 0 }
variable "log" { default = "info" }
` + files + cache(`memory = "64m"`) + related + site("web", `env = { LOG = var.log }`, `
  mounts        = { "/files" = { volume = bayplan_volume.files.id } }
  relationships = { kv = bayplan_relationship.cache }`) + idle("ends", `
  count         = var.ends
  restart       = "no"
  entrypoint    = ["false"]
  relationships = { web = bayplan_app.web }`))
	w.bayplan("apply", "--auto-approve")
	before := w.objects()
	ours := w.ours()
	ours.Add("label", "io.bayplan.kind=revision")
	recorded, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{Filters: ours})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range recorded.Volumes {
		if err := w.engine.Docker.VolumeRemove(w.ctx(), v.Name, false); err != nil {
			t.Fatal(err)
		}
	}
	w.bayplanRefuses("apply", "--auto-approve", "--rollback", "--var", "ends=1", "--var", "log=debug")
	after := strings.ReplaceAll(strings.Join(w.objects(), "\n"), "-web-3-1", "-web-1-1")
	if diff := cmp.Diff(strings.Join(before, "\n"), after); diff != "" {
		t.Errorf("what is live (-before +after):\n%s", diff)
	}
	w.bayplan("plan", "--detailed-exitcode")
}
