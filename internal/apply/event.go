package apply

import (
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Event is what Run tells its listener: StepStarted, StepPulling, StepDone,
// StepFailed, StepReleased or StepUndone. Every started step is later done or
// failed, only a done one is released, and only one of the two undone, each at
// most once.
type Event interface{ event() }

// EventStep is the step that an event is about.
type EventStep struct {
	Index   int // in the steps that Run was given
	Address topology.Address
	Op      plan.Op // the step's own, also when it is taken back
}

type (
	// StepStarted says that a step's call is about to be made.
	StepStarted struct{ EventStep }

	// StepPulling says how far the image is that a started step pulls or builds:
	// when that begins, then at most five times a second, and when it ends.
	StepPulling struct {
		EventStep
		Pulled
	}

	// StepDone says that a step's call succeeded.
	StepDone struct {
		EventStep
		Took time.Duration
	}

	// StepFailed says that a step's call came to nothing.
	StepFailed struct {
		EventStep
		Took time.Duration
		Err  error // as the Runtime returned it
	}

	// StepReleased says that what a step did has lasted as long as it may, and
	// was taken back while the rest went on; or, with Err, that this came to nothing.
	StepReleased struct {
		EventStep
		Undo plan.Op
		Took time.Duration
		Err  error
	}

	// StepUndone says that a step was taken back or, with Err, that this came
	// to nothing. Steps without an undo have no such event.
	StepUndone struct {
		EventStep
		Undo plan.Op
		Took time.Duration
		Err  error
	}
)

func (StepStarted) event()  {}
func (StepPulling) event()  {}
func (StepDone) event()     {}
func (StepFailed) event()   {}
func (StepReleased) event() {}
func (StepUndone) event()   {}
