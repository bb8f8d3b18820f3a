package plan

import (
	"math"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// volume plans a declared volume. One of ours that is there is kept, with what
// it holds: a new declaration of it is marked as a new generation, so that the
// deletion of an older one leaves it alone.
func (b *builder) volume() (Change, error) {
	name := b.Live.Scope.VolumeName(b.at.Name)
	live, there := b.Live.Volume(name)
	there = there && live.Address == b.at
	want, wanted := b.Desired.Volumes[b.at]
	switch {
	case !wanted:
		return b.deleteVolume(name, live, there), nil
	case !there:
		b.impact.Host = exposes(want)
		forgotten := b.forget(name, math.MaxInt) // of one that somebody else has removed
		b.add(CreateVolume{Volume: topology.LiveVolume{Name: name, Address: b.at, Declared: want, KeyID: b.Key.ID()}}, nil, forgotten)
		return Change{Action: ActionCreate, Fields: diff(VolumeFields, &topology.Volume{}, &want)}, nil
	}
	if b.Create {
		b.impact.TakesOver = append(b.impact.TakesOver, name)
		b.mark(topology.Address{})
		if err := b.sameVolume(live.Declared, want); err != nil {
			return Change{}, err
		}
		return Change{Action: ActionCreate, Fields: diff(VolumeFields, &topology.Volume{}, &want)}, nil
	}
	present, _ := PresentVolume(b.Live, b.at, &want)
	fields := diff(VolumeFields, &present, &want)
	if !slices.ContainsFunc(fields, func(d FieldDiff) bool { return d.Effect == EffectRenew }) {
		return Change{Action: b.action(fields), Fields: fields}, nil
	}
	if !b.DeleteData[b.at] {
		return Change{}, b.sameVolume(present, want)
	}
	for i := range b.Live.Holders(name) {
		return Change{}, b.refuse("on_destroy", "", "Remove the mount first, then change the volume.",
			"the volume is to be made anew, without its data, and %s has it mounted", i.Address)
	}
	removed := b.removeVolume(name, present)
	b.impact.Host = exposes(want)
	b.add(CreateVolume{Volume: topology.LiveVolume{Name: name, Address: b.at, Declared: want, KeyID: b.Key.ID()}}, nil, removed)
	return Change{Action: ActionReplace, Fields: fields}, nil
}

// removeVolume adds the step that removes a volume, and says whether its data
// goes with it.
func (b *builder) removeVolume(name string, live topology.Volume) []int {
	if live.Elsewhere() {
		b.impact.LeavesData = append(b.impact.LeavesData, name)
	} else {
		b.impact.DeletesData = append(b.impact.DeletesData, name)
	}
	removed := []int{b.add(RemoveVolume{Name: name}, nil)}
	return append(removed, b.forget(name, math.MaxInt, removed)...)
}

// sameVolume refuses to take over a volume that was made otherwise: neither
// its driver nor its labels can change without losing what it holds.
func (b *builder) sameVolume(live, want topology.Volume) error {
	for _, d := range diff(VolumeFields, &live, &want) {
		if d.Effect == EffectRenew {
			return b.refuse(d.Field, d.Key, "Declare it as it was made, or remove the volume from the engine if its data is of no use.",
				"the volume is there, retained with its data, and was made with another %s", d.label())
		}
	}
	return nil
}

func (b *builder) deleteVolume(name string, live topology.LiveVolume, there bool) Change {
	var removed []int
	switch {
	case there && !b.DeleteData[b.at]:
		b.impact.KeepsData = append(b.impact.KeepsData, name)
		return Change{Action: ActionDelete}
	case there:
		removed = b.removeVolume(name, live.Declared)
	}
	b.unmark(b.Live.Generation(b.at)+1, removed...)
	return Change{Action: ActionDelete}
}

// mark adds the steps that record a next generation of the address and forget
// the earlier ones.
func (b *builder) mark(target topology.Address, needs ...int) int {
	marked := b.markNext(target, needs...)
	b.unmark(b.Live.Generation(b.at)+1, marked)
	return marked
}

// markNext adds the step that records a next generation of the address: the
// highest counts, whatever earlier ones are still there.
func (b *builder) markNext(target topology.Address, needs ...int) int {
	next := b.Live.Generation(b.at) + 1
	marker := topology.Marker{
		Name: b.Live.Scope.MarkerName(b.at, next), Address: b.at, Generation: next, Target: target,
	}
	return b.add(Mark{Marker: marker}, Unmark{Name: marker.Name}, needs)
}

// unmark removes the markers of generations before the given one.
func (b *builder) unmark(before int, needs ...int) {
	for m := range b.Live.MarkersOf(b.at) {
		if m.Generation < before && m.Generation > 0 {
			b.commit(Unmark{Name: m.Name}, needs)
		}
	}
}
