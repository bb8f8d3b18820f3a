package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// drift is something that is done to the engine behind Terraform's back.
type drift struct {
	name  string
	cause func(w *drifting)
	// shows are the root attributes that the plan changes, by resource; "create"
	// stands for a resource that is made anew.
	shows map[string][]string
	// impact is what the plan says of the resource that sorts first.
	impact string
	// restarts names the apps and services whose containers are not the same
	// afterwards, or were started again.
	restarts []string
}

// drifting is a workspace whose engine is tampered with.
type drifting struct{ *workspace }

// TestDriftIsShownAndRepaired does one thing after the other to the engine.
// Each time the plan shows just that, and the apply repairs just that.
func TestDriftIsShownAndRepaired(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	for _, on := range []struct {
		name      string
		resources string
		drifts    []drift
	}{
		{"settings", driftedSettings, settingsDrifts()},
		{"networks", driftedNetworks, networkDrifts()},
		{"objects", driftedObjects, objectDrifts()},
	} {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			w := &drifting{newWorkspace(t)}
			for n := range 2 {
				w.variant("busybox:stable", made(n))
			}
			w.retag(0)
			w.forget(w.image())
			w.write(strings.ReplaceAll(on.resources, "@IMAGE", w.image()))
			w.settled()
			for _, d := range on.drifts {
				t.Run(d.name, func(t *testing.T) {
					w.t = t
					w.repairs(d)
				})
			}
			w.t = t
		})
	}
}

// repairs causes a drift, and checks the plan, what its apply does, and that
// nothing is left to do.
func (w *drifting) repairs(d drift) {
	w.t.Helper()
	before := w.starts()
	d.cause(w)
	changes, _ := w.plan()
	w.shows(changes, d)
	w.apply()
	if out, code := w.terraform("plan", "-detailed-exitcode"); code != 0 || strings.Contains(out, "outside of Terraform") {
		w.t.Errorf("the plan after the repair exits with %d:\n%s", code, out)
	}
	after := w.starts()
	for name := range maps.Keys(before) {
		if !slices.Contains(d.restarts, name) && !slices.Equal(before[name], after[name]) {
			w.t.Errorf("the repair is not only of what drifted: the containers of %s were %v and are %v", name, before[name], after[name])
		}
	}
}

// shows checks what a plan changes.
func (w *drifting) shows(changes map[string]change, d drift) {
	w.t.Helper()
	got := map[string][]string{}
	for address, c := range changes {
		got[address] = slices.DeleteFunc(c.differs(), func(name string) bool { return name == "impact" })
		if c.Change.Actions[0] == "create" {
			got[address] = []string{"create"}
		}
	}
	if !maps.EqualFunc(got, d.shows, slices.Equal) {
		w.t.Errorf("the plan changes %v; want %v", got, d.shows)
	}
	first := changes[slices.Sorted(maps.Keys(d.shows))[0]]
	if impact := fmt.Sprint(first.Change.After["impact"]); !strings.Contains(impact, d.impact) {
		w.t.Errorf("the plan's impact is %q; want %q", impact, d.impact)
	}
}

// starts returns id and start time of each container of an app or service, by
// its name.
func (w *workspace) starts() map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	for _, c := range w.containers() {
		name := c.Config.Labels["io.bayplan.name"]
		out[name] = append(out[name], c.ID[:12]+" "+c.State.StartedAt)
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

func (w *drifting) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// image is the tag that the apps run.
func (w *drifting) image() string { return variantOf(w.project, "busybox:stable", "1") }

// made is the version of one of two images of the same content.
func made(n int) string { return fmt.Sprintf("made-%d", n) }

// retag moves that tag to one of the two images.
func (w *drifting) retag(n int) {
	w.t.Helper()
	w.ok(w.engine.Docker.ImageTag(w.ctx(), variantOf(w.project, "busybox:stable", made(n)), w.image()))
}

// first returns the first container of an app or service.
func (w *drifting) first(name string) string {
	w.t.Helper()
	all := w.containers()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if all[key].Config.Labels["io.bayplan.name"] == name {
			return all[key].ID
		}
	}
	w.t.Fatalf("%s has no container", name)
	return ""
}

