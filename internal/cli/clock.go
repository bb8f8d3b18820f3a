package cli

import (
	"math"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// clock measures each address: from its first event to its last and, of one that
// is recreated, from the first stop of an old instance until the new ones serve.
type clock struct {
	recreated map[topology.Address]bool

	began, ended, down, up map[topology.Address]time.Time
}

func newClock(changes []plan.Change) clock {
	c := clock{map[topology.Address]bool{}, map[topology.Address]time.Time{}, map[topology.Address]time.Time{}, map[topology.Address]time.Time{}, map[topology.Address]time.Time{}}
	for _, change := range changes {
		c.recreated[change.Address] = change.Impact.Down != "" && change.Impact.Replace > 0
	}
	return c
}

func (c clock) event(e apply.Event) {
	var of apply.EventStep
	switch e := e.(type) {
	case apply.StepStarted:
		of = e.EventStep
	case apply.StepDone:
		of = e.EventStep
		c.served(of)
	case apply.StepFailed:
		of = e.EventStep
	case apply.StepUndone:
		of = e.EventStep
	default:
		return
	}
	now := time.Now()
	if _, known := c.began[of.Address]; !known {
		c.began[of.Address] = now
	}
	if _, stops := of.Op.(plan.StopInstance); stops && c.down[of.Address].IsZero() {
		c.down[of.Address] = now
	}
	c.ended[of.Address] = now
}

// served notes that a new instance of a recreated address does its work.
func (c clock) served(s apply.EventStep) {
	_, awaited := s.Op.(plan.AwaitInstance)
	if awaited && c.recreated[s.Address] && !c.down[s.Address].IsZero() {
		c.up[s.Address] = time.Now()
	}
}

// outcomes returns what became of each address, with the time that it took.
func (c clock) outcomes(result apply.Result) map[topology.Address]revision.Outcome {
	out := map[topology.Address]revision.Outcome{}
	for a, outcome := range result {
		o := revision.Outcome{Outcome: string(outcome), Seconds: tenths(c.ended[a].Sub(c.began[a]))}
		if up, served := c.up[a]; served && outcome == apply.OutcomeDone {
			o.Down = tenths(up.Sub(c.down[a]))
		}
		out[a] = o
	}
	return out
}

func tenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

// downtimes returns how long addresses were down when they were last recreated.
func (l *ledger) downtimes() map[topology.Address]time.Duration {
	out := map[topology.Address]time.Duration{}
	for _, r := range l.revisions {
		for a, o := range r.Outcomes {
			if o.Down > 0 {
				out[a] = time.Duration(o.Down * float64(time.Second))
			}
		}
	}
	return out
}
