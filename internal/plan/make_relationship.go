package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// relationship plans a declared relationship: its network, in which its target
// answers to its host name. Another target is connected before the one it
// follows is disconnected.
func (b *builder) relationship() Change {
	name := b.Live.Scope.RelationshipNetwork(b.at.Name)
	network, there := b.Live.Network(name)
	there = there && network.Owner == b.at
	want, wanted := b.Desired.Relationships[b.at]
	if !wanted {
		return b.deleteRelationship(network, there)
	}
	said := want.Target.TargetAddress
	target := b.now(said)
	if !there {
		network = topology.Network{
			Name: name, Kind: topology.NetworkRelationship, Owner: b.at,
			Target: said, Host: b.at.Host(), Declared: want,
		}
		made := b.add(CreateNetwork{Network: network}, RemoveNetwork{Name: name, IfUnused: true})
		connected := b.connectTarget(network, target, made)
		b.connectConsumers(network, made)
		if marker, ok := b.Live.MarkerOf(b.at); ok && marker.Target != said {
			b.mark(said, connected...)
		}
		return Change{Action: ActionCreate, Fields: diff(RelationshipFields, &topology.Relationship{}, &want)}
	}
	b.lead(network, said, target)
	live := b.Live
	if said != target {
		live = Rename(live, map[topology.Address]topology.Address{said: target}, nil)
	}
	present, _ := PresentRelationship(live, b.at, &want)
	if former := b.Renamed[target]; present.Target.Address == (topology.Address{}) && former == network.Target {
		present.Target = topology.Reference{Address: former, TargetAddress: former}
	}
	fields := diff(RelationshipFields, &present, &want)
	if b.Create {
		return Change{Action: ActionCreate, Fields: fields}
	}
	return Change{Action: b.action(fields), Fields: fields}
}

// lead makes a live network's host name lead to the target, and to it alone, as
// what it is said to be.
func (b *builder) lead(network topology.Network, said, target topology.Address) {
	connected := b.connectTarget(network, target)
	leads := b.Live.TargetOf(network) == said
	if len(connected) > 0 || !leads { // whose instances need not be known
		b.impact.Repair = append(b.impact.Repair, "connects "+target.String())
	}
	if b.Create {
		b.impact.TakesOver = append(b.impact.TakesOver, network.Name)
	}
	if b.Create || !leads {
		connected = append(connected, b.mark(said, connected...))
	}
	for _, i := range strangers(b.Live, network, target) {
		b.impact.Repair = append(b.impact.Repair, "disconnects "+i.Address.String())
		b.commit(Disconnect{Network: network.Name, Instance: i.Name}, connected)
	}
	b.impact.Repair = slices.Compact(b.impact.Repair)
}

// connectTarget connects those instances of a target that do not answer to a
// network's host name, and returns the steps.
func (b *builder) connectTarget(n topology.Network, target topology.Address, needs ...int) []int {
	out := slices.Clone(needs)
	for i := range b.Live.Each(target) {
		if slices.Contains(i.Networks[n.Name], n.Host) {
			continue
		}
		out = append(out, b.add(
			Connect{Network: n.Name, Instance: i.Name, Aliases: []string{n.Host}},
			Disconnect{Network: n.Name, Instance: i.Name}, needs))
	}
	return out
}

// connectConsumers connects those who declare the relationship and outlived its
// network. Who is planned as well is connected by that plan.
func (b *builder) connectConsumers(n topology.Network, needs ...int) {
	for i := range b.Live.Consumers(b.at) {
		if in(*i, n.Name) || b.about[i.Address] || !declares(i, b.at) {
			continue
		}
		b.impact.Repair = append(b.impact.Repair, "connects "+i.Name)
		b.add(Connect{Network: n.Name, Instance: i.Name}, Disconnect{Network: n.Name, Instance: i.Name}, needs)
	}
}

// declares reports whether an instance was made with a relationship.
func declares(i *topology.Instance, relationship topology.Address) bool {
	for _, r := range i.Workload.Relationships {
		if r.Address == relationship {
			return true
		}
	}
	return false
}

func (b *builder) deleteRelationship(network topology.Network, there bool) Change {
	var removed []int
	if there {
		removed = append(removed, b.removeNetwork(network.Name, nil))
	}
	b.unmark(b.Live.Generation(b.at)+1, removed...)
	return Change{Action: ActionDelete}
}

// removeNetwork disconnects who is in a network but not in without, then
// removes it, and returns the step that does.
func (b *builder) removeNetwork(name string, without []topology.Instance, needs ...int) int {
	left := slices.Clone(needs)
	gone := map[string]bool{}
	for _, i := range without {
		gone[i.Name] = true
	}
	for i := range b.Live.Members(name) {
		if !gone[i.Name] {
			left = append(left, b.add(Disconnect{Network: name, Instance: i.Name}, nil, needs))
		}
	}
	return b.add(RemoveNetwork{Name: name}, nil, left)
}