func (w *drifting) update(name string, to container.UpdateConfig) {
	w.t.Helper()
	_, err := w.engine.Docker.ContainerUpdate(w.ctx(), w.first(name), to)
	w.ok(err)
}

func (w *drifting) kill(name string) {
	w.t.Helper()
	w.ok(w.engine.Docker.ContainerRemove(w.ctx(), w.first(name), container.RemoveOptions{Force: true}))
}

// network returns the project's only network of a kind: relationship, implied
// or egress.
func (w *drifting) network(kind string) string {
	w.t.Helper()
	for name, n := range w.view().networks {
		if n.Labels["io.bayplan.kind"] == kind {
			return name
		}
	}
	w.t.Fatalf("there is no %s network", kind)
	return ""
}

func (w *drifting) disconnect(name, kind string) {
	w.t.Helper()
	w.ok(w.engine.Docker.NetworkDisconnect(w.ctx(), w.network(kind), w.first(name), true))
}

// sever removes a network with all connections to it.
func (w *drifting) sever(kind string) {
	w.t.Helper()
	name := w.network(kind)
	n, err := w.engine.Docker.NetworkInspect(w.ctx(), name, network.InspectOptions{})
	w.ok(err)
	for id := range n.Containers {
		w.ok(w.engine.Docker.NetworkDisconnect(w.ctx(), name, id, true))
	}
	w.ok(w.engine.Docker.NetworkRemove(w.ctx(), name))
}

// stranger makes a network of nobody's and connects a container to it.
func (w *drifting) stranger(name string) {
	w.t.Helper()
	foreign := w.project + "-stranger"
	_, err := w.engine.Docker.NetworkInspect(w.ctx(), foreign, network.InspectOptions{})
	if err != nil {
		_, err = w.engine.Docker.NetworkCreate(w.ctx(), foreign, network.CreateOptions{
			Internal: true, Labels: map[string]string{testenv.ProjectLabel: w.project},
		})
		w.ok(err)
	}
	w.ok(w.engine.Docker.NetworkConnect(w.ctx(), foreign, w.first(name), nil))
}

// dozer declares something that does nothing, with further lines.
func dozer(kind, name string, lines ...string) string {
	return fmt.Sprintf(`
resource "bayplan_%s" %q {
  name        = %q
  image       = "@IMAGE"
  version     = "1"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  %s
}
`, kind, name, name, strings.Join(lines, "\n  "))
}

var driftedSettings = dozer("app", "web", `memory = "64m"`, "cpus = 0.5", "pids = 50", `restart = "always"`) + dozer("app", "bystander")

func settingsDrifts() []drift {
	pids := int64(70)
	setting := func(name string, to container.UpdateConfig) drift {
		return drift{
			name: name, cause: func(w *drifting) { w.update("web", to) },
			shows: map[string][]string{"bayplan_app.web": {name}}, impact: "changes " + name + " live, nothing restarts",
		}
	}
	status := func(name string, cause func(w *drifting) error, restarts ...string) drift {
		return drift{
			name: name, cause: func(w *drifting) { w.ok(cause(w)) }, restarts: restarts,
			shows: map[string][]string{"bayplan_app.web": {"status"}}, impact: "starts 1 instance",
		}
	}
	return []drift{
		setting("memory", container.UpdateConfig{Resources: container.Resources{Memory: 32 << 20, MemorySwap: 32 << 20}}),
		setting("cpus", container.UpdateConfig{Resources: container.Resources{NanoCPUs: 25e7}}),
		setting("pids", container.UpdateConfig{Resources: container.Resources{PidsLimit: &pids}}),
		setting("restart", container.UpdateConfig{RestartPolicy: container.RestartPolicy{Name: "no"}}),
		status("stopped", func(w *drifting) error {
			return w.engine.Docker.ContainerStop(w.ctx(), w.first("web"), container.StopOptions{})
		}, "web"),
		status("paused", func(w *drifting) error { return w.engine.Docker.ContainerPause(w.ctx(), w.first("web")) }),
		{
			name: "tag moved", cause: func(w *drifting) { w.retag(1) }, restarts: []string{"web", "bystander"}, impact: "replaces 1 instance because of image_digest",
			shows: map[string][]string{"bayplan_app.web": {"image_digest", "instances"}, "bayplan_app.bystander": {"image_digest", "instances"}},
		},
	}
}

