package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Present returns what is live of an app or service as one value, with its
// status: like the given value (what was last known of it; nil when nothing
// is), but what differs on any instance as it is there. Fields without an
// effect stay like the given value. A relationship that no longer connects
// every instance is left out. Replicas is the number of instances. It is false
// when there is no instance.
func Present(live topology.Live, a topology.Address, like *topology.Workload) (topology.Workload, topology.Status, bool) {
	return presentOf(live, a, byGeneration(live, a), like)
}

// presentOf is Present of the instances of an address, the oldest first.
func presentOf(live topology.Live, a topology.Address, instances []topology.Instance, like *topology.Workload) (topology.Workload, topology.Status, bool) {
	if len(instances) == 0 {
		return topology.Workload{}, "", false
	}
	w := instances[0].Workload
	if like != nil {
		w = *like
	}
	for _, f := range WorkloadFields {
		if f.Effect == EffectNone || f.Name == "relationships" {
			continue
		}
		known := f.Get(&w)
		for k := range instances {
			if actual := f.Get(&instances[k].Workload); !Equal(known, actual) {
				known.Set(actual)
				break
			}
		}
	}
	w.Name, w.Replicas = instances[0].Workload.Name, int64(len(instances))
	w.Relationships = connected(live, a, instances, presentReferences(w, instances))
	if !all(instances, func(i topology.Instance) bool { return in(i, live.Scope.EgressNetwork()) }) {
		w.Egress, w.Ports = false, nil // neither works without the network
	}
	return w, worst(instances), true
}

// presentReferences returns the known relationships, but those that an
// instance was made with otherwise as it was made.
func presentReferences(w topology.Workload, instances []topology.Instance) map[string]topology.Reference {
	out := maps.Clone(w.Relationships)
	for k := range instances {
		for _, d := range diff(relationshipsOnly, &w, &instances[k].Workload) {
			made, ok := d.New.(topology.Reference)
			switch {
			case d.Effect != EffectReplace:
			case ok:
				if out == nil {
					out = map[string]topology.Reference{}
				}
				out[d.Key] = made
			default:
				delete(out, d.Key)
			}
		}
	}
	return out
}

var relationshipsOnly = []Field{{Name: "relationships", Effect: EffectReplace}}

