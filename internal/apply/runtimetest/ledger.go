package runtimetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var _ apply.Ledger = (*Memory)(nil)

// Records returns the records of a scope, as apply.Ledger says.
func (m *Memory) Records(ctx context.Context, s topology.Scope) ([]apply.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.readable(ctx); err != nil {
		return nil, fmt.Errorf("records: %w", err)
	}
	byNumber := func(x, y apply.Record) int { return cmp.Compare(x.Number, y.Number) }
	return slices.SortedFunc(maps.Values(m.records[s]), byNumber), nil
}

// Begin keeps the beginning of a record, as apply.Ledger says.
func (m *Memory) Begin(_ context.Context, s topology.Scope, number int, text []byte) error {
	return m.record(s, number, func(r *apply.Record) *[]byte { return &r.Begun }, text)
}

// End keeps the end of a record, as apply.Ledger says.
func (m *Memory) End(_ context.Context, s topology.Scope, number int, text []byte) error {
	return m.record(s, number, func(r *apply.Record) *[]byte { return &r.Ended }, text)
}

func (m *Memory) record(s topology.Scope, number int, part func(*apply.Record) *[]byte, text []byte) error {
	return m.change(func() error {
		if m.records[s] == nil {
			m.records[s] = map[int]apply.Record{}
		}
		r := m.records[s][number]
		r.Number = number
		kept := part(&r)
		if *kept != nil && !bytes.Equal(*kept, text) {
			return fmt.Errorf("record %d: %w", number, apply.ErrRecorded)
		}
		*kept = slices.Clone(text)
		m.records[s][number] = r
		return nil
	})
}

// Forget removes a record, as apply.Ledger says.
func (m *Memory) Forget(_ context.Context, s topology.Scope, number int) error {
	return m.change(func() error {
		delete(m.records[s], number)
		return nil
	})
}

// KeepImages does nothing: no image goes from memory by itself.
func (*Memory) KeepImages(context.Context, topology.Scope, []apply.ImageID) error { return nil }