var driftedNetworks = dozer("service", "db") + dozer("app", "web") +
	dozer("app", "consumer", "egress = false", "relationships = { db = bayplan_relationship.edge }") +
	dozer("app", "direct", "egress = false", "relationships = { db = bayplan_service.db }") + `
resource "bayplan_relationship" "edge" {
  name   = "edge"
  target = bayplan_service.db
}
`

func networkDrifts() []drift {
	one := func(address string, attributes ...string) map[string][]string {
		return map[string][]string{address: attributes}
	}
	again := func(w *drifting) { w.stranger("web") }
	return []drift{
		{
			name: "consumer left a relationship", cause: func(w *drifting) { w.disconnect("consumer", "relationship") },
			shows: one("bayplan_app.consumer", "relationships"), impact: "connects ",
		},
		{
			name: "target left a relationship", cause: func(w *drifting) { w.disconnect("db", "relationship") },
			shows: one("bayplan_relationship.edge", "target"), impact: "connects service.db",
		},
		{
			name: "consumer left its own network", cause: func(w *drifting) { w.disconnect("direct", "implied") },
			shows: one("bayplan_app.direct", "relationships"), impact: "connects ",
		},
		{
			name: "target left a consumer's network", cause: func(w *drifting) { w.disconnect("db", "implied") },
			shows: one("bayplan_app.direct", "relationships"), impact: "connects service.db",
		},
		{
			name: "egress cut", cause: func(w *drifting) { w.disconnect("web", "egress") },
			shows: one("bayplan_app.web", "egress"), impact: "connects ",
		},
		{name: "stranger", cause: again, shows: one("bayplan_app.web"), impact: "disconnects "},
		{name: "stranger again", cause: again, shows: one("bayplan_app.web"), impact: "disconnects "},
		{name: "stranger once more", cause: again, shows: one("bayplan_app.web"), impact: "disconnects "},
		{
			name: "network of a relationship removed", cause: func(w *drifting) { w.sever("relationship") },
			shows: map[string][]string{"bayplan_relationship.edge": {"create"}, "bayplan_app.consumer": {"relationships"}},
		},
		{
			name: "consumer's network removed", cause: func(w *drifting) { w.sever("implied") },
			shows: one("bayplan_app.direct", "relationships"),
		},
		{
			name: "network of egress removed", cause: func(w *drifting) { w.sever("egress") },
			shows: one("bayplan_app.web", "egress"),
		},
		{
			name: "target removed", cause: func(w *drifting) { w.kill("db") },
			shows: one("bayplan_service.db", "create"), impact: "creates 1 instance", restarts: []string{"db"},
		},
	}
}

var driftedObjects = dozer("app", "single") + dozer("app", "triple", "replicas = 3") +
	dozer("app", "files", `mounts = { "/files" = { volume = bayplan_volume.files.id } }`) + `
resource "bayplan_volume" "files" {
  name = "files"
}
resource "bayplan_volume" "spare" {
  name = "spare"
}
`

func objectDrifts() []drift {
	removeVolume := func(w *drifting, name string) {
		w.ok(w.engine.Docker.VolumeRemove(w.ctx(), w.project+"-default-"+name, false))
	}
	return []drift{
		{
			name: "only instance removed", cause: func(w *drifting) { w.kill("single") }, restarts: []string{"single"},
			shows: map[string][]string{"bayplan_app.single": {"create"}}, impact: "creates 1 instance",
		},
		{
			name: "one of three removed", cause: func(w *drifting) { w.kill("triple") }, restarts: []string{"triple"},
			shows: map[string][]string{"bayplan_app.triple": {"instances", "replicas"}}, impact: "creates 1 instance",
		},
		{
			name: "volume removed", cause: func(w *drifting) { removeVolume(w, "spare") },
			shows: map[string][]string{"bayplan_volume.spare": {"create"}},
		},
		{
			// The engine removes no volume that a container has.
			name: "volume and its user removed", cause: func(w *drifting) {
				w.kill("files")
				removeVolume(w, "files")
			},
			restarts: []string{"files"},
			shows:    map[string][]string{"bayplan_app.files": {"create"}, "bayplan_volume.files": {"create"}},
		},
	}
}
