package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// rollChange is a change of the app that goes well.
type rollChange struct {
	what string
	make func(*rollout)
}

// rollChanges are tried one after the other. The last lead back to the first state
// but for what is counted by n.
func rollChanges(n int) []rollChange {
	replicas := func(to int) rollChange {
		return rollChange{fmt.Sprintf("%d replicas", to), func(r *rollout) { r.vars["replicas"] = to }}
	}
	return []rollChange{
		{"another image", func(r *rollout) { r.vars["release"] = []string{"2.0", "1.0"}[n%2] }},
		{"another variable", func(r *rollout) { r.vars["greeting"] = fmt.Sprint("ahoy ", n) }},
		replicas(5), replicas(2), replicas(3),
		{"another label", func(r *rollout) { r.app = fmt.Sprintf("labels = { turn = \"%d\" }", n) }},
	}
}

// A change of an app costs those who use it nothing: with three replicas behind
// the gateway no request fails while it is made, and what the plan says of it is
// what the engine does.
func TestTrafficMeetsNoChange(t *testing.T) {
	t.Parallel()
	r := newRollout(t, "")
	r.start()
	turns := 1
	if exhaustive {
		turns = 2
	}
	for n := range turns {
		for _, c := range rollChanges(n) {
			c.make(r)
			r.changes(c.what)
		}
	}
	r.served(map[bool]int{false: 4_000, true: 20_000}[exhaustive])
}

// changes applies a change of the app, and checks that it costs what the plan
// tells and no request.
func (r *rollout) changes(what string) {
	r.t.Helper()
	r.configure()
	told, followed, before, begun := r.told(), r.follow(), r.load.so(), time.Now()
	r.applies()
	took := time.Since(begun)
	r.happened(told, deeds(followed.read()))
	if app := told["app.app"]; app.Down != "" || len(told) != 1 {
		r.t.Errorf("%s: the plan says that the app is down meanwhile: %q; it changes %v", what, app.Down, slices.Sorted(maps.Keys(told)))
	}
	r.since(before, fmt.Sprintf("%s, in %.1fs", what, took.Seconds()))
}

// since checks that no request has failed since before, and logs how many there were.
func (r *rollout) since(before trafficReport, what string) {
	r.t.Helper()
	now := r.load.so()
	r.t.Logf("%s: %d requests, %d failed", what, now.requests-before.requests, now.failed-before.failed)
	if now.failed > before.failed {
		r.t.Errorf("%s: %s", what, now)
	}
}

// served waits until there have been so many requests, ends the traffic and
// checks that none failed.
func (r *rollout) served(requests int) {
	r.t.Helper()
	r.load.await(r.t, requests)
	report := r.load.stop()
	r.t.Log(report)
	if report.failed > 0 {
		r.t.Error("requests failed")
	}
}
