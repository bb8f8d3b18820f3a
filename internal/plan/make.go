package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Make plans the addresses of the input, in their order. Its errors are
// *topology.FieldError, joined.
func Make(in Input) (Plan, error) {
	var p Plan
	var errs []error
	for _, a := range in.About {
		b := &builder{Input: in, at: a}
		change, err := b.change()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.Changes = append(p.Changes, change)
		offset := len(p.Steps)
		for _, s := range b.steps {
			for i := range s.Needs {
				s.Needs[i] += offset
			}
			p.Steps = append(p.Steps, s)
		}
	}
	return p, errors.Join(errs...)
}

// builder gathers the steps of one address.
type builder struct {
	Input
	at     topology.Address
	steps  []Step
	impact Impact
}

// add appends a step and returns its index.
func (b *builder) add(op, undo Op, needs ...[]int) int {
	all := slices.Concat(needs...)
	slices.Sort(all)
	b.steps = append(b.steps, Step{Address: b.at, Op: op, Undo: undo, Needs: slices.Compact(all)})
	return len(b.steps) - 1
}

// commit appends a step from whose start on nothing of the address is taken
// back, and returns its index.
func (b *builder) commit(op Op, needs ...[]int) int {
	i := b.add(op, nil, needs...)
	b.steps[i].Commit = true
	return i
}

func (b *builder) change() (Change, error) {
	b.impact.Hits = Dependants(b.Live, b.at)
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
	if len(fields) == 0 && len(b.steps) == 0 {
		return ActionNone
	}
	return ActionUpdate
}

func (b *builder) refuse(field, key, hint, format string, args ...any) error {
	return &topology.FieldError{Address: b.at, Field: field, Key: key, Hint: hint, Err: fmt.Errorf(format, args...)}
}

func quote(s string) string { return strconv.Quote(s) }
