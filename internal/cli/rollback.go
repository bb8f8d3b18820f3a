package cli

import (
	"context"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// before returns a project of what is live, to go back to: what the last
// revision wanted if that is what is live, else as far as live tells. It is nil
// when nobody asks.
func (p *project) before(ctx context.Context, asked bool) (*project, error) {
	if !asked {
		return nil, nil
	}
	live, err := p.Runtime.Observe(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	content, err := p.lastApplied(ctx, live)
	if err != nil {
		return nil, err
	}
	back := &project{Session: p.Session, desired: content.Topology, recorded: &content, goesBack: true, renamed: map[topology.Address]topology.Address{}}
	for present, former := range p.renamed {
		back.renamed[former] = present
	}
	return back, nil
}

// lastApplied returns what the last revision wanted if a plan of it is empty,
// else what is live.
func (p *project) lastApplied(ctx context.Context, live topology.Live) (revision.Content, error) {
	present := revision.NewContent(p.Scope)
	present.Topology = presentIn(live)
	l, err := readLedger(ctx, p.Session)
	if err != nil || len(l.revisions) == 0 {
		return present, err
	}
	key, err := p.Key()
	if err != nil {
		return present, err
	}
	last, err := l.revisions[len(l.revisions)-1].Open(key, p.Scope)
	if err != nil {
		return present, nil // of another key, it is no way back
	}
	about, err := plan.Order(last.Topology, live)
	if err != nil {
		return present, nil
	}
	made, err := plan.Make(plan.Input{Desired: last.Topology, Live: live, Key: key, About: about})
	if err != nil || len(made.Steps) > 0 {
		return present, nil
	}
	return last, nil
}

// takeBack leads back to what was live before an apply that failed, with the
// data that is there now.
func (c *command) takeBack(ctx context.Context, back *project, flags applyFlags) *applied {
	ctx = context.WithoutCancel(ctx)
	live, err := back.Runtime.Observe(ctx, back.Scope)
	for former, present := range back.renamed {
		if len(live.Of(present)) == 0 || len(live.Of(former)) > 0 {
			delete(back.renamed, former)
		}
	}
	var proposed *proposal
	if err == nil {
		proposed, err = back.propose(ctx, intent{})
	}
	if err != nil {
		return &applied{err: fmt.Errorf("take back what was done: %w", err)}
	}
	proposed.Back = true
	done := applied{}
	if !proposed.Empty() {
		done = c.walk(ctx, back, proposed, flags)
	}
	return &done
}
