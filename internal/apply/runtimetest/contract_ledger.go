package runtimetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var ledgerPromises = []promise{
	{"records read back in order, also those without an end", recordsReadBack},
	{"of many records of one number the first is kept", firstRecordIsKept},
	{"a record is no volume and no marker", func(b *bench) {
		b.check(b.ledger().Begin(b.ctx, b.scope, 1, []byte("{}")))
		b.same("live", b.live(), topology.Live{Scope: b.scope})
	}},
	{"a record is forgotten, and one that is not there", forgetsRecords},
	{"large records are whole", func(b *bench) {
		text := make([]byte, 256<<10)
		for i := range text {
			text[i] = 'a' + byte(i%26)
		}
		b.check(b.ledger().Begin(b.ctx, b.scope, 1, text))
		b.records(b.scope, apply.Record{Number: 1, Begun: text})
	}},
	{"images are kept and let go of", keepsImages},
	{"an image resolves by its digest", func(b *bench) {
		for _, name := range []string{b.digest, b.image + "@" + b.digest} {
			image, err := b.rt.ResolveImage(b.ctx, name)
			if err == nil && image.Digest == b.digest && image.Local {
				return
			}
		}
		b.Errorf("neither an image nor one in its repository has the digest %s", b.digest)
	}},
}

// ledger returns the Runtime as one that keeps records.
func (b *bench) ledger() apply.Ledger {
	b.Helper()
	ledger, ok := b.rt.(apply.Ledger)
	if !ok {
		b.Fatal("it keeps no records")
	}
	return ledger
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// records checks which records a scope has.
func (b *bench) records(s topology.Scope, want ...apply.Record) {
	b.Helper()
	got, err := b.ledger().Records(b.ctx, s)
	b.check(err)
	if len(got) == 0 {
		got = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("records (-want +got):\n%s", diff)
	}
}

func recordsReadBack(b *bench) {
	b.records(b.scope)
	var want []apply.Record
	for number := 8; number <= 11; number++ {
		r := apply.Record{Number: number, Begun: fmt.Appendf(nil, `{"begun": %d}`, number)}
		b.check(b.ledger().Begin(b.ctx, b.scope, number, r.Begun))
		if number != 10 {
			r.Ended = []byte(`{"é": "\u0000\n"}`)
			b.check(b.ledger().End(b.ctx, b.scope, number, r.Ended))
		}
		want = append(want, r)
	}
	b.records(b.scope, want...)
	b.records(b.other)
}

func firstRecordIsKept(b *bench) {
	const racers = 8
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			err := b.ledger().Begin(b.ctx, b.scope, 1, fmt.Appendf(nil, "%d", i))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, apply.ErrRecorded) {
				b.Errorf("racer %d: %v", i, err)
			}
		})
	}
	all.Wait()
	kept, err := b.ledger().Records(b.ctx, b.scope)
	b.check(err)
	if won.Load() != 1 || len(kept) != 1 {
		b.Fatalf("%d of %d have recorded, and the records are %v", won.Load(), racers, kept)
	}
	b.check(b.ledger().Begin(b.ctx, b.scope, 1, kept[0].Begun))
	b.check(b.ledger().End(b.ctx, b.scope, 1, []byte("end")))
	if err := b.ledger().End(b.ctx, b.scope, 1, []byte("another")); !errors.Is(err, apply.ErrRecorded) {
		b.Errorf("another end: %v", err)
	}
	b.records(b.scope, apply.Record{Number: 1, Begun: kept[0].Begun, Ended: []byte("end")})
}

func forgetsRecords(b *bench) {
	for _, number := range []int{1, 2} {
		b.check(b.ledger().Begin(b.ctx, b.scope, number, []byte("begun")))
	}
	b.check(b.ledger().Begin(b.ctx, b.other, 1, []byte("theirs")))
	b.check(b.ledger().End(b.ctx, b.scope, 1, []byte("ended")))
	b.check(b.ledger().Forget(b.ctx, b.scope, 1))
	b.check(b.ledger().Forget(b.ctx, b.scope, 1))
	b.records(b.scope, apply.Record{Number: 2, Begun: []byte("begun")})
	b.records(b.other, apply.Record{Number: 1, Begun: []byte("theirs")})
}

func keepsImages(b *bench) {
	gone := apply.ImageID{Image: "bayplan.invalid/none:1", Digest: "sha256:" + zeros}
	ours := apply.ImageID{Image: b.image, Digest: b.digest}
	for _, images := range [][]apply.ImageID{{ours, gone}, {ours}, nil, nil} {
		b.check(b.ledger().KeepImages(b.ctx, b.scope, images))
		image, err := b.rt.ResolveImage(b.ctx, b.image)
		if err != nil || image.Digest != b.digest || !image.Local {
			b.Errorf("with %v kept the image resolves to %+v, %v", images, image, err)
		}
	}
}
