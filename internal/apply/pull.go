package apply

import "time"

// pull is what a call says of the image that it pulls.
type pull struct {
	step int
	Pulled
}

// leastPause is the time between two events of one pull.
const leastPause = 200 * time.Millisecond

// throttle passes on the first report, those that come long enough after the
// one before, and in the end the last.
type throttle struct {
	pass   func(Pulled)
	passed time.Time
	held   *Pulled
}

func (t *throttle) report(p Pulled) {
	t.held = &p
	if time.Since(t.passed) >= leastPause {
		t.flush()
	}
}

func (t *throttle) flush() {
	if t.held != nil {
		t.pass(*t.held)
		t.held, t.passed = nil, time.Now()
	}
}
