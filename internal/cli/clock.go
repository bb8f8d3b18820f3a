package cli

import (
	"math"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// clock measures from the first event of each address to its last.
type clock struct {
	began, ended map[topology.Address]time.Time
}

func newClock() clock {
	return clock{map[topology.Address]time.Time{}, map[topology.Address]time.Time{}}
}

func (c clock) event(e apply.Event) {
	var of topology.Address
	switch e := e.(type) {
	case apply.StepStarted:
		of = e.Address
	case apply.StepDone:
		of = e.Address
	case apply.StepFailed:
		of = e.Address
	case apply.StepUndone:
		of = e.Address
	default:
		return
	}
	now := time.Now()
	if _, known := c.began[of]; !known {
		c.began[of] = now
	}
	c.ended[of] = now
}

// outcomes returns what became of each address, with the time that it took.
func (c clock) outcomes(result apply.Result) map[topology.Address]revision.Outcome {
	out := map[topology.Address]revision.Outcome{}
	for a, outcome := range result {
		took := c.ended[a].Sub(c.began[a]).Seconds()
		out[a] = revision.Outcome{Outcome: string(outcome), Seconds: math.Round(took*10) / 10}
	}
	return out
}
