package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// podmanParts is an app behind a published port, one with secrets that needs a
// database with data, and another database. What is in capitals differs by turn.
const podmanParts = `
resource "bayplan_volume" "data" {
  name = "data"
}
resource "bayplan_service" "base" {
  BASE
  type        = "redis:7"
  stop_signal = "SIGKILL"
  mounts      = { "/data" = { volume = bayplan_volume.data.id } }
}
resource "bayplan_service" "spare" {
  name        = "spare"
  type        = "redis:7"
  stop_signal = "SIGKILL"
}
resource "bayplan_relationship" "store" {
  name   = "store"
  target = bayplan_service.TARGET
}
resource "bayplan_app" "api" {
  name            = "api"
  image           = "IMAGE"
  command         = COMMAND
  user            = "1000"
  stop_signal     = "SIGKILL"
  secrets         = { token = "hushed" }
  secrets_version = "1"
  relationships   = { store = bayplan_relationship.store }
  healthcheck     = { http = ":8080/passwd" }
}
resource "bayplan_app" "front" {
  name          = "front"
  image         = "busybox:stable"
  command       = ["httpd", "-f", "-p", "8080", "-h", "/etc"]
  stop_signal   = "SIGKILL"
  ports         = ["8000:8080"]
  relationships = { api = bayplan_app.api }
}
`

// podmanConfig returns the parts, with lines that differ: pairs of what is in
// capitals and what is there instead.
func podmanConfig(differ ...string) string {
	same := []string{"BASE", `name = "base"`, "TARGET", "base", "IMAGE", "busybox:stable", "COMMAND", `["httpd", "-f", "-p", "8080", "-h", "/etc"]`}
	return strings.NewReplacer(append(differ, same...)...).Replace(podmanParts)
}

// podmanCrashes are stories in the midst of which the command is killed.
var podmanCrashes = []string{"create", "everything"}

// Podman runs what Docker does, but for what the guide of hosts says. It is so with
// the Podman that there is: the distribution's.
func TestPodman(t *testing.T) {
	t.Parallel()
	h := hostStage{testenv.NewPodman(t, []string{"busybox:stable", "redis:7"})}
	t.Run("story", h.podmanStory)
	for _, s := range crashStories {
		if !slices.Contains(podmanCrashes, s.name) {
			continue
		}
		undisturbed := peaceful(t, h, s)
		for _, p := range chosenPoints(2*undisturbed.writes, 2) {
			t.Run(s.name+"/"+p.String(), func(t *testing.T) { crashes(t, h, s, p, undisturbed) })
		}
	}
}

// applies makes a configuration live, after which nothing is left to do, and returns
// what the apply printed.
func (w *chaosRun) applies(config string) string {
	w.t.Helper()
	w.write(config)
	out := w.bayplan(unasked("apply")...)
	w.bayplan("plan", "--detailed-exitcode")
	return out
}

// stores waits until the api reaches a database that holds a value, in the words of
// its protocol: Podman's names follow its networks a moment later.
func (w *chaosRun) stores(value string) {
	w.t.Helper()
	testenv.Eventually(w.t, callLimit, "the store has "+value, func() error {
		if out, code := w.exec(w.only("api").ID, "sh", "-c", "echo GET kept | nc -w 2 store.internal 6379"); code != 0 || out != value {
			return fmt.Errorf("it answers %q, with code %d", out, code)
		}
		return nil
	})
}

// What the database answers that has what is kept, and the other.
const stored, notStored = "$8\r\nprecious\r\n", "$-1\r\n"

func (h hostStage) podmanStory(t *testing.T) {
	w := h.run(t)
	w.applies(podmanConfig())
	w.must("base", "redis-cli set kept precious && redis-cli save")
	w.stores(stored)
	w.must("front", "wget -q -O /dev/null http://api.internal:8080/passwd")
	w.in("api", "cat /run/secrets/token", "hushed")
	if out, code := w.exec(w.only("front").ID, "sh", "-c", "nc -w 1 store.internal 6379 </dev/null"); code == 0 {
		t.Errorf("front reaches what it has no relationship to: %s", out)
	}
	const asks = `exec 3<>/dev/tcp/127.0.0.1/8000; printf 'GET /passwd HTTP/1.0\r\n\r\n' >&3; grep root: <&3`
	if out, err := h.machine.Inside("bash", "-c", asks).CombinedOutput(); err != nil {
		t.Errorf("the published port: %v: %s", err, out)
	}
	h.podmanDrift(w)
	h.podmanRoll(w)

	w.applies(podmanConfig("TARGET", "spare"))
	w.stores(notStored)
	w.bayplan(unasked("revert", "-1")...)
	w.write(podmanConfig())
	w.stores(stored)
	if out := w.applies(podmanConfig("BASE", "name = \"db\"\n  renamed_from = \"base\"")); !strings.Contains(out, "service.db") {
		t.Errorf("a rename is applied as\n%s", out)
	}
	w.stores(stored)

	w.bayplan(unasked("destroy")...)
	data := w.project + "-default-"
	want := []string{"volume " + data + "data", "volume " + data + "data.written.1", "volume " + data + "spare.data"}
	if diff := cmp.Diff(want, slices.DeleteFunc(w.objects(), isMarker)); diff != "" {
		t.Errorf("what destroy leaves (-want +got):\n%s", diff)
	}
}

// podmanDrift takes away what was applied, which is seen and put right.
func (h hostStage) podmanDrift(w *chaosRun) {
	w.t.Helper()
	docker := h.machine.Docker
	if err := docker.NetworkDisconnect(w.ctx(), w.project+"-default-store", w.only("base").ID, false); err != nil {
		w.t.Fatal(err)
	}
	if err := docker.ContainerStop(w.ctx(), w.only("front").ID, container.StopOptions{}); err != nil {
		w.t.Fatal(err)
	}
	planned := w.promised("plan")
	for address, want := range map[string]string{"relationship.store": "update", "app.front": "update", "service.base": "", "app.api": ""} {
		if got, _ := planned.change(address); got != want {
			w.t.Errorf("the plan's action for %s is %q; want %q", address, got, want)
		}
	}
	w.applies(podmanConfig())
	w.stores(stored)
}

// podmanRoll replaces what runs by what ends at once, and then by another image
// that serves.
func (h hostStage) podmanRoll(w *chaosRun) {
	w.t.Helper()
	next := "next:" + w.project
	if _, err := h.machine.Docker.ContainerCommit(w.ctx(), w.only("front").ID, container.CommitOptions{
		Reference: next, Config: &container.Config{Labels: map[string]string{"turn": "2"}},
	}); err != nil {
		w.t.Fatal(err)
	}
	before := w.only("api").ID
	w.write(podmanConfig("IMAGE", next, "COMMAND", `["false"]`))
	w.bayplanRefuses(unasked("apply")...)
	if w.only("api").ID != before {
		w.t.Error("what ended at once has taken the place of what served")
	}
	w.must("front", "wget -q -O /dev/null http://api.internal:8080/passwd")
	w.applies(podmanConfig("IMAGE", next))
	if w.only("api").ID == before {
		w.t.Error("the image is another, and the instance is not")
	}
	w.must("front", "wget -q -O /dev/null http://api.internal:8080/passwd")
}
