package topology_test

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What is found with an index is what is found without, whatever has changed.
func TestIndexFindsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := topology.Live{Scope: scope}.Indexed()
		for n := range rapid.IntRange(1, 30).Draw(t, "changes") {
			changed(t, &live, n)
			if n%10 == 0 {
				live = live.Indexed()
			}
		}
		plain := topology.Live{Scope: scope}
		plain.Instances, plain.Networks = present(live.Instances), present(live.Networks)
		plain.Volumes, plain.Vaults = present(live.Volumes), present(live.Vaults)
		plain.Keepers, plain.Markers = present(live.Keepers), present(live.Markers)
		if diff := cmp.Diff(lookups(plain), lookups(live)); diff != "" {
			t.Errorf("-without +with an index:\n%s", diff)
		}
	})
}

func present[T any](list []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return reflect.ValueOf(one).IsZero() })
}

var letters = []string{"a", "b", "c"}

func addressesOf(kinds ...topology.Kind) []topology.Address {
	var out []topology.Address
	for _, kind := range kinds {
		for _, name := range letters {
			out = append(out, topology.Address{Kind: kind, Name: name})
		}
	}
	return out
}

// changed makes one change, of which n is the number, to an indexed Live.
func changed(t *rapid.T, live *topology.Live, n int) {
	letter := func(what string) string { return rapid.SampledFrom(letters).Draw(t, what) }
	address := func(kinds ...topology.Kind) topology.Address {
		return rapid.SampledFrom(addressesOf(kinds...)).Draw(t, "address")
	}
	workload := func() topology.Address { return address(topology.KindApp, topology.KindService) }
	name := fmt.Sprint(letter("name"), n%5)
	switch rapid.IntRange(0, 14).Draw(t, "change") {
	case 0, 1, 2:
		if live.Named(name) == nil {
			needed := address(topology.KindRelationship, topology.KindApp)
			live.AddInstance(topology.Instance{
				Name: name, ID: letter("id"), Address: workload(),
				Networks: map[string][]string{letter("network"): nil, letter("network"): nil},
				Mounts:   map[string]topology.VolumeUse{"/d": {Volume: letter("volume")}},
				Workload: topology.Workload{Relationships: map[string]topology.Reference{"r": {Address: needed, TargetAddress: workload()}}},
			})
		}
	case 3:
		live.RemoveInstance(name, letter("id"))
	case 4:
		live.ChangeInstance(name, func(i *topology.Instance) { i.Networks = map[string][]string{letter("network"): nil} })
	case 5:
		live.ChangeInstance(name, func(i *topology.Instance) { i.Name += "'" })
	case 6, 7:
		live.AddNetwork(topology.Network{Name: name, Owner: address(topology.KindRelationship, topology.KindApp), Target: workload()})
	case 8:
		live.RemoveNetwork(name)
	case 9:
		a := address(topology.KindRelationship)
		live.AddMarker(topology.Marker{Name: name, Address: a, Generation: n, Target: workload()})
	case 10:
		live.RemoveMarker(name)
	case 11:
		live.AddVolume(topology.LiveVolume{Name: letter("volume"), Address: address(topology.KindVolume)})
		live.AddVault(topology.Vault{Name: name, Address: workload()})
	case 12:
		live.RemoveVolume(letter("volume"))
		live.RemoveVault(name)
	case 13:
		live.AddKeeper(topology.Keeper{Name: name, Address: workload(), Vault: letter("vault")})
	case 14:
		live.ChangeKeeper(name, func(k *topology.Keeper) { k.Name, k.Status = topology.KeeperName(k.Vault), topology.StatusRunning })
	}
}

// lookups returns all that can be found.
func lookups(live topology.Live) map[string]any {
	out := map[string]any{}
	for _, a := range addressesOf(topology.KindApp, topology.KindService, topology.KindRelationship, topology.KindVolume) {
		out["of "+a.String()] = live.Of(a)
		out["consumers of "+a.String()] = values(live.Consumers(a))
		out["rivals of "+a.String()] = values(live.Rivals(a, a.Name))
		out["networks of "+a.String()] = values(live.NetworksOf(a))
		out["networks to "+a.String()] = values(live.NetworksTo(a, topology.Address{Kind: topology.KindApp, Name: "a"}))
		out["volumes of "+a.String()] = values(live.VolumesOf(a, "a", "b"))
		out["vaults of "+a.String()] = values(live.VaultsOf(a))
		out["keepers of "+a.String()] = values(live.KeepersOf(a, "a"))
		out["markers of "+a.String()] = values(live.MarkersOf(a))
	}
	for _, letter := range letters {
		out["members of "+letter] = values(live.Members(letter, "a"))
		out["holders of "+letter] = values(live.Holders(letter))
		out["volume "+letter], _ = live.Volume(letter)
		out["filled "+letter], _ = live.Filled(letter)
		for n := range 5 {
			name := fmt.Sprint(letter, n)
			out["instance "+name] = live.Named(name)
			out["network "+name], _ = live.Network(name)
			out["vault "+name], _ = live.Vault(name)
			out["marker "+name], _ = live.Marker(name)
		}
	}
	return out
}

func values[T any](all iter.Seq[*T]) []T {
	var out []T
	for one := range all {
		out = append(out, *one)
	}
	return out
}
