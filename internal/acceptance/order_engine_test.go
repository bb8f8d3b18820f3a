package acceptance

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// healthy is the action that a check of a container's health has succeeded,
// whether the engine made it or was asked to.
const healthy = "healthy"

// happening is what the engine says of the container of an app.
type happening struct{ app, action string }

// chronicle hears what happens to the containers of a project.
type chronicle struct {
	mu    sync.Mutex
	heard []happening
}

// chronicle hears what happens from now on until the test ends.
func (w *workspace) chronicle() *chronicle {
	w.t.Helper()
	c := &chronicle{}
	of := w.ours()
	of.Add("type", string(events.ContainerEventType))
	said, failed := w.engine.Docker.Events(w.t.Context(), events.ListOptions{Since: since(time.Now()), Filters: of})
	go func() {
		for {
			select {
			case event := <-said:
				c.hear(event)
			case <-failed:
				return
			}
		}
	}()
	return c
}

// since is a moment as the engine takes it.
func since(at time.Time) string { return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()) }

func (c *chronicle) hear(event events.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := happening{event.Actor.Attributes["io.bayplan.name"], string(event.Action)}
	if event.Action == events.ActionExecDie && event.Actor.Attributes["exitCode"] == "0" {
		h.action = healthy
	}
	c.heard = append(c.heard, h)
}

func (c *chronicle) all() []happening {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.heard)
}

// wait waits until an action was heard of a number of containers, and fails when
// it is of more.
func (c *chronicle) wait(t *testing.T, count int, action string) {
	t.Helper()
	testenv.Eventually(t, callLimit, fmt.Sprintf("%d times %s", count, action), func() error {
		heard := 0
		for _, h := range c.all() {
			if h.action == action {
				heard++
			}
		}
		if heard != count {
			return fmt.Errorf("it is %d times", heard)
		}
		return nil
	})
}

// before checks that the first of one happening is before the first of another.
func (c *chronicle) before(t *testing.T, first, then happening) {
	t.Helper()
	all := c.all()
	a, b := slices.Index(all, first), slices.Index(all, then)
	if a < 0 || b < a {
		t.Errorf("%v is not before %v, but in the places %d and %d", first, then, a, b)
	}
}

// flow sees how many calls that change something run at once. After the first
// starts it holds further ones back until as many as are wanted have come.
type flow struct {
	first, want int

	mu            sync.Mutex
	running, most int
	starts        int
	all           chan struct{} // is closed when all have come
}

func newFlow(first, want int) *flow {
	return &flow{first: first, want: want, all: make(chan struct{})}
}

func (f *flow) hook(c testenv.Call) testenv.Action {
	if !isWrite(c) {
		return testenv.Forward()
	}
	f.begin()
	if c.Key() == "POST /containers/{id}/start" {
		f.hold()
	}
	return testenv.Forward().After(f.done)
}

func (f *flow) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running++
	f.most = max(f.most, f.running)
}

func (f *flow) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
}

func (f *flow) hold() {
	f.mu.Lock()
	f.starts++
	n := f.starts
	if n == f.first+f.want {
		close(f.all)
	}
	f.mu.Unlock()
	if n <= f.first {
		return
	}
	select {
	case <-f.all:
	case <-time.After(callLimit / 2):
	}
}

// gathered checks that as many starts as are wanted ran at once.
func (f *flow) gathered(t *testing.T) {
	t.Helper()
	select {
	case <-f.all:
	default:
		t.Errorf("no %d starts ran at once", f.want)
	}
}
