package acceptance

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// lockedBy is what the command says of a lock that another holds.
var lockedBy = regexp.MustCompile(`(?m)^bayplan: locked by \S+@\S+, process (\d+) for apply since (\S+)\n.*bayplan force-unlock ([a-z0-9]{8})\.$`)

// holder is who holds a lock, as another one says.
type holder struct{ process, since, id string }

// locked checks that a message says who holds the lock, since a moment of the test.
func locked(t *testing.T, said string, after time.Time) holder {
	t.Helper()
	found := lockedBy.FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("nobody is said to hold the lock: %s", said)
	}
	since, err := time.Parse(time.RFC3339, found[2])
	if err != nil || since.Before(after.Truncate(time.Second)) || since.After(time.Now()) {
		t.Errorf("the lock is held since %s, %v", found[2], err)
	}
	return holder{found[1], found[2], found[3]}
}

// Of many applies at once one makes what is configured, and the others make
// nothing and say who does.
func TestOneOfManyAppliesAtOnceChangesSomething(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	const applies = 4
	tried(t, trial{"races", fmt.Sprintf("%d applies for a lock", applies), "real"}, 1)
	w := newWorkspace(t)
	p := testenv.NewProxy(t, nil)
	w.through(p)
	w.write(idle("web", ""))
	began := time.Now()
	lost := make(chan struct{}) // is closed when all others have ended
	p.SetHook(func(c testenv.Call) testenv.Action {
		if c.Key() == "POST /containers/create" {
			<-lost
		}
		return testenv.Forward()
	})
	type end struct {
		process int
		said    string
		err     error
	}
	ends := make(chan end, applies)
	for range applies {
		c, _, stderr := w.prepare("apply", "--auto-approve")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			err := c.Wait()
			ends <- end{c.Process.Pid, stderr.String(), err}
		}()
	}
	holders := map[holder]bool{}
	for range applies - 1 {
		e := <-ends
		if e.err == nil {
			t.Error("a second one holds the lock")
		}
		holders[locked(t, e.said, began)] = true
	}
	close(lost)
	won := <-ends
	if won.err != nil {
		t.Fatalf("the one that holds the lock fails: %v\n%s", won.err, won.said)
	}
	for h := range holders {
		if len(holders) != 1 || h.process != fmt.Sprint(won.process) {
			t.Errorf("the lock is said to be held by %v, and process %d held it", holders, won.process)
		}
	}
	if made := p.Counts()["POST /containers/create"]; made != 1 {
		t.Errorf("%d containers are made", made)
	}
	w.bayplan("plan", "--detailed-exitcode")
}

// An apply that waits for the lock finds done what the other one did.
func TestApplyThatWaitedFindsNothingToDo(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	p := testenv.NewProxy(t, nil)
	w.through(p)
	w.write(idle("web", ""))
	created, waiting := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.SetHook(func(c testenv.Call) testenv.Action {
		if c.Key() == "POST /containers/create" {
			once.Do(func() { close(created) })
			<-waiting
		}
		return testenv.Forward()
	})
	first, _, said := w.prepare("apply", "--auto-approve")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-created
	second, shown, _ := w.prepare("apply", "--auto-approve", "--lock-timeout", "2m")
	told := &announced{text: "Waiting: locked by ", heard: waiting}
	second.Stderr = told
	if err := second.Run(); err != nil {
		t.Fatalf("the one that waits fails: %v\n%s", err, told.said.String())
	}
	if err := first.Wait(); err != nil {
		t.Fatalf("the first one fails: %v\n%s", err, said)
	}
	if !regexp.MustCompile(`(?m)^No changes\.`).Match(shown.Bytes()) {
		t.Errorf("the second one finds something to do:\n%s", shown)
	}
	if made := p.Counts()["POST /containers/create"]; made != 1 {
		t.Errorf("%d containers are made", made)
	}
}

// announced closes a channel when it is told a text.
type announced struct {
	text  string
	heard chan struct{}
	once  sync.Once
	said  bytes.Buffer
}

func (a *announced) Write(b []byte) (int, error) {
	n, err := a.said.Write(b)
	if strings.Contains(a.said.String(), a.text) {
		a.once.Do(func() { close(a.heard) })
	}
	return n, err
}

// Whoever is killed in the midst of an apply leaves the lock, which can be taken
// away by its id only. The next apply then does the rest, and once.
func TestKilledHolderLeavesALockToBreak(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	p := testenv.NewProxy(t, nil)
	w.through(p)
	w.write(idle("bottom", "") + idle("top", needing("bottom")) + idle("other", ""))
	began := time.Now()
	process := w.killedAtStart(p)
	h := locked(t, w.bayplanRefuses("apply", "--auto-approve"), began)
	if h.process != fmt.Sprint(process) {
		t.Errorf("the lock is said to be held by process %s, and %d was killed", h.process, process)
	}
	if said := w.bayplanRefuses("force-unlock", "aaaaaaaa"); !strings.HasPrefix(said, "bayplan: the lock aaaaaaaa is not there: locked by ") {
		t.Errorf("another lock is taken away: %s", said)
	}
	locked(t, w.bayplanRefuses("apply", "--auto-approve"), began)
	if said := w.bayplan("force-unlock", h.id); said != "Unlocked.\n" {
		t.Errorf("force-unlock says %q", said)
	}
	w.bayplan("apply", "--auto-approve")
	w.bayplan("plan", "--detailed-exitcode")
	for _, app := range []string{"bottom", "top", "other"} {
		if c := w.only(app); !c.State.Running {
			t.Errorf("%s is %s", app, c.State.Status)
		}
	}
	w.bayplan("destroy", "--auto-approve")
	if left := w.objects(); len(left) > 0 {
		t.Errorf("there is left %v", left)
	}
}

// killedAtStart kills an apply when the engine has started the second container
// and the apply does not know, and returns the process.
func (w *workspace) killedAtStart(p *testenv.Proxy) int {
	w.t.Helper()
	c, stdout, _ := w.prepare("apply", "--auto-approve", "--parallelism=1")
	running := make(chan *exec.Cmd, 1)
	var starts atomic.Int32
	p.SetHook(func(call testenv.Call) testenv.Action {
		if call.Key() != "POST /containers/{id}/start" || starts.Add(1) != 2 {
			return testenv.Forward()
		}
		return testenv.DropAfter().After(func() { _ = (<-running).Process.Signal(syscall.SIGKILL) })
	})
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	running <- c
	if err := c.Wait(); err == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		w.t.Fatalf("it is not killed: %v\n%s", err, stdout)
	}
	p.SetHook(nil)
	return c.Process.Pid
}
