package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// make makes changes of the app that go well. The turn makes those of one turn
// differ from those of the last.
func (e *example) make(turn int) {
	e.update(turn)
	e.scale(5)
	e.scale(2)
	e.scale(3)
	if !exhaustive {
		return
	}
	e.vars["greeting"] = fmt.Sprint("ahoy ", turn)
	e.changes("another variable")
	e.scale(1)
	e.app = fmt.Sprintf("labels = { turn = \"%d\" }", turn)
	e.changes("another label of the only one")
	e.scale(3)
}

func (e *example) scale(replicas int) {
	e.vars["replicas"] = replicas
	e.changes(fmt.Sprintf("%d replicas", replicas))
}

// update makes another image that of the app.
func (e *example) update(turn int) {
	e.vars["release"] = []string{"2.0", "1.0"}[turn%2]
	e.changes("another image")
}

// A change of an app costs those who use it nothing: with three replicas behind
// the gateway no request fails while it is made, and what the plan says of it is
// what the engine does.
func TestTrafficMeetsNoChange(t *testing.T) {
	t.Parallel()
	e := newExample(t)
	e.start()
	turns, requests := 1, 4_000
	if exhaustive {
		turns, requests = 2, 20_000
	}
	for turn := range turns {
		e.make(turn)
	}
	e.served(requests)
}

// changes makes a change of the app, and checks that it costs what the plan says
// and no request.
func (e *example) changes(what string) {
	e.t.Helper()
	e.configure()
	told, followed, before, begun := e.told(), e.follow(), e.load.so(), time.Now()
	e.applies()
	took := time.Since(begun)
	e.happened(told, deeds(followed.read()))
	if app := told["app.app"]; app.Down != "" || len(told) != 1 {
		e.t.Errorf("%s: the plan says that the app is down meanwhile: %q; it changes %v", what, app.Down, slices.Sorted(maps.Keys(told)))
	}
	e.since(before, fmt.Sprintf("%s, in %.1fs", what, took.Seconds()))
}