// connected returns the relationships whose networks every instance is in,
// with their target where the network is the consumer's own.
func connected(live topology.Live, a topology.Address, instances []topology.Instance, known map[string]topology.Reference) map[string]topology.Reference {
	out := map[string]topology.Reference{}
	for key, r := range known {
		network := networkOf(live.Scope, a, key, r)
		ok := network == "" || all(instances, func(i topology.Instance) bool { return in(i, network) })
		if ok && network != "" && r.Address.Kind != topology.KindRelationship {
			ok = reaches(live, network, r.TargetAddress, r.Host)
		}
		if ok {
			out[key] = r
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// reaches reports whether every instance of a target answers to the host name
// in a network. A target without instances is its own trouble: that is true.
func reaches(live topology.Live, network string, target topology.Address, host string) bool {
	for i := range live.Each(target) {
		if !slices.Contains(i.Networks[network], host) {
			return false
		}
	}
	return true
}

// PresentRelationship returns what is live of a relationship, like the given
// value. Its target is empty when the target's instances are not connected, or
// others are.
func PresentRelationship(live topology.Live, a topology.Address, like *topology.Relationship) (topology.Relationship, bool) {
	network, ok := live.Network(live.Scope.RelationshipNetwork(a.Name))
	if !ok || network.Owner != a {
		return topology.Relationship{}, false
	}
	r := network.Declared
	if like != nil {
		r = *like
	}
	r.Name = a.Name
	target := live.TargetOf(network)
	if r.Target.TargetAddress != target {
		r.Target = topology.Reference{Address: target, TargetAddress: target, Host: target.Host()}
	}
	if like == nil {
		r.Target = referenceTo(live, r.Target)
	}
	if !reaches(live, network.Name, target, network.Host) || len(strangers(live, network, target)) > 0 {
		r.Target = topology.Reference{}
	}
	return r, true
}

// Current returns references as they would be made now: what the labels of a
// consumer and of a network tell of a target is as old as those. One that would
// give its consumer other variables stays as the consumer was made with.
func Current(live topology.Live, made map[string]topology.Reference) map[string]topology.Reference {
	out := maps.Clone(made)
	for key, r := range made {
		now := referenceTo(live, r)
		if r.Address.Kind == topology.KindRelationship {
			if v, ok := PresentRelationship(live, r.Address, nil); ok {
				now, _ = topology.RelationshipReference(v)
			}
		}
		if sameInjection(r, now) {
			out[key] = now
		}
	}
	return out
}

// referenceTo returns a reference to an app or service as its latest instance
// tells it, or as it is known where there is none.
func referenceTo(live topology.Live, known topology.Reference) topology.Reference {
	instances := byGeneration(live, known.Address)
	if len(instances) == 0 {
		return known
	}
	w, _ := catalog.Complete(live.Scope, known.Address, instances[len(instances)-1].Workload)
	return catalog.Reference(live.Scope, known.Address, w)
}

// strangers returns the instances that answer to a network's host name
// without being the target.
func strangers(live topology.Live, n topology.Network, target topology.Address) []topology.Instance {
	var out []topology.Instance
	for i := range live.Members(n.Name) {
		if i.Address != target && slices.Contains(i.Networks[n.Name], n.Host) {
			out = append(out, *i)
		}
	}
	return out
}

// PresentVolume returns what is live of a declared volume, like the given value.
func PresentVolume(live topology.Live, a topology.Address, like *topology.Volume) (topology.Volume, bool) {
	volume, ok := live.Volume(live.Scope.VolumeName(a.Name))
	if !ok || volume.Address != a {
		return topology.Volume{}, false
	}
	v := volume.Declared
	if like != nil {
		v.Shared, v.OnDestroy = like.Shared, like.OnDestroy
	}
	v.Name = a.Name
	return v, true
}

// Status returns what the status of a workload should be.
func Status(w topology.Workload) topology.Status {
	if w.Job {
		return topology.StatusCompleted
	}
	return topology.StatusRunning
}

// byGeneration returns the instances of an address from the oldest generation,
// then by number.
func byGeneration(live topology.Live, a topology.Address) []topology.Instance {
	instances := live.Of(a)
	slices.SortFunc(instances, func(x, y topology.Instance) int {
		return cmp.Or(cmp.Compare(x.Generation, y.Generation), cmp.Compare(x.N, y.N))
	})
	return instances
}

// severity orders states from what is wanted to what is furthest from it.
var severity = []topology.Status{
	topology.StatusCompleted, topology.StatusRunning, topology.StatusUnhealthy, topology.StatusPaused,
	topology.StatusRestarting, topology.StatusCreated, topology.StatusExited,
}

// worst returns the state of the instance that is furthest from what is
// wanted. What is no job and ended well has ended all the same.
func worst(instances []topology.Instance) topology.Status {
	found := topology.StatusCompleted
	for _, i := range instances {
		if distance(i) > slices.Index(severity, found) {
			found = severity[distance(i)]
		}
	}
	return found
}

// distance is how far an instance is from what is wanted.
func distance(i topology.Instance) int {
	if i.Status == topology.StatusCompleted && !i.Workload.Job {
		return slices.Index(severity, topology.StatusExited)
	}
	return slices.Index(severity, i.Status)
}

func all(instances []topology.Instance, is func(topology.Instance) bool) bool {
	return !slices.ContainsFunc(instances, func(i topology.Instance) bool { return !is(i) })
}

func in(i topology.Instance, network string) bool {
	_, ok := i.Networks[network]
	return ok
}
