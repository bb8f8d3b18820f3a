package plan

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Make plans the addresses of the input, in their order: each against what is
// live once those before it are done. Its errors are *topology.FieldError, joined.
func Make(in Input) (Plan, error) {
	var p Plan
	var errs []error
	x, waits := across{map[object][]toucher{}, map[object][]toucher{}}, map[AwaitInstance]int{}
	proofs, told := map[topology.Address][]int{}, map[topology.Address][]int{}
	of := map[topology.Address][]int{} // the steps of each
	in.Desired = Printed(in.Desired, in.Key)
	in.Live = Rename(in.Live, in.Renamed, in.Only)
	if in.Live.Index == nil {
		in.Live = in.Live.Indexed()
	}
	moved := false // live is no longer that of the input, but a copy of its own
	whole := newWhole(in)
	idle := whole.idle(in)
	for k, a := range in.About {
		if idle[k] != nil && len(p.Steps) == 0 {
			p.Changes = append(p.Changes, *idle[k])
			continue
		}
		b := &builder{Input: in, whole: whole, at: a, plan: &p, first: len(p.Steps), waits: waits, proofs: proofs, told: told}
		change, err := b.change()
		if err != nil {
			p.Steps = p.Steps[:b.first]
			errs = append(errs, err)
			continue
		}
		p.Changes = append(p.Changes, change)
		for i := b.first; i < len(p.Steps); i++ {
			s := &p.Steps[i]
			if within := func(n int) bool { return n >= b.first }; !slices.ContainsFunc(s.Needs, within) {
				for _, followed := range in.Follows[a] {
					s.Needs = merged(s.Needs, of[followed])
				}
			}
			s.Needs = merged(s.Needs, x.needs(i, *s, in.Live))
			if !moved {
				in.Live, moved = copied(in.Live).Indexed(), true
			}
			perform(&in.Live, s.Op, in.Desired)
			of[a] = append(of[a], i)
		}
	}
	return p, errors.Join(errs...)
}

// builder adds the steps of one address to a plan.
type builder struct {
	Input
	*whole
	at     topology.Address
	plan   *Plan
	first  int                        // index of its first step
	waits  map[AwaitInstance]int      // the steps that wait for an instance, of all addresses
	told   map[topology.Address][]int // the steps after which the data of a service knows its passwords, of all addresses
	proofs map[topology.Address][]int // the steps after which the change of a workload is proven, of all addresses
	impact Impact
}

// whole is what is known of all that is planned and desired.
type whole struct {
	about   map[topology.Address]bool             // what is planned
	present map[topology.Address]topology.Address // of what was renamed, by the former address
	claims  func() claims
	egress  bool // anything goes through the egress network
}

func newWhole(in Input) *whole {
	w := &whole{
		about: map[topology.Address]bool{}, present: presentNames(in.Desired),
		claims: sync.OnceValue(func() claims { return claimsOf(in.Desired) }),
	}
	for _, a := range in.About {
		w.about[a] = true
	}
	for _, desired := range in.Desired.Workloads {
		w.egress = w.egress || throughEgress(desired)
	}
	return w
}

// idle returns the changes for which nothing is to be done while nothing is done before
// them, at the places of their addresses. They are found side by side, up to the first
// for which something is.
func (w *whole) idle(in Input) []*Change {
	out := make([]*Change, len(in.About))
	var next atomic.Int64
	var found atomic.Bool
	look := func() {
		for i := next.Add(1) - 1; i < int64(len(out)) && !found.Load(); i = next.Add(1) - 1 {
			var alone Plan
			b := &builder{
				Input: in, whole: w, at: in.About[i], plan: &alone,
				waits: map[AwaitInstance]int{}, proofs: map[topology.Address][]int{}, told: map[topology.Address][]int{},
			}
			if change, err := b.change(); err == nil && len(alone.Steps) == 0 {
				out[i] = &change
			} else {
				found.Store(true)
			}
		}
	}
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(look)
	}
	group.Wait()
	return out
}

// add appends a step and returns its index.
func (b *builder) add(op, undo Op, needs ...[]int) int {
	b.plan.Steps = append(b.plan.Steps, Step{Address: b.at, Op: op, Undo: undo, Needs: merged(needs...)})
	return len(b.plan.Steps) - 1
}

// await returns the step that waits for an instance: that of the address whose
// instance it is, if it has one, or of this address, else a new one. One of a third
// address would come to nothing with that.
func (b *builder) await(wait AwaitInstance, needs ...[]int) int {
	i, there := b.waits[wait]
	if there && (b.plan.Steps[i].Address == b.at || b.owner(wait.Name) == b.plan.Steps[i].Address) {
		return i
	}
	b.waits[wait] = b.add(wait, nil, needs...)
	return b.waits[wait]
}

// owner returns the address of an instance, as it is named now.
func (b *builder) owner(instance string) topology.Address {
	if i := b.Live.Named(instance); i != nil {
		return i.Address
	}
	return topology.Address{}
}

func merged(needs ...[]int) []int {
	all := slices.Concat(needs...)
	slices.Sort(all)
	return slices.Compact(all)
}

// commit appends a step from whose start on nothing of the address is taken
// back, and returns its index.
func (b *builder) commit(op Op, needs ...[]int) int {
	i := b.add(op, nil, needs...)
	b.plan.Steps[i].Commit = true
	return i
}

func (b *builder) change() (Change, error) {
	b.impact.Hits = Dependants(b.Live, b.at)
	if former, renamed := b.Renamed[b.at]; renamed {
		b.impact.Hits = append(b.impact.Hits, Dependants(b.Live, former)...)
		slices.SortFunc(b.impact.Hits, compareAddresses)
		b.impact.Hits = slices.DeleteFunc(slices.Compact(b.impact.Hits), func(a topology.Address) bool { return a == b.at })
	}
	var c Change
	var err error
	switch b.at.Kind {
	case topology.KindVolume:
		c, err = b.volume()
	case topology.KindRelationship:
		c = b.relationship()
	default:
		c, err = b.workload()
	}
	c.Address, c.Impact = b.at, b.impact
	return c, err
}

// action is what a change of something live amounts to.
func (b *builder) action(fields []FieldDiff) Action {
	if len(fields) == 0 && len(b.plan.Steps) == b.first {
		return ActionNone
	}
	return ActionUpdate
}

func (b *builder) refuse(field, key, hint, format string, args ...any) error {
	return &topology.FieldError{Address: b.at, Field: field, Key: key, Hint: hint, Err: fmt.Errorf(format, args...)}
}

func quote(s string) string { return strconv.Quote(s) }
