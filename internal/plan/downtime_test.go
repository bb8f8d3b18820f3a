package plan_test

import (
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What is down is so for as long as the last time or, where nobody knows, as it
// is configured; and the text of either can be read.
func TestDowntime(t *testing.T) {
	w := newWorld()
	w.want(t, declare(t, "service db type=postgresql:15"))
	w.apply(t, options{}, w.order...)
	w.want(t, declare(t, "service db type=postgresql:15 user=999"))
	in := w.input(t, options{}, w.order...)
	for _, tt := range []struct {
		last     map[topology.Address]time.Duration
		seconds  int
		measured bool
	}{
		{nil, 21, false},
		{map[topology.Address]time.Duration{w.order[0]: 1300 * time.Millisecond}, 2, true},
	} {
		in.Downtimes = tt.last
		p, err := plan.Make(in)
		if err != nil {
			t.Fatal(err)
		}
		i := p.Changes[0].Impact
		if i.Seconds != tt.seconds || i.Measured != tt.measured {
			t.Errorf("with %v it is down for %ds, measured %v", tt.last, i.Seconds, i.Measured)
		}
		if read := plan.ReadImpact(i.String()); read.Seconds != tt.seconds || read.Down != i.Down {
			t.Errorf("%q is read as %+v", i, read)
		}
	}
}
