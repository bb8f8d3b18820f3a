package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// nobodys are the names of objects without our labels.
type nobodys struct{ containers, networks, volumes []string }

// picture says all of other people's objects that can be seen to change, by
// kind and name: those of nobody and those of the projects.
func (w *workspace) picture(of nobodys, projects ...*workspace) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, name := range of.containers {
		c, err := w.engine.Docker.ContainerInspect(w.ctx(), name)
		if err != nil {
			w.t.Fatal(err)
		}
		out["container "+name] = portrait(c)
	}
	for _, other := range projects {
		for name, c := range other.containers() {
			out["container "+name] = portrait(c)
		}
		for _, o := range other.objects() {
			kind, name, _ := strings.Cut(o, " ")
			switch kind {
			case "network":
				of.networks = append(of.networks, name)
			case "volume":
				of.volumes = append(of.volumes, name)
			}
		}
	}
	w.pictureNetworks(of.networks, out)
	w.pictureVolumes(of.volumes, out)
	return out
}

func portrait(c container.InspectResponse) string {
	text := fmt.Sprint(c.ID, c.State.Status, c.State.StartedAt, c.RestartCount, c.Config.Labels, c.HostConfig.Memory, c.HostConfig.RestartPolicy)
	for _, name := range slices.Sorted(maps.Keys(c.NetworkSettings.Networks)) {
		e := c.NetworkSettings.Networks[name]
		text += fmt.Sprint(" ", name, e.EndpointID, e.IPAddress, e.Aliases)
	}
	return text
}

func (w *workspace) pictureNetworks(names []string, out map[string]string) {
	w.t.Helper()
	found, err := w.engine.Docker.NetworkList(w.ctx(), network.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range found {
		ours := n.Labels[testenv.ProjectLabel] == w.project
		if slices.Contains(names, n.Name) && !ours {
			out["network "+n.Name] += fmt.Sprint(n.ID, n.Labels, n.Options, n.IPAM.Config)
		}
	}
}

func (w *workspace) pictureVolumes(names []string, out map[string]string) {
	w.t.Helper()
	found, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range found.Volumes {
		if slices.Contains(names, v.Name) {
			out["volume "+v.Name] = fmt.Sprint(v.CreatedAt, v.Labels, v.Options)
		}
	}
}

// town is what is created, updated, damaged, repaired and destroyed next to others.
func town(mode, cache string) string {
	services := ""
	for _, name := range []string{"one", "two"} {
		services += fmt.Sprintf("resource \"bayplan_service\" %q {\n  name = %q\n  type = \"redis:7\"\n}\n", name, name)
	}
	return services + fmt.Sprintf(`
resource "bayplan_volume" "files" {
  name       = "files"
  on_destroy = "delete"
}
resource "bayplan_relationship" "cache" {
  name   = "cache"
  target = bayplan_service.%s
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  env           = { MODE = %q }
  mounts        = { "/files" = { volume = bayplan_volume.files.id } }
  relationships = { cache = bayplan_relationship.cache, one = bayplan_service.one }
}
`, cache, mode)
}

func TestBystandersAreUntouched(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	// The other project's name starts with all of ours, and it has the same resources.
	other := newWorkspace(t)
	other.project = w.project + "-default"
	t.Cleanup(func() {
		if err := w.engine.RemoveProject(w.ctx(), other.project); err != nil {
			t.Error(err)
		}
	})
	staging := newWorkspace(t)
	staging.project, staging.settings = w.project, `environment = "staging"`
	others := w.bystanders()
	for _, o := range []*workspace{other, staging} {
		o.write(town("theirs", "one"))
		o.apply()
	}
	other.must("one", "redis-cli set whose theirs")
	other.must("web", "echo theirs >/files/whose")
	stagingLives := staging.lives()
	before := w.picture(others, other)

	check := func(after string) {
		t.Helper()
		now := w.picture(others, other)
		for what, was := range before {
			if now[what] != was {
				t.Errorf("after %s, %s was\n%s\nand is\n%s", after, what, was, now[what])
			}
		}
		if len(now) != len(before) {
			t.Errorf("after %s there are %v", after, slices.Sorted(maps.Keys(now)))
		}
		lives := w.lives()
		for name, life := range stagingLives {
			if lives[name] != life {
				t.Errorf("after %s, %s of another environment is %s; it was %s", after, name, lives[name], life)
			}
		}
	}
	w.write(town("a", "one"))
	w.settled()
	check("a creation")
	w.write(town("b", "two"))
	w.settled()
	check("an update")
	w.damage()
	w.settled()
	check("a repair")
	w.destroy()
	check("a destruction")
	if got := other.must("one", "redis-cli get whose"); got != "theirs" {
		t.Errorf("their data is %q", got)
	}
	if got := other.must("web", "cat /files/whose"); got != "theirs" {
		t.Errorf("their file has %q", got)
	}
	for _, o := range []*workspace{other, staging} {
		o.empty()
		o.destroy()
	}
}

// bystanders makes objects of nobody whose names look like ours.
func (w *workspace) bystanders() nobodys {
	w.t.Helper()
	prefix := w.project + "-default-"
	of := nobodys{
		containers: []string{prefix + "web", prefix + "web-0-1", prefix + "extra-1-1"},
		networks:   []string{prefix + "net.egress2", prefix + "cache.net", prefix + "app.web.one.service"},
		volumes:    []string{prefix + "file", prefix + "web.data"},
	}
	for _, name := range of.networks {
		w.nobodysNetwork(name)
	}
	for _, name := range of.volumes {
		w.nobodysVolume(name)
	}
	for i, name := range of.containers {
		w.nobodys(name, container.HostConfig{
			NetworkMode: container.NetworkMode(of.networks[i]), Binds: []string{of.volumes[0] + ":/data"},
		}, container.Config{Labels: map[string]string{"io.bayplan.name": "web"}})
	}
	return of
}

// damage stops, removes and disconnects what is of the environment.
func (w *workspace) damage() {
	w.t.Helper()
	docker, prefix := w.engine.Docker, w.project+"-default-"
	zero := 0
	err := docker.ContainerStop(w.ctx(), prefix+"one-1-1", container.StopOptions{Timeout: &zero})
	if err != nil {
		w.t.Fatal(err)
	}
	for name, c := range w.containers() {
		if strings.HasPrefix(name, prefix+"web-") && c.Config.Labels["io.bayplan.environment"] == "default" {
			if err := docker.ContainerRemove(w.ctx(), c.ID, container.RemoveOptions{Force: true}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, n := range w.networksOf(prefix + "two-1-1") {
		if err := docker.NetworkDisconnect(w.ctx(), n, prefix+"two-1-1", true); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *workspace) networksOf(instance string) []string {
	w.t.Helper()
	c, err := w.engine.Docker.ContainerInspect(w.ctx(), instance)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range c.NetworkSettings.Networks {
		out = append(out, e.NetworkID)
	}
	return out
}
