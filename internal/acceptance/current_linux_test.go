package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// What an engine of today does otherwise, and what only such a one does.
func TestCurrentEngine(t *testing.T) {
	t.Parallel()
	m := testenv.NewCurrent(t, []string{"busybox:stable", "postgres:15"})
	for name, test := range map[string]func(*workspace){
		"attributes": func(w *workspace) {
			b := &bench{workspace: w, rows: directoryRows()}
			b.run()
		},
		"story":       tellCurrent,
		"directories": loseDirectory,
	} {
		t.Run(name, func(t *testing.T) { test(workspaceAt(t, m.Env, name)) })
	}
}

// shelf is an app that serves what it writes into a directory of a volume, on top of
// a database that it reaches by a declared relationship.
func shelf(directory string, version int) string {
	return fmt.Sprintf(`
resource "bayplan_volume" "files" {
  name       = "files"
  shared     = true
  on_destroy = "delete"
}
resource "bayplan_app" "directories" {
  name    = "directories"
  image   = "busybox:stable"
  command = ["mkdir", "-p", "/files/site"]
  mounts  = { "/files" = { volume = bayplan_volume.files.id } }
  egress  = false
  job     = true
}
resource "bayplan_service" "db" {
  name = "db"
  type = "postgresql:15"
}
resource "bayplan_relationship" "db" {
  name   = "db"
  target = bayplan_service.db
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sh", "-c", "echo $VERSION >/site/version; exec httpd -f -p 8080 -h /site"]
  env           = { VERSION = %d }
  mounts        = { "/site" = { volume = bayplan_volume.files.id, source_path = %q } }
  healthcheck   = { http = ":8080/version", interval = "1s" }
  stop_signal   = "SIGKILL"
  relationships = { db = bayplan_relationship.db, directories = bayplan_app.directories }
}
`, version, directory)
}

// tellCurrent makes a topology, changes it, finds what others changed, goes back and removes all.
func tellCurrent(w *workspace) {
	serves := func(version string) {
		w.t.Helper()
		if out := w.must("web", "nc -w 5 db.internal 5432 </dev/null && cat /site/version"); strings.TrimSpace(out) != version {
			w.t.Errorf("web serves %q, not %s", out, version)
		}
		if out := w.bayplan("plan"); !strings.Contains(out, "No changes.") {
			w.t.Errorf("nothing is left to do, and a plan says:\n%s", out)
		}
	}
	w.write(shelf("site", 1))
	w.bayplan("apply", "--auto-approve")
	serves("1")
	psql := func(command, want string) {
		w.t.Helper()
		out, code := w.exec(w.only("db").ID, "psql", "-U", "main", "-tAc", command)
		if code != 0 || strings.TrimSpace(out) != want {
			w.t.Errorf("%s: %q, code %d", command, out, code)
		}
	}
	psql("create table kept as select 42 as n", "SELECT 1")

	w.write(shelf("site", 2))
	w.bayplan("apply", "--auto-approve")
	serves("2")
	more := container.UpdateConfig{Resources: container.Resources{Memory: 1 << 28, MemorySwap: 1 << 28}}
	if _, err := w.engine.Docker.ContainerUpdate(w.ctx(), w.only("db").ID, more); err != nil {
		w.t.Fatal(err)
	}
	if out := w.bayplan("plan"); !strings.Contains(out, `memory: "256m" -> none`) {
		w.t.Errorf("the limit that somebody set is in no plan:\n%s", out)
	}
	w.bayplan("apply", "--auto-approve")
	w.bayplan("revert", "1", "--auto-approve")
	if out := w.must("web", "cat /site/version"); strings.TrimSpace(out) != "1" {
		w.t.Errorf("after the revert web serves %q", out)
	}
	psql("select n from kept", "42")
	w.bayplan("destroy", "--auto-approve", "--allow", "deletes-data")
	for _, left := range w.objects() {
		if !strings.HasPrefix(left, "volume "+w.project+"-default-db") {
			w.t.Errorf("there is left %s", left)
		}
	}
}

// loseDirectory mounts a directory that is not there: the plan cannot know, the apply
// says so, and the old instance goes on.
func loseDirectory(w *workspace) {
	w.write(shelf("site", 1))
	w.bayplan("apply", "--auto-approve")
	before := w.only("web").ID
	w.write(shelf("site/none", 2))
	said := w.bayplanRefuses("apply", "--auto-approve")
	for _, want := range []string{"start instance", "site/none", "See to source_path"} {
		if !strings.Contains(said, want) {
			w.t.Errorf("it says nothing of %q:\n%s", want, said)
		}
	}
	if now := w.only("web"); now.ID != before || !now.State.Running {
		w.t.Error("the old instance does not serve any more")
	}
}
