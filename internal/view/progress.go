package view

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Progress tells what an apply does while it does it: in a terminal what each
// address is doing, redrawn in place, else a line for each thing of note. It
// is safe for concurrent use.
type Progress struct {
	terminal io.Writer // which is drawn over
	w        io.Writer // where text goes to it
	style    Style
	scope    topology.Scope
	steps    []plan.Step
	size     func() (width, height int) // of the terminal; nil for plain lines
	now      func() time.Time

	mu      sync.Mutex
	of      map[topology.Address]*course
	order   []topology.Address
	settled map[int]bool             // steps that are done
	checked map[string]bool          // instances by name: whether they have a health check
	hooks   map[string]topology.Hook // of containers by name: which one each runs, "" for instances
	pulls   map[int]apply.Pulled     // of steps that pull or build an image
	drawn   int                      // lines that are to be drawn over
	ending  bool                     // nothing more starts
	failed  bool                     // a step did
	stop    chan struct{}
	stopped sync.WaitGroup
}

// course is how far one address has come.
type course struct {
	action  plan.Action
	steps   []int
	left    int // steps that are not done
	running []int
	began   time.Time
	start   time.Time // of its instance that started last
	proven  string    // "healthy after 1.2s", once it is
	failed  bool
	over    bool
}

// NewProgress returns the progress of a plan's apply. Size, which tells how
// large the terminal is, is nil where there is none.
func NewProgress(w io.Writer, s Style, p Plan, size func() (width, height int)) *Progress {
	out := &Progress{
		terminal: w, w: Harmless(w, s), style: s, scope: p.Scope, steps: p.Steps, size: size, now: time.Now,
		of: map[topology.Address]*course{}, settled: map[int]bool{}, checked: map[string]bool{}, hooks: map[string]topology.Hook{},
		pulls: map[int]apply.Pulled{}, stop: make(chan struct{}),
	}
	for _, c := range p.Changes {
		out.of[c.Address] = &course{action: c.Action}
		out.order = append(out.order, c.Address)
	}
	for i, step := range p.Steps {
		c, known := out.of[step.Address]
		if !known {
			c = &course{action: plan.ActionUpdate}
			out.of[step.Address], out.order = c, append(out.order, step.Address)
		}
		c.steps = append(c.steps, i)
		c.left++
		if o, ok := step.Op.(plan.CreateInstance); ok {
			out.checked[o.Name], out.hooks[o.Name] = o.Container.Health != nil, o.Container.Hook
		}
	}
	return out
}

const redraw = 100 * time.Millisecond

// Start begins to redraw a terminal, until Stop.
func (p *Progress) Start() {
	if p.size == nil {
		return
	}
	p.stopped.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.mu.Lock()
				p.draw()
				p.mu.Unlock()
			case <-p.stop:
				return
			}
		}
	})
}

// Stop ends the progress, and leaves in a terminal what became of each address.
func (p *Progress) Stop() {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// Stopping says that nothing more starts, and why.
func (p *Progress) Stopping(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = true
	p.clear()
	fmt.Fprintf(p.w, "%s\n", p.style.Careful(why))
	p.draw()
}

// Event takes note of what happened.
func (p *Progress) Event(e apply.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case apply.StepStarted:
		p.started(e)
	case apply.StepPulling:
		p.pulling(e)
	case apply.StepDone:
		p.done(e)
	case apply.StepFailed:
		c := p.of[e.Address]
		c.rest(e.Index)
		c.failed, p.failed = true, true
		p.say(e.Address, p.style.Bad("failed: "+e.Op.String())) // why is said in the end
	case apply.StepReleased:
		p.released(e)
	case apply.StepUndone:
		p.undone(e)
	}
}

func (p *Progress) released(e apply.StepReleased) {
	if e.Err != nil {
		p.say(e.Address, p.style.Bad(e.Undo.String()+": "+e.Err.Error()))
		return
	}
	p.say(e.Address, p.style.Careful("freeze_timeout is over: "+did(plan.Step{Address: e.Address, Op: e.Undo}, p.scope)))
}

func (p *Progress) started(e apply.StepStarted) {
	c := p.of[e.Address]
	c.running = append(c.running, e.Index)
	if c.began.IsZero() {
		c.began = p.now()
	}
	switch o := e.Op.(type) {
	case plan.StartInstance:
		if p.hooks[o.Name] == "" {
			c.start = p.now()
		}
		p.aside(e.Address, p.doing(e.Index))
	case plan.StopInstance, plan.PauseInstance, plan.UnpauseInstance:
		p.aside(e.Address, p.doing(e.Index))
	}
}

func (p *Progress) pulling(e apply.StepPulling) {
	if _, said := p.pulls[e.Index]; !said {
		switch o := e.Op.(type) {
		case plan.EnsureImage:
			p.aside(e.Address, "pulling "+o.Image)
		case plan.BuildImage:
			p.aside(e.Address, "building "+o.Image)
		}
	}
	p.pulls[e.Index] = e.Pulled
}

func (p *Progress) done(e apply.StepDone) {
	c := p.of[e.Address]
	c.rest(e.Index)
	c.left--
	p.settled[e.Index] = true
	switch o := e.Op.(type) {
	case plan.EnsureImage:
		if pull, pulled := p.pulls[e.Index]; pulled {
			p.aside(e.Address, fmt.Sprintf("pulled %s, %s in %s", o.Image, amount(pull.Total), seconds(e.Took)))
		}
	case plan.BuildImage:
		if _, built := p.pulls[e.Index]; built {
			p.aside(e.Address, fmt.Sprintf("built %s in %s", o.Image, seconds(e.Took)))
		}
	case plan.AwaitInstance:
		if p.hooks[o.Name] == "" && isInstanceOf(o.Name, e.Address, p.scope) {
			c.proven = fmt.Sprintf(", %s after %s", p.became(o), seconds(p.now().Sub(c.since())))
		}
	}
	if c.left == 0 {
		c.over = true
		p.say(e.Address, p.style.Good(past(c.action))+c.proven)
	}
}

// became says what an instance was waited for to become: without a check, it
// is only known to run.
func (p *Progress) became(o plan.AwaitInstance) string {
	if checked, made := p.checked[o.Name]; made && !checked && o.Condition == topology.ConditionHealthy {
		return "running"
	}
	return string(o.Condition)
}

func (p *Progress) undone(e apply.StepUndone) {
	if e.Err != nil {
		p.say(e.Address, p.style.Bad("take back: "+e.Undo.String()+": "+e.Err.Error()))
		return
	}
	p.say(e.Address, p.style.Aside("taken back: "+did(plan.Step{Address: e.Address, Op: e.Undo}, p.scope)))
}

// since is when what is being proven began.
func (c *course) since() time.Time {
	if c.start.IsZero() {
		return c.began
	}
	return c.start
}

func (c *course) rest(step int) {
	for i, running := range c.running {
		if running == step {
			c.running = append(c.running[:i:i], c.running[i+1:]...)
			return
		}
	}
}

// say writes a line that stays.
func (p *Progress) say(a topology.Address, what string) {
	p.clear()
	fmt.Fprintf(p.w, "%s: %s\n", p.style.Bold(a.String()), what)
	p.draw()
}

// aside writes a line that stays, but in a terminal, which shows it otherwise.
func (p *Progress) aside(a topology.Address, what string) {
	if p.size == nil {
		p.say(a, what)
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// amount writes a number of bytes as registries do, in powers of 1000.
func amount(n int64) string {
	switch {
	case n < 1e3:
		return fmt.Sprintf("%d B", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
