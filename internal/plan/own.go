package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Own returns the part of live that concerns one address: its instances,
// networks, volumes and markers, and of the instances it has to do with the
// state and the connections, not what they were made from.
func Own(live topology.Live, a topology.Address) topology.Live {
	own := topology.Live{Scope: live.Scope}
	networks, volumes := map[string]bool{}, map[string]bool{}
	tied := map[string]bool{} // networks of its own, or in which it is the target
	related := map[topology.Address]bool{a: true}
	for _, i := range live.Of(a) {
		for name := range i.Networks {
			networks[name] = true
		}
		for _, use := range i.Mounts {
			volumes[use.Volume] = true
		}
		for _, r := range i.Workload.Relationships {
			related[r.TargetAddress] = true
		}
	}
	for _, n := range live.Networks {
		target := live.TargetOf(n)
		tied[n.Name] = n.Owner == a || target == a
		if networks[n.Name] || tied[n.Name] {
			networks[n.Name] = true
			own.Networks = append(own.Networks, n)
		}
		if n.Owner == a {
			related[target] = true
		}
	}
	for _, v := range live.Volumes {
		if volumes[v.Name] || v.Address == a {
			own.Volumes = append(own.Volumes, v)
		}
	}
	for _, m := range live.Markers {
		if m.Address == a || networks[live.Scope.RelationshipNetwork(m.Address.Name)] {
			own.Markers = append(own.Markers, m)
		}
	}
	for _, h := range live.Hooks {
		if h.Address == a {
			own.Hooks = append(own.Hooks, h)
		}
	}
	own.Written = slices.DeleteFunc(slices.Clone(live.Written), func(m topology.Marker) bool { return m.Address != a && !volumes[m.Volume] })
	own.Vaults = slices.DeleteFunc(slices.Clone(live.Vaults), func(v topology.Vault) bool { return v.Address != a })
	own.Keepers = slices.DeleteFunc(slices.Clone(live.Keepers), func(k topology.Keeper) bool { return k.Address != a })
	own.Instances = neighbours(live, a, related, tied)
	return own
}

// neighbours returns the instances of an address and those it has to do with:
// what it needs, who needs it, who is in a network of its own. Of the latter only
// what ties them to the address is kept.
func neighbours(live topology.Live, a topology.Address, related map[topology.Address]bool, tied map[string]bool) []topology.Instance {
	var out []topology.Instance
	for _, i := range live.Instances {
		ties := map[string]topology.Reference{}
		for key, r := range i.Workload.Relationships {
			if r.Address == a || r.TargetAddress == a {
				ties[key] = r
			}
		}
		near := related[i.Address] || len(ties) > 0
		for name := range i.Networks {
			near = near || tied[name]
		}
		for _, use := range i.Mounts {
			v, _ := live.Volume(use.Volume)
			near = near || v.Address == a
		}
		if i.Address != a {
			i.Workload = topology.Workload{Relationships: ties}
		}
		if near {
			out = append(out, i)
		}
	}
	return out
}

// Dependants returns who is live and needs an address: the consumers of a
// workload or relationship, the users of a volume. Sorted.
func Dependants(live topology.Live, a topology.Address) []topology.Address {
	found := map[topology.Address]bool{}
	for i := range live.Consumers(a) {
		found[i.Address] = true
	}
	for v := range live.VolumesOf(a) {
		for i := range live.Holders(v.Name) {
			found[i.Address] = true
		}
	}
	delete(found, a)
	return byAddress(found)
}

// Fingerprint is a hash of what a plan for an address rests on: which objects
// are live of it and with what content, not whether they are healthy nor what
// other addresses do.
func Fingerprint(live topology.Live, a topology.Address) string {
	type instance struct {
		Name, ID, Hash string
		Live           []Setting
	}
	var of struct {
		Instances []instance
		Networks  []string
		Volumes   []string
		Keepers   []topology.Keeper
		Target    string
		Marked    int
	}
	for i := range live.Each(a) {
		of.Instances = append(of.Instances, instance{i.Name, i.ID, i.SpecHash, settings(i.Workload, EffectLive)})
	}
	for n := range live.NetworksOf(a) {
		if a.Kind == topology.KindRelationship {
			of.Networks, of.Target = append(of.Networks, n.ID), live.TargetOf(*n).String()
		}
	}
	for v := range live.VolumesOf(a) {
		if a.Kind == topology.KindVolume {
			of.Volumes = append(of.Volumes, v.Name)
		}
	}
	for k := range live.KeepersOf(a) {
		of.Keepers = append(of.Keepers, *k)
	}
	of.Marked = live.Generation(a)
	text, err := json.Marshal(of)
	if err != nil {
		panic("plan: live state has no canonical form: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
