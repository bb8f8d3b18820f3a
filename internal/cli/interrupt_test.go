package cli

import (
	"context"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// asked is a runtime that tells whether the context of a call has ended.
type asked struct{ apply.Runtime }

func (asked) Perform(ctx context.Context, _ topology.Scope, _ plan.Op) error { return ctx.Err() }

// TestPatient checks that a second interruption ends calls, but for those that
// take something back.
func TestPatient(t *testing.T) {
	hard, abort := context.WithCancel(t.Context())
	soft, stop := context.WithCancel(t.Context())
	undo, release := context.WithTimeout(context.WithoutCancel(soft), time.Minute)
	defer release()
	p := patient{asked{}, hard}
	stop()
	if err := p.Perform(soft, topology.Scope{}, nil); err != nil {
		t.Errorf("the first ends a call: %v", err)
	}
	abort()
	if err := p.Perform(undo, topology.Scope{}, nil); err != nil {
		t.Errorf("the second ends an undo: %v", err)
	}
}
