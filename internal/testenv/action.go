package testenv

import "time"

// Hook decides what a [Proxy] does with a call. It is called for each request
// before anything is forwarded, by many goroutines at once, and may block: only
// its own call waits.
type Hook func(Call) Action

// Action is what becomes of one call. The zero value is [Forward].
type Action struct {
	fault  fault
	status int
	delay  time.Duration
	before func()
	after  func()
}

type fault int

const (
	none fault = iota
	refuse
	hang
	drop
	dropAfter
	cutShort
)

// Forward passes the call to the engine and its answer to the client.
func Forward() Action { return Action{} }

// Status answers with this HTTP status and an error message in the engine's
// form. The engine never sees the call.
func Status(code int) Action { return Action{fault: refuse, status: code} }

// Hang answers nothing until the client goes away. The engine never sees the call.
func Hang() Action { return Action{fault: hang} }

// Drop closes the connection without an answer. The engine never sees the call.
// Clients may repeat a read, or any call with no body, on a new connection: Go's
// does for reads on a connection it had used before.
func Drop() Action { return Action{fault: drop} }

// DropAfter lets the engine finish the call and then closes the connection
// without an answer: what was done is done, and the client cannot know. The
// engine finishes even when the client goes away first. An answer that has no
// end, such as that of GET /events, is waited for until the proxy closes.
func DropAfter() Action { return Action{fault: dropAfter} }

// Cut lets the engine finish the call, delivers half of its answer's body and
// closes the connection. Of an answer without one nothing is delivered.
func Cut() Action { return Action{fault: cutShort} }

// Delay holds the call for that long before it passes it on, unless the client
// goes away.
func Delay(d time.Duration) Action { return Action{delay: d} }

// Before returns the action with a function that is called just before the call
// is forwarded. It is not called when nothing is.
func (a Action) Before(fn func()) Action {
	a.before = fn
	return a
}

// After returns the action with a function that is called when the engine has
// answered and before the first byte of it is delivered; delivery waits for it.
// For [DropAfter] the engine's answer is complete by then; for [Hang] it is called
// when the client has gone.
//
// To end a process at a point where the engine has acted and the process does
// not know: DropAfter().After(kill).
func (a Action) After(fn func()) Action {
	a.after = fn
	return a
}
