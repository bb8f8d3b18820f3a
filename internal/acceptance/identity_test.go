package acceptance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// knows reports whether the Terraform or OpenTofu of the tests is of a version, or later.
func (w *workspace) knows(least string) bool {
	w.t.Helper()
	out, err := w.command("version", "-json").Output()
	if err != nil {
		w.t.Fatal(err)
	}
	var is struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &is); err != nil {
		w.t.Fatal(err)
	}
	return version.Must(version.NewVersion(is.Version)).Core().GreaterThanOrEqual(version.Must(version.NewVersion(least)))
}

// A client that knows identities imports by one, to an empty plan. An older one
// refuses the block, and nothing else of the provider.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	const app = `
resource "bayplan_app" "web" {
  name        = "web"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}
`
	w.write(app)
	w.settled()
	fresh := w.fresh()
	fresh.write(app + `
import {
  to       = bayplan_app.web
  identity = { name = "web" }
}
`)
	if !fresh.knows("1.12.0") {
		if got := fresh.fails("plan"); !strings.Contains(got, `An argument named "identity" is not expected here`) {
			t.Errorf("an older client says %s", got)
		}
		return
	}
	if out := fresh.settled(); !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the import says:\n%s", out)
	}
}

// A client that knows actions takes the provider's. An older one refuses the block, and
// nothing else of the provider.
func TestActionsNeedAClientThatHasThem(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(`
action "bayplan_restart" "web" {
  config {
    address = "app.web"
  }
}
`)
	if w.knows("1.14.0") {
		if out, code := w.terraform("validate"); code != 0 {
			t.Errorf("validate exits with %d:\n%s", code, out)
		}
		return
	}
	if got := w.fails("validate"); !strings.Contains(got, "Unsupported block type") || !strings.Contains(got, `action "bayplan_restart" "web"`) {
		t.Errorf("an older client says %s", got)
	}
}
