package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Who has a volume mounted goes before it.
func TestEverythingTakesVolumesDownLast(t *testing.T) {
	s := &story{world: newWorld()}
	s.told(t, "volume data\napp web image=web:1 mounts./data=volume:data")
	s.apply(t, options{}, s.order...)
	order, err := plan.Everything(s.desired, s.live(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []topology.Address{{Kind: topology.KindApp, Name: "web"}, {Kind: topology.KindVolume, Name: "data"}}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
