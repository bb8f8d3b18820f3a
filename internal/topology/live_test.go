package topology_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestLiveMarkers(t *testing.T) {
	owner := topology.Address{Kind: topology.KindRelationship, Name: "db"}
	live := topology.Live{Scope: scope}
	network := topology.Network{Name: "shop-default-db", Owner: owner, Target: db}
	if live.Generation(owner) != 1 || live.TargetOf(network) != db {
		t.Errorf("without a marker: generation %d, target %s", live.Generation(owner), live.TargetOf(network))
	}
	live.Markers = []topology.Marker{
		{Address: owner, Generation: 3, Target: web},
		{Address: owner, Generation: 2, Target: db},
		{Address: db, Generation: 9},
	}
	if live.Generation(owner) != 3 || live.TargetOf(network) != web {
		t.Errorf("the highest marker counts: generation %d, target %s", live.Generation(owner), live.TargetOf(network))
	}
}

func TestLiveLookups(t *testing.T) {
	live := topology.Live{
		Instances: []topology.Instance{{Name: "a", Address: web}, {Name: "b", Address: db}, {Name: "c", Address: web}},
		Networks:  []topology.Network{{Name: "n"}},
		Volumes:   []topology.LiveVolume{{Name: "v"}},
	}
	if of := live.Of(web); len(of) != 2 || of[0].Name != "a" || of[1].Name != "c" {
		t.Errorf("Of: %v", of)
	}
	_, network := live.Network("n")
	_, noNetwork := live.Network("v")
	_, volume := live.Volume("v")
	_, noVolume := live.Volume("n")
	if !network || noNetwork || !volume || noVolume {
		t.Errorf("found %v %v %v %v", network, noNetwork, volume, noVolume)
	}
}
