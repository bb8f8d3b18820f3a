package view

import (
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Of what an apply did, a revision says what was taken back, what could not be
// and what stayed.
func TestRevisionSaysWhatWasTakenBack(t *testing.T) {
	volume := topology.Address{Kind: topology.KindVolume, Name: "data"}
	site := topology.Address{Kind: topology.KindApp, Name: "site"}
	ends := topology.Address{Kind: topology.KindApp, Name: "ends"}
	of := func(outcome string) revision.Outcome { return revision.Outcome{Outcome: outcome} }
	for name, tt := range map[string]struct {
		back map[topology.Address]revision.Outcome
		want []string
	}{
		"all": {map[topology.Address]revision.Outcome{site: of("done")}, []string{
			"Back:   what was done was taken back\n", "app.site     update  done, 0.0s, then taken back  \n",
		}},
		"not all": {map[topology.Address]revision.Outcome{site: of("failed")}, []string{
			"Back:   not taken back: app.site\n", "app.site     update  done, 0.0s, then not taken back  \n",
		}},
		"none": {nil, []string{"app.site     update  done, 0.0s    \n"}},
	} {
		r := revision.Revision{
			Begun: revision.Begun{Changes: []revision.Change{
				{Address: volume, Action: "create"}, {Address: site, Action: "update"}, {Address: ends, Action: "create"},
			}},
			Ended: revision.Ended{
				Status: revision.StatusFailed, Ended: time.Unix(1, 0), TakenBack: tt.back,
				Outcomes: map[topology.Address]revision.Outcome{volume: of("done"), site: of("done"), ends: of("failed")},
			},
		}
		var out strings.Builder
		if err := WriteRevision(&out, Style{}, r, nil); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(out.String()), " ")
		for _, want := range append(tt.want, "volume.data  create  done, 0.0s app.site") {
			if want = strings.Join(strings.Fields(want), " "); !strings.Contains(text, want) {
				t.Errorf("%s: there is no %q in\n%s", name, want, out.String())
			}
		}
	}
}
