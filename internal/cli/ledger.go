package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// entryLimit bounds what is written to the ledger when an apply ends.
const entryLimit = 30 * time.Second

// ledger is the revisions of a scope, in the order in which they were made.
type ledger struct {
	provider.Session
	records   apply.Ledger
	revisions []revision.Revision
	leftover  []int // numbers of which only an end is left
	next      int
}

// readLedger reads the revisions of a scope. What runs does under the lock that
// is held, if any; a revision of another lock that has no end was interrupted.
func readLedger(ctx context.Context, of provider.Session) (*ledger, error) {
	l := &ledger{Session: of, next: 1}
	var ok bool
	if l.records, ok = of.Runtime.(apply.Ledger); !ok {
		return nil, errors.New("this engine keeps no revisions")
	}
	before, err := holder(ctx, of)
	if err != nil {
		return nil, err
	}
	found, err := l.records.Records(ctx, of.Scope)
	if err != nil {
		return nil, err
	}
	after, err := holder(ctx, of) // what ends or begins meanwhile was not interrupted
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		l.next = r.Number + 1
		if r.Begun == nil {
			l.leftover = append(l.leftover, r.Number)
			continue
		}
		parsed, err := revision.Parse(r.Begun, r.Ended, before, after)
		if err != nil {
			return nil, fmt.Errorf("revision %d: %w", r.Number, err)
		}
		l.revisions = append(l.revisions, parsed)
	}
	return l, nil
}

// holder returns the id of the lock of a scope, "" when nobody holds it.
func holder(ctx context.Context, of provider.Session) (string, error) {
	locker, ok := of.Runtime.(apply.Locker)
	if !ok {
		return "", nil
	}
	held, err := locker.Holder(ctx, of.Scope)
	return held.ID, err
}

// entry is the revision that an apply writes.
type entry struct {
	*ledger
	revision revision.Revision
	began    time.Time
	keep     int
}

// enter writes the beginning of a revision before anything is changed.
func (c *command) enter(ctx context.Context, p *project, proposed *proposal, flags applyFlags) (*entry, error) {
	l, err := readLedger(ctx, p.Session)
	if err != nil {
		return nil, err
	}
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	e := &entry{ledger: l, began: time.Now(), keep: flags.keep}
	e.revision.Begun = revision.Begun{
		FormatVersion: revision.FormatVersion, ID: p.holds, Number: l.next, Operation: operation(proposed.Destroy),
		Began: e.began.UTC().Truncate(time.Millisecond), Author: author(), Message: flags.message, Bayplan: c.Version,
		Git: p.source(ctx), Reverts: p.reverts, Count: revision.Count(proposed.Count()), Changes: recorded(proposed),
		Images: map[topology.Address]revision.Image{},
	}
	if p.reverts != "" {
		e.revision.Operation = opRevert
	}
	content := l.content(key, p, proposed)
	for a, w := range content.Topology.Workloads {
		e.revision.Images[a] = revision.Image{Image: w.Image, Digest: w.ImageDigest}
	}
	for range numbersTried {
		if err = e.begin(ctx, key, content); !errors.Is(err, apply.ErrRecorded) {
			break
		}
		e.revision.Number++
	}
	if err != nil {
		return nil, fmt.Errorf("revision %d: %w", e.revision.Number, err)
	}
	return e, nil
}

// numbersTried bounds how many numbers in a row may be taken by what is no revision.
const numbersTried = 100

// begin writes the beginning of a revision with what is sealed of it.
func (e *entry) begin(ctx context.Context, key topology.Key, content revision.Content) error {
	if err := e.revision.Seal(key, content); err != nil {
		return err
	}
	text, err := json.Marshal(e.revision.Begun)
	if err != nil {
		return err
	}
	return e.records.Begin(ctx, e.Scope, e.revision.Number, text)
}

// author says who makes a revision.
func author() string {
	who, _, _ := strings.Cut(whoami(), ",")
	return who
}

// recorded returns the changes of a plan as they are recorded.
func recorded(proposed *proposal) []revision.Change {
	out := []revision.Change{}
	for _, c := range proposed.Changes {
		change := revision.Change{Address: c.Address, Action: view.ActionName(c.Action), Impact: c.Impact.String()}
		if c.Action != plan.ActionCreate {
			change.Fields = names(c.Fields)
		}
		out = append(out, change)
	}
	return out
}

// leave writes the end of a revision and, when all went well, forgets those
// that are too many. It does so also when the apply was interrupted.
func (c *command) leave(ctx context.Context, e *entry, done applied) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), entryLimit)
	defer cancel()
	ended := e.began.Add(time.Since(e.began)) // wherever the clock was set meanwhile
	e.revision.Ended = revision.Ended{
		Status: statusOf(done.err), Ended: ended.UTC().Truncate(time.Millisecond), Outcomes: done.outcomes(done.result),
	}
	if back := done.takenBack; back != nil {
		e.revision.TakenBack = back.outcomes(back.result)
	}
	text, err := json.Marshal(e.revision.Ended)
	if err == nil {
		err = e.records.End(ctx, e.Scope, e.revision.Number, text)
	}
	if err == nil && done.err == nil {
		if stay := e.prune(ctx); stay != nil {
			fmt.Fprintf(c.err(), "%s an old revision stays in the history until the next apply: %v\n", c.style(c.Err).Careful("Warning:"), stay)
		}
	}
	if err == nil {
		err = e.records.KeepImages(ctx, e.Scope, e.images())
	}
	if err != nil {
		return fmt.Errorf("revision %d: %w", e.revision.Number, err)
	}
	return nil
}

func statusOf(failed error) revision.Status {
	switch {
	case failed == nil:
		return revision.StatusDone
	case errors.Is(failed, errInterrupted):
		return revision.StatusInterrupted
	}
	return revision.StatusFailed
}

// prune forgets the oldest revisions that are more than are kept, with this one.
func (e *entry) prune(ctx context.Context) error {
	for _, number := range e.leftover {
		if err := e.records.Forget(ctx, e.Scope, number); err != nil {
			return err
		}
	}
	for len(e.revisions)+1 > e.keep {
		if err := e.records.Forget(ctx, e.Scope, e.revisions[0].Number); err != nil {
			return err
		}
		e.revisions = e.revisions[1:]
	}
	return nil
}

// images returns those that the kept revisions need.
func (e *entry) images() []apply.ImageID {
	var out []apply.ImageID
	for _, r := range append(e.revisions, e.revision) {
		for _, i := range r.Images {
			if i.Digest != "" {
				out = append(out, apply.ImageID(i))
			}
		}
	}
	return out
}
