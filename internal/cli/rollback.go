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
	l, err := readLedger(ctx, p.Session)
	if err != nil {
		return nil, err
	}
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	content, is := l.lastApplied(key, live)
	if !is {
		content = revision.NewContent(p.Scope)
		content.Topology = plan.PresentAll(live, topology.Topology{})
	}
	back := &project{Session: p.Session, desired: content.Topology, recorded: &content, goesBack: true, renamed: map[topology.Address]topology.Address{}}
	for present, former := range p.renamed {
		if _, was := content.Topology.Workloads[former]; was { // else it has its name from an earlier apply
			back.renamed[former] = present
		}
	}
	return back, nil
}

// lastApplied returns what the last revision wanted, false unless a plan of it
// is empty.
func (l *ledger) lastApplied(key topology.Key, live topology.Live) (revision.Content, bool) {
	if len(l.revisions) == 0 {
		return revision.Content{}, false
	}
	last, err := l.revisions[len(l.revisions)-1].Open(key, l.Scope)
	if err != nil {
		return last, false
	}
	about, err := plan.Order(last.Topology, live, last.Follows)
	if err != nil {
		return last, false
	}
	made, err := plan.Make(plan.Input{Desired: last.Topology, Live: live, Key: key, About: about})
	return last, err == nil && len(made.Steps) == 0
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
