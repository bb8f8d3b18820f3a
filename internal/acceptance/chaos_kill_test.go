package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
)

// chaosRun is a workspace whose applies can be killed.
type chaosRun struct {
	*workspace
	proxy  *testenv.Proxy
	memory *engine.Engine // behind the proxy, nil where that is the real one
}

func newChaosRun(t *testing.T) *chaosRun {
	t.Helper()
	w := &chaosRun{workspace: newWorkspace(t), proxy: testenv.NewProxy(t, nil)}
	w.through(w.proxy)
	return w
}

// isWrite tells the calls that change something. To run a health check's command
// is a post as well, but how often that happens depends on time.
func isWrite(c testenv.Call) bool {
	return !c.Read && !strings.HasPrefix(c.Path, "/exec/") && !strings.HasSuffix(c.Path, "/exec")
}

// killed applies, and kills terraform and the provider at a point, as kill does.
func (w *chaosRun) killed(p chaosPoint, args ...string) bool {
	w.t.Helper()
	return w.kill(w.command(append([]string{"apply", "-auto-approve"}, args...)...), p)
}

// kill runs an apply and kills it at a point, and reports whether it did. One that
// ends before that, since it needed fewer writes this time, has to succeed.
func (w *chaosRun) kill(apply *exec.Cmd, p chaosPoint) bool {
	w.t.Helper()
	// Its own group, so that the provider, its child, can be killed with it.
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	apply.Stdout, apply.Stderr = &out, &out
	started, ended, done := make(chan struct{}), make(chan struct{}), atomic.Bool{}
	kill := func() {
		<-started
		defer close(ended)
		done.Store(true)
		if err := syscall.Kill(-apply.Process.Pid, syscall.SIGKILL); err != nil {
			w.t.Errorf("kill: %v", err)
		}
		w.gone()
	}
	var writes atomic.Int32
	w.proxy.SetHook(func(c testenv.Call) testenv.Action {
		switch {
		case !isWrite(c) || int(writes.Add(1)) != p.n:
			return testenv.Forward()
		case p.after:
			return testenv.DropAfter().After(kill)
		}
		kill()
		return testenv.Drop()
	})
	if err := apply.Start(); err != nil {
		w.t.Fatal(err)
	}
	close(started)
	err := apply.Wait()
	w.proxy.SetHook(nil)
	if done.Load() {
		<-ended // before others are started, which would be taken for those that are killed
	} else if err != nil {
		w.t.Fatalf("apply fails before it is killed: %v\n%s", err, out.String())
	}
	w.t.Logf("killed: %v after %d writes", done.Load(), writes.Load())
	return done.Load()
}

// gone waits until no process is left that was started in the workspace.
func (w *workspace) gone() {
	testenv.Eventually(w.t, time.Minute, "the end of terraform and the provider", func() error {
		links, err := filepath.Glob("/proc/[0-9]*/cwd")
		for _, link := range links {
			if at, _ := os.Readlink(link); at == w.dir {
				status, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "stat"))
				err = errors.Join(err, fmt.Errorf("there is %s", status))
			}
		}
		return err
	})
}
