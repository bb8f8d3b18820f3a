package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// What is told is the first report, then five a second, and the last.
func TestAPullIsToldOf(t *testing.T) {
	bubble(t, func(t *testing.T) {
		image := plan.EnsureImage{Image: "redis:7"}
		rt := &fake{pulls: map[string]func(func(apply.Pulled)){image.String(): func(report func(apply.Pulled)) {
			for i := range int64(11) {
				report(apply.Pulled{Done: i, Total: 10})
				time.Sleep(50 * time.Millisecond)
			}
		}}}
		var heard recorder
		if _, err := apply.Run(t.Context(), rt, scope, []plan.Step{{Address: web, Op: image}}, apply.Options{Sink: heard.sink}); err != nil {
			t.Fatal(err)
		}
		const step = `0 app.web: ensure image "redis:7" `
		want := []string{
			step + "started", step + "pulled 0 of 10", step + "pulled 4 of 10", step + "pulled 8 of 10",
			step + "pulled 10 of 10", step + "done after 1.55s",
		}
		if diff := cmp.Diff(want, heard.heard); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
