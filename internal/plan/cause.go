package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// CauseKind says where a difference comes from.
type CauseKind string

// The causes. There is no record of what was last applied but what instances
// were made from. Limits and the number of instances are no part of that: what
// differs in them counts as configured, even where somebody changed it by hand.
const (
	CauseConfiguration CauseKind = "configuration" // a field, as it is configured
	CauseChange        CauseKind = "change"        // a field of another address
	CauseDrift         CauseKind = "drift"         // made as configured, and changed since
	CauseTag           CauseKind = "tag"           // the image's tag leads to another image
	CauseLock          CauseKind = "lock"          // the lock file has another image
	CauseBase          CauseKind = "base"          // of what is built: an image that it is built on is another
)

// Cause is why a field differs: Field, or Key in it, as Of has it configured.
type Cause struct {
	Kind       CauseKind
	Of         topology.Address
	Field, Key string
}

// Cause returns why a field of a change differs.
func (in Input) Cause(c Change, d FieldDiff) Cause {
	before, was := d.Old.(topology.Reference)
	after, is := d.New.(topology.Reference)
	kind := CauseConfiguration
	switch {
	case in.drifted(c.Address, d):
		kind = CauseDrift
	case was && is && !after.External() && before.Address == after.Address:
		return in.causeOfReference(before, after)
	case d.Field == "image_digest" && d.Old != nil && !slices.ContainsFunc(in.ImageNames(c), named("image")):
		kind = in.causeOfImage(c.Address)
	}
	return Cause{kind, c.Address, d.Field, d.Key}
}

// causeOfImage returns why what is called the same is another image.
func (in Input) causeOfImage(a topology.Address) CauseKind {
	switch {
	case in.Desired.Workloads[a].Build != nil:
		return CauseBase
	case in.Locked[a]:
		return CauseLock
	}
	return CauseTag
}

// causeOfReference returns which field of what a reference leads to makes it
// another one.
func (in Input) causeOfReference(before, after topology.Reference) Cause {
	cause := Cause{Kind: CauseChange, Of: after.TargetAddress}
	network, _ := in.Live.Network(in.Live.Scope.RelationshipNetwork(after.Address.Name))
	switch {
	case before.TargetAddress != after.TargetAddress:
		cause.Of, cause.Field = after.Address, "target"
	case network.Owner == after.Address && network.Declared.Endpoint != in.Desired.Relationships[after.Address].Endpoint:
		cause.Of, cause.Field = after.Address, "endpoint"
	case before.Port != after.Port:
		cause.Field = "port"
	case before.Scheme != after.Scheme:
		cause.Field = "scheme"
	}
	return cause
}

func named(field string) func(FieldDiff) bool {
	return func(d FieldDiff) bool { return d.Field == field }
}

// drifted reports whether a field differs though what is live was made from
// what is wanted.
func (in Input) drifted(a topology.Address, d FieldDiff) bool {
	if !in.AsMade(a) {
		return false
	}
	if a.Kind == topology.KindRelationship {
		return d.Field == "target"
	}
	wanted, _ := d.New.(topology.Reference)
	if d.Field == "relationships" {
		return every(in.Live.Each(a), func(i *topology.Instance) bool { return i.Workload.Relationships[d.Key].Address == wanted.Address })
	}
	return slices.ContainsFunc(WorkloadFields, func(f Field) bool { return f.Name == d.Field && f.Effect == EffectReplace })
}

// AsMade reports whether all that is live of an address, and something is, was
// made from what is wanted. What differs nevertheless is drift, but for limits
// and the number of instances, which are no part of what an instance is made from.
func (in Input) AsMade(a topology.Address) bool {
	if want, wanted := in.Desired.Relationships[a]; wanted {
		network, there := in.Live.Network(in.Live.Scope.RelationshipNetwork(a.Name))
		return there && network.Owner == a && in.Live.TargetOf(network) == want.Target.TargetAddress
	}
	want, wanted := in.Desired.Workloads[a]
	if !wanted || none(in.Live.Each(a)) {
		return false
	}
	hash := Lower(in.Desired.Scope, a, want, in.Key).Hash
	return every(in.Live.Each(a), func(i *topology.Instance) bool { return i.SpecHash == hash })
}

// ImageNames returns what an update that changes the image calls it before and
// after: its type, image, version and what it is built on, of which only the digest decides.
func (in Input) ImageNames(c Change) []FieldDiff {
	i := slices.IndexFunc(c.Fields, named("image_digest"))
	if i < 0 || c.Action != ActionUpdate {
		return nil
	}
	want := in.Desired.Workloads[c.Address]
	names := slices.DeleteFunc(slices.Clone(WorkloadFields), func(f Field) bool {
		return !slices.Contains([]string{"type", "image", "version", "base_images"}, f.Name)
	})
	for old := range in.Live.Each(c.Address) {
		if old.Workload.ImageDigest == c.Fields[i].Old {
			return diff(names, &old.Workload, &want)
		}
	}
	return nil
}
