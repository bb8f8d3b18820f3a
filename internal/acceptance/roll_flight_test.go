package acceptance

import (
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"
)

// A request that takes 5 s and is under way when its instance is replaced gets
// its answer from that instance.
func TestTrafficInFlightIsAnswered(t *testing.T) {
	t.Parallel()
	e := newExample(t)
	e.app = `stop_grace_period = "15s"`
	e.vars["replicas"] = 2
	e.start()
	slow := startTraffic(t, e.address, 4, get("/slow"))
	slow.await(t, 4)
	e.vars["greeting"] = "ahoy"
	e.configure()
	followed := e.follow()
	e.applies()
	old := drained(followed.read())
	if len(old) != 2 {
		t.Errorf("%d instances, not 2, were asked to end", len(old))
	}
	for instance, took := range old {
		if took < 2*time.Second || took > 10*time.Second {
			t.Errorf("%s ended %s after it was asked to; its last request, one of four a second, takes 5 s", instance, took)
		}
	}
	report := slow.stop()
	t.Logf("slow ones: %s", report)
	if report.failed > 0 || report.slowest > 10*time.Second {
		t.Error("requests failed or were sent again")
	}
	e.served(0)
}

// drained returns how long each instance that was asked to end took, by name.
func drained(entries []events.Message) map[string]time.Duration {
	asked, out := map[string]int64{}, map[string]time.Duration{}
	for _, m := range entries {
		name := m.Actor.Attributes["name"]
		switch at, was := asked[name]; {
		case m.Action == events.ActionKill && !was:
			asked[name] = m.TimeNano
		case m.Action == events.ActionDie && was:
			out[name] = time.Duration(m.TimeNano - at)
		}
	}
	return out
}
