package acceptance

import (
	"maps"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// tended is a topology in which a saved plan changes each address.
func tended(say, memory string) string {
	return idle("bottom", `  env = { SAY = "`+say+`" }`) + idle("web", `  memory = "`+memory+"\"\n"+needing("bottom")) + `
resource "bayplan_volume" "data" {
  name       = "data"
  on_destroy = "delete"
  labels     = { say = "` + say + `" }
}
`
}

// A saved plan is refused when anything that it changes has moved since, and
// nothing is changed then: not that, and not the rest.
func TestSavedPlanFromBeforeIsRefused(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	for _, tt := range []struct {
		name  string
		drift string
		moved []string
	}{
		{"a limit", "docker update --memory 80m --memory-swap 80m $PREFIX-web-1-1", []string{"app.web"}},
		{"a removed container", "docker rm -f $PREFIX-web-1-1", []string{"app.web"}},
		{"a stopped container", "docker kill $PREFIX-bottom-1-1", []string{"app.bottom"}},
		{"a network", "docker network disconnect $PREFIX-app.web.bottom.app.bottom $PREFIX-web-1-1", []string{"app.web"}},
		{"a removed volume", "docker volume rm $PREFIX-data", []string{"volume.data"}},
		{"two", "docker rm -f $PREFIX-web-1-1; docker volume rm $PREFIX-data", []string{"app.web", "volume.data"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.env = append(w.env, "PREFIX="+w.project+"-default")
			w.write(tended("a", "64m"))
			w.bayplan("apply", "--auto-approve")
			w.write(tended("b", "96m"))
			w.bayplan("plan", "--out", "next.plan")
			w.script(tt.drift)
			w.refusesSaved(tt.moved)
			w.bayplan("plan", "--out", "next.plan")
			w.bayplan("apply", "next.plan", "--allow", "deletes-data")
			w.bayplan("plan", "--detailed-exitcode")
		})
	}
}

// refusesSaved checks that the saved plan is refused because of what has moved,
// and that nothing is changed.
func (w *workspace) refusesSaved(moved []string) {
	w.t.Helper()
	onlooker := *w
	onlooker.project = ""
	before := onlooker.picture(nobodys{}, w)
	said := w.bayplanRefuses("apply", "next.plan", "--allow", "deletes-data")
	var want strings.Builder
	for _, address := range moved {
		want.WriteString("bayplan: " + address + ": what is live has moved since the plan was made, and nothing was changed\n" +
			"  Run bayplan plan to see what it is now.\n")
	}
	if said != want.String() {
		w.t.Errorf("the refusal says\n%s\nand should say\n%s", said, want.String())
	}
	after := onlooker.picture(nobodys{}, w)
	if !maps.Equal(before, after) || len(before) == 0 {
		w.t.Errorf("the refusal changes something: %v before, %v after", before, after)
	}
}
