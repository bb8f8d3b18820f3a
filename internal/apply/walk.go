package apply

import (
	"container/heap"
	"context"
	"time"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// state is how far a step has come.
type state int

const (
	pending state = iota
	running
	done
	failed
	skipped // never to be started
	undoing
	undone
)

// walk is one run. All but the calls themselves happens in one goroutine.
type walk struct {
	rt       Runtime
	scope    topology.Scope
	steps    []plan.Step
	sink     func(Event)
	stop     func() error
	limit    int
	neededBy [][]int
	of       map[topology.Address][]int // its steps

	state    []state
	lacks    []int // how many of the steps that each needs are not done
	ready    queue // the steps that lack none
	waiting  queue // those of them that wait for an instance, beside the calls
	finished []int // steps that ended, in order of completion
	undoable []int // those of them that may have to be taken back
	unsorted bool  // more was given up since they were found
	givenUp  map[topology.Address]bool
	proven   map[topology.Address]bool   // a committing step of it has started
	unbacked map[topology.Address]bool   // an old instance of it could not be resumed
	kept     map[string]bool             // new instances that serve in the place of such
	clocks   map[topology.Address]*clock // of those that have a limit
	release  map[int]context.CancelFunc  // of the calls being made
	making   map[topology.Address]int    // calls being made for it
	calls    int                         // being made
	waits    int                         // for an instance, beside the calls
	pulls    chan pull
	ended    chan call
	holds    map[int]time.Time // done steps whose effect may last only so long, with when that is over
	released chan call         // those that were taken back because of it

	stopped                error // what stop said
	interrupted, halted    bool
	failures, undoFailures map[int]error
}

// call is a call that has ended.
type call struct {
	step int
	op   plan.Op
	took time.Duration
	err  error
}

func newWalk(rt Runtime, scope topology.Scope, steps []plan.Step, o Options) *walk {
	w := &walk{
		rt: rt, scope: scope, steps: steps, sink: o.Sink, stop: o.Stop, limit: o.Parallelism,
		neededBy:     make([][]int, len(steps)),
		of:           map[topology.Address][]int{},
		state:        make([]state, len(steps)),
		lacks:        make([]int, len(steps)),
		making:       map[topology.Address]int{},
		givenUp:      map[topology.Address]bool{},
		proven:       map[topology.Address]bool{},
		unbacked:     map[topology.Address]bool{},
		kept:         map[string]bool{},
		clocks:       map[topology.Address]*clock{},
		release:      map[int]context.CancelFunc{},
		pulls:        make(chan pull),
		ended:        make(chan call),
		holds:        map[int]time.Time{},
		released:     make(chan call),
		failures:     map[int]error{},
		undoFailures: map[int]error{},
	}
	if w.limit < 1 {
		w.limit = DefaultParallelism
	}
	if w.sink == nil {
		w.sink = func(Event) {}
	}
	if w.stop == nil {
		w.stop = func() error { return nil }
	}
	for a, limit := range o.Limits {
		w.clocks[a] = &clock{limit: limit}
	}
	for i, s := range steps {
		w.of[s.Address] = append(w.of[s.Address], i)
		for _, n := range s.Needs {
			w.neededBy[n] = append(w.neededBy[n], i)
		}
		if w.lacks[i] = len(s.Needs); w.lacks[i] == 0 {
			w.enqueue(i)
		}
	}
	return w
}

// walk starts what can be started and waits for what runs, until neither is left.
func (w *walk) walk(ctx context.Context) {
	for w.fill(ctx); w.calls+w.waits > 0; w.fill(ctx) {
		select {
		case p := <-w.pulls:
			w.sink(StepPulling{w.event(p.step), p.Pulled})
		case c := <-w.ended:
			w.end(ctx, c)
		case <-w.holdOver():
			w.letGo(ctx)
		case c := <-w.released:
			w.letGone(c)
		}
	}
}

func (w *walk) end(ctx context.Context, c call) {
	*w.load(c.op)--
	w.making[w.steps[c.step].Address]--
	w.release[c.step]()
	delete(w.release, c.step)
	if w.state[c.step] == undoing {
		w.takenBack(c)
	} else {
		w.finish(ctx, c)
	}
}

// fill makes calls up to the limit. Taking back goes first: something may be
// down until it is done.
func (w *walk) fill(ctx context.Context) {
	if w.stopped == nil {
		w.stopped = w.stop()
	}
	if ctx.Err() != nil || w.stopped != nil {
		w.interrupt()
	}
	for {
		if i, ok := w.nextUndo(); ok && w.calls < w.limit {
			w.takeBack(ctx, i)
		} else if i, ok := w.nextStep(); ok {
			w.begin(ctx, i)
		} else {
			return
		}
	}
}

// enqueue notes that a step can start.
func (w *walk) enqueue(i int) {
	if w.load(w.steps[i].Op) == &w.waits {
		heap.Push(&w.waiting, i)
	} else {
		heap.Push(&w.ready, i)
	}
}

// nextStep returns the first step that can start.
func (w *walk) nextStep() (int, bool) {
	call, calls := w.ready.first(w.state)
	wait, waits := w.waiting.first(w.state)
	calls, waits = calls && w.calls < w.limit, waits && w.waits < w.limit
	if waits && (!calls || wait < call) {
		return wait, true
	}
	return call, calls
}

// load is what an op counts among. A wait hardly loads the engine, and must not
// keep what does from going on, unless one thing at a time is asked for.
func (w *walk) load(op plan.Op) *int {
	switch op.(type) {
	case plan.AwaitInstance, plan.WatchInstance:
		if w.limit > 1 {
			return &w.waits
		}
	}
	return &w.calls
}

func (w *walk) begin(ctx context.Context, i int) {
	s := w.steps[i]
	w.state[i] = running
	w.proven[s.Address] = w.proven[s.Address] || s.Commit
	w.sink(StepStarted{w.event(i)})
	ctx, w.release[i] = w.clock(s).start(ctx)
	w.perform(ctx, i, s.Op)
}

// perform makes a call beside the walk and hands in how it ended.
func (w *walk) perform(ctx context.Context, i int, op plan.Op) {
	*w.load(op)++
	w.making[w.steps[i].Address]++
	start := time.Now()
	go func() {
		t := throttle{pass: func(p Pulled) { w.pulls <- pull{i, p} }}
		err := w.rt.Perform(ctx, w.scope, op, t.report)
		t.flush()
		w.ended <- call{step: i, op: op, took: time.Since(start), err: err}
	}()
}

func (w *walk) finish(ctx context.Context, c call) {
	s := w.steps[c.step]
	w.clock(s).stop()
	w.finished = append(w.finished, c.step)
	if w.givenUp[s.Address] {
		w.undoable = append(w.undoable, c.step)
	}
	if c.err == nil {
		w.state[c.step] = done
		for _, i := range w.neededBy[c.step] {
			if w.lacks[i]--; w.lacks[i] == 0 {
				w.enqueue(i)
			}
		}
		w.hold(c.step)
		w.sink(StepDone{w.event(c.step), c.took})
		return
	}
	w.state[c.step] = failed
	if errdefs.IsConflict(c.err) { // what is there is another's
		w.state[c.step] = skipped
	}
	w.failures[c.step] = &StepError{Address: s.Address, Op: s.Op, Err: c.err}
	w.interrupted = w.interrupted || ctx.Err() != nil
	w.sink(StepFailed{w.event(c.step), c.took, c.err})
	w.giveUp(s.Address)
}

// clock is what measures a step; nil for a build, which takes what it takes.
func (w *walk) clock(s plan.Step) *clock {
	if _, builds := s.Op.(plan.BuildImage); builds {
		return nil
	}
	return w.clocks[s.Address]
}

func (w *walk) event(i int) EventStep {
	return EventStep{Index: i, Address: w.steps[i].Address, Op: w.steps[i].Op}
}
