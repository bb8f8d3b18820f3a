package docker

import (
	"fmt"
	"testing"

	"github.com/containerd/errdefs"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestVolume(t *testing.T) {
	b := newBench(t)
	other := bench{b.Engine, topology.Scope{Project: b.scope.Project, Environment: "other"}}
	v := topology.LiveVolume{
		Name: b.scope.DataVolumeName("db"), Address: topology.Address{Kind: topology.KindService, Name: "db"},
	}
	b.perform(t, plan.CreateVolume{Volume: v}, plan.CreateVolume{Volume: v})
	found, err := b.inspectVolume(t.Context(), v.Name)
	if err != nil || found.Options["size"] != "0" || found.Driver != "local" {
		t.Errorf("got %+v, error %v: prune would not spare it", found, err)
	}
	for _, op := range []plan.Op{plan.CreateVolume{Volume: v}, plan.RemoveVolume{Name: v.Name}} {
		if err := other.refuse(t, op, "is not of project"); !errdefs.IsConflict(err) {
			t.Errorf("class of %v", err)
		}
	}
	b.refuse(t, plan.Unmark{Name: v.Name}, "exists and is not")
	stranger := v
	stranger.Address.Name = "another"
	b.refuse(t, plan.CreateVolume{Volume: stranger}, "owner")
	b.perform(t, plan.RemoveVolume{Name: v.Name}, plan.RemoveVolume{Name: v.Name})
}

func TestMarkIsWonByOne(t *testing.T) {
	b := newBench(t)
	owner := topology.Address{Kind: topology.KindRelationship, Name: "db"}
	won := make([]bool, 8)
	var group errgroup.Group
	for i := range won {
		group.Go(func() error {
			m := topology.Marker{Name: b.scope.MarkerName(owner, 2), Address: owner, Generation: 2, Target: app(fmt.Sprintf("t%d", i))}
			err := b.Perform(t.Context(), b.scope, plan.Mark{Marker: m}, nil)
			if won[i] = err == nil; errdefs.IsConflict(err) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	markers := b.observe(t).Markers
	if len(markers) != 1 {
		t.Fatalf("got %v", markers)
	}
	for i, won := range won {
		if is := markers[0].Target == app(fmt.Sprintf("t%d", i)); is != won {
			t.Errorf("racer %d was told %t, the marker says %s", i, won, markers[0].Target)
		}
	}
	b.refuse(t, plan.RemoveVolume{Name: markers[0].Name}, "exists and is not")
	b.perform(t, plan.Unmark{Name: markers[0].Name}, plan.Unmark{Name: markers[0].Name})
}
