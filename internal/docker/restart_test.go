package docker

import (
	"errors"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// A call to an engine that has answered before waits while its daemon restarts;
// the first call to one that is not there does not.
func TestCallsWaitForADaemonThatRestarts(t *testing.T) {
	t.Parallel()
	proxy := testenv.NewProxy(t, nil)
	scope := topology.Scope{Project: testenv.Project(t), Environment: "default"}
	open := func() *Engine {
		e, err := New(Options{Host: proxy.Host()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		return e
	}
	known, unknown := open(), open()
	if _, err := known.Holder(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	known.Close() // its connections
	answered := make(chan error, 1)
	err := proxy.Without(func() error {
		if _, err := unknown.Holder(t.Context(), scope); !errors.Is(err, apply.ErrUnreachable) {
			t.Errorf("an engine that is not there says %v", err)
		}
		go func() {
			_, err := known.Holder(t.Context(), scope)
			answered <- err
		}()
		testenv.Eventually(t, 10*time.Second, "a call that finds nobody", func() error {
			known.mu.Lock()
			defer known.mu.Unlock()
			if known.lost.IsZero() {
				return errors.New("there is none")
			}
			return nil
		})
		return nil
	})
	if err = errors.Join(err, <-answered); err != nil {
		t.Error(err)
	}
}
