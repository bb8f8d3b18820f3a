package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// AsLive returns what is live of a topology once it is applied where nothing
// was, everything running. Engine ids are empty.
func AsLive(desired topology.Topology, key topology.Key) (topology.Live, error) {
	desired = Printed(desired, key)
	live := topology.Live{Scope: desired.Scope}.Indexed()
	order, err := Order(desired, live, nil)
	if err != nil {
		return live, err
	}
	made, err := Make(Input{Desired: desired, Live: live, Key: key, About: order})
	if err != nil {
		return live, err
	}
	for _, s := range made.Steps {
		if o, ok := s.Op.(CreateNetwork); ok && o.Network.Kind == topology.NetworkEgress {
			if _, there := live.Network(o.Network.Name); !there {
				live.AddNetwork(o.Network)
			}
		}
		perform(&live, s.Op, desired)
	}
	live.Index = nil
	for i := range live.All() {
		i.Workload.Replicas = 1
	}
	slices.SortFunc(live.Instances, func(x, y topology.Instance) int { return cmp.Compare(x.Name, y.Name) })
	slices.SortFunc(live.Networks, func(x, y topology.Network) int { return cmp.Compare(x.Name, y.Name) })
	slices.SortFunc(live.Volumes, func(x, y topology.LiveVolume) int { return cmp.Compare(x.Name, y.Name) })
	return live, nil
}

// Between lists what differs between two topologies by address, in the fields
// of their tables; those with no effect too. What was renamed is compared with
// what its former address was, by the new one.
func Between(before, after topology.Topology, renamed map[topology.Address]topology.Address) []Change {
	changes := slices.Concat(
		between(WorkloadFields, before.Workloads, after.Workloads, renamed),
		between(RelationshipFields, before.Relationships, after.Relationships, renamed),
		between(VolumeFields, before.Volumes, after.Volumes, renamed),
	)
	slices.SortFunc(changes, func(x, y Change) int { return compareAddresses(x.Address, y.Address) })
	return changes
}

func between[T any](table []Field, before, after map[topology.Address]T, renamed map[topology.Address]topology.Address) []Change {
	was := maps.Clone(before)
	var out []Change
	for a, want := range after {
		former, moved := renamed[a]
		if _, there := was[former]; !moved || !there {
			former = a
		}
		had, there := was[former]
		delete(was, former)
		c := Change{Address: a, Action: ActionUpdate, Fields: diff(table, &had, &want)}
		if !there {
			c.Action = ActionCreate
		}
		if !there || len(c.Fields) > 0 {
			out = append(out, c)
		}
	}
	for a := range was {
		out = append(out, Change{Address: a, Action: ActionDelete})
	}
	return out
}
