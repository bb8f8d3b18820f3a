package acceptance

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/go-connections/nat"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// foreignLabel is on what a test made with its own calls, with the test's project.
const foreignLabel = "bayplan.test.foreign"

// foreigners removes, when the test ends, what it makes with its own calls.
func (w *workspace) foreigners() map[string]string {
	mine := filters.NewArgs(filters.Arg("label", foreignLabel+"="+w.project))
	w.t.Cleanup(func() {
		ctx, docker := context.Background(), w.engine.Docker
		all, _ := docker.ContainerList(ctx, container.ListOptions{All: true, Filters: mine})
		for _, c := range all {
			_ = docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		}
		networks, _ := docker.NetworkList(ctx, network.ListOptions{Filters: mine})
		for _, n := range networks {
			_ = docker.NetworkRemove(ctx, n.ID)
		}
		volumes, _ := docker.VolumeList(ctx, volume.ListOptions{Filters: mine})
		for _, v := range volumes.Volumes {
			_ = docker.VolumeRemove(ctx, v.Name, true)
		}
	})
	return map[string]string{foreignLabel: w.project}
}

// foreign runs a container as someone else would, and returns its id.
func (w *workspace) foreign(name string, config *container.Config, host *container.HostConfig) string {
	w.t.Helper()
	config.Image, config.StopSignal = "busybox:stable", "SIGKILL"
	made, err := w.engine.Docker.ContainerCreate(w.ctx(), config, host, nil, nil, name)
	if err == nil {
		err = w.engine.Docker.ContainerStart(w.ctx(), made.ID, container.StartOptions{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return made.ID
}

// network makes a network as compose does.
func (w *workspace) network(labels map[string]string) container.NetworkMode {
	w.t.Helper()
	name := w.project + "_default"
	if _, err := w.engine.Docker.NetworkCreate(w.ctx(), name, network.CreateOptions{Labels: labels}); err != nil {
		w.t.Fatal(err)
	}
	return container.NetworkMode(name)
}

// fleet runs containers of several shapes, and returns their names.
func (w *workspace) fleet(n int) []string {
	w.t.Helper()
	labels := w.foreigners()
	shared := w.network(labels)
	var names []string
	for i := range n {
		config, host := &container.Config{Cmd: []string{"sleep", "3600"}, Labels: maps.Clone(labels)}, &container.HostConfig{NetworkMode: shared}
		switch i % 6 {
		case 0:
			host.RestartPolicy.Name = container.RestartPolicyUnlessStopped
		case 1:
			config.Env, config.User, config.WorkingDir = []string{"A=1", "EMPTY=", "PATH=/bin"}, "1000:1000", "/tmp"
			config.Labels["team"], config.Labels["com.docker.compose.project"] = "shop", w.project
		case 2:
			config.Entrypoint, config.Cmd = []string{"httpd", "-f"}, []string{"-p", "8080"}
			host.PortBindings = nat.PortMap{"8080/tcp": {{HostIP: "127.0.0.1", HostPort: fmt.Sprint(w.freePort())}}}
			host.Memory, host.MemorySwap, host.NanoCPUs = 64<<20, 64<<20, 250_000_000
		case 3:
			if _, err := w.engine.Docker.VolumeCreate(w.ctx(), volume.CreateOptions{Name: fmt.Sprintf("%s_data%d", w.project, i), Labels: labels}); err != nil {
				w.t.Fatal(err)
			}
			host.Mounts = []mount.Mount{{Type: mount.TypeVolume, Source: fmt.Sprintf("%s_data%d", w.project, i), Target: "/data"}}
			host.Tmpfs = map[string]string{"/scratch": "size=16m"}
		case 4:
			config.Healthcheck = &container.HealthConfig{Test: []string{"CMD-SHELL", "true"}, Interval: 2 * time.Second}
			host.ReadonlyRootfs, host.CapDrop = true, []string{"ALL"}
		case 5:
			pids, grace := int64(64), 3
			host.PidsLimit, config.StopTimeout = &pids, &grace
			host.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyOnFailure, MaximumRetryCount: 2}
			host.NetworkMode = "none"
		}
		names = append(names, fmt.Sprintf("%s_web%d_1", w.project, i))
		w.foreign(names[i], config, host)
	}
	return names
}

// begun returns since when each of some containers runs, by id.
func (w *workspace) begun(names []string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, name := range names {
		c, err := w.engine.Docker.ContainerInspect(w.ctx(), name)
		if err != nil {
			w.t.Fatal(err)
		}
		out[c.ID] = c.State.StartedAt
	}
	return out
}

// Thirty containers that others made are imported with the configuration that
// Terraform writes for them. Nothing is left to do then, and nothing was done to them.
func TestAdoptFleet(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	names := w.fleet(30)
	before := w.begun(names)
	var blocks strings.Builder
	for i, name := range names {
		fmt.Fprintf(&blocks, "import {\n  to = bayplan_app.web%d\n  id = \"default/web%d=%s\"\n}\n", i, i, name)
	}
	w.write(blocks.String())
	generated := filepath.Join(w.dir, "generated.tf")
	if out, code := w.terraform("plan", "-generate-config-out="+generated); code != 0 || !strings.Contains(out, "30 to import, 0 to add, 0 to change, 0 to destroy") {
		t.Fatalf("the plan of the import exits with %d:\n%s", code, out)
	}
	if out := w.settled(); !strings.Contains(out, "30 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the import says:\n%s", out)
	}
	if after := w.begun(names); !maps.Equal(before, after) {
		t.Errorf("the import touches what it adopts: %v before, %v after", before, after)
	}
	if made := w.containers(); len(made) > 0 {
		t.Errorf("the import makes %v", slices.Sorted(maps.Keys(made)))
	}
	// Destroyed, they stop and stay.
	w.destroy()
	for _, name := range names {
		c, err := w.engine.Docker.ContainerInspect(w.ctx(), name)
		if err != nil || c.State.Running || c.HostConfig.RestartPolicy.Name != container.RestartPolicyDisabled {
			t.Errorf("after destroy, %s: %v, running %v, restarts %s", name, err, c.State.Running, c.HostConfig.RestartPolicy.Name)
		}
	}
}

// What is adopted is changed live where it can be. Where it cannot, an instance of
// its own takes its place, with its data, once it is proven; what was adopted stops.
func TestAdoptedIsReplaced(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	labels := w.foreigners()
	port, data, name := w.freePort(), w.project+"_pages", w.project+"_old"
	if _, err := w.engine.Docker.VolumeCreate(w.ctx(), volume.CreateOptions{Name: data, Labels: labels}); err != nil {
		t.Fatal(err)
	}
	id := w.foreign(name, &container.Config{
		Cmd: []string{"sh", "-c", "echo kept > /pages/index.html; httpd -f -p 8080 -h /pages"}, Labels: labels,
	}, &container.HostConfig{
		NetworkMode:   w.network(labels),
		PortBindings:  nat.PortMap{"8080/tcp": {{HostIP: "127.0.0.1", HostPort: fmt.Sprint(port)}}},
		Mounts:        []mount.Mount{{Type: mount.TypeVolume, Source: data, Target: "/pages"}},
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyAlways},
	})
	declare := func(command, more string) {
		w.write(fmt.Sprintf(`
resource "bayplan_volume" "pages" {
  name = "pages"
}
resource "bayplan_app" "web" {
  name              = "web"
  image             = "busybox:stable"
  command           = %s
  labels            = { %q = %q }
  mounts            = { "/pages" = { volume = bayplan_volume.pages.id } }
  ports             = ["127.0.0.1:%d:8080"]
  read_only         = false
  capabilities      = %s
  restart           = "always"
  stop_signal       = "SIGKILL"
  stop_grace_period = "10s"
  %s
}
import {
  to = bayplan_volume.pages
  id = "default/pages=%s"
}
import {
  to = bayplan_app.web
  id = "default/web=%s"
}
`, command, foreignLabel, w.project, port, granted, more, data, name))
	}
	const adopted = `["sh", "-c", "echo kept > /pages/index.html; httpd -f -p 8080 -h /pages"]`
	declare(adopted, "pids = -1")
	if out := w.settled(); !strings.Contains(out, "2 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the import says:\n%s", out)
	}
	old := func() container.InspectResponse {
		c, err := w.engine.Docker.ContainerInspect(w.ctx(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}

	declare(adopted, "pids = 100\n  memory = \"32m\"")
	w.settled()
	if c := old(); c.HostConfig.Memory != 32<<20 || *c.HostConfig.PidsLimit != 100 || !c.State.Running {
		t.Errorf("limits are not changed on what was adopted: %d, %d", c.HostConfig.Memory, *c.HostConfig.PidsLimit)
	}

	declare(`["false"]`, "")
	if out := w.fails("apply", "-auto-approve"); !strings.Contains(out, "app.web") {
		t.Errorf("a command that fails: %s", out)
	}
	if c := old(); !c.State.Running {
		t.Error("what was adopted does not run after a change that failed")
	}

	declare(`["httpd", "-f", "-p", "8080", "-h", "/pages"]`, "")
	if out := w.settled(); !strings.Contains(out, "It is stopped and does not start again") {
		t.Errorf("nobody says what becomes of what was adopted:\n%s", out)
	}
	if c := old(); c.State.Running || c.HostConfig.RestartPolicy.Name != container.RestartPolicyDisabled {
		t.Errorf("what was adopted: running %v, restarts %s", c.State.Running, c.HostConfig.RestartPolicy.Name)
	}
	if page := w.file(w.project+"-default-web-1-1", "/pages/index.html"); page != "kept\n" {
		t.Errorf("the data is %q", page)
	}
	w.destroy()
	if _, err := w.engine.Docker.VolumeInspect(w.ctx(), data); err != nil {
		t.Errorf("the data is gone: %v", err)
	}
}

// A volume that docker run -v gave what is adopted has one writer: what takes its
// place starts once it has stopped, and the plan says so.
func TestAdoptedWriterStopsFirst(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	labels := w.foreigners()
	data, name := w.project+"_pages", w.project+"_old"
	if _, err := w.engine.Docker.VolumeCreate(w.ctx(), volume.CreateOptions{Name: data, Labels: labels}); err != nil {
		t.Fatal(err)
	}
	id := w.foreign(name, &container.Config{Cmd: []string{"sleep", "3600"}, Labels: labels}, &container.HostConfig{
		NetworkMode: "none", Binds: []string{data + ":/pages"},
	})
	declare := func(more string) {
		w.write(fmt.Sprintf(`
resource "bayplan_volume" "pages" {
  name = "pages"
}
resource "bayplan_app" "web" {
  name              = "web"
  image             = "busybox:stable"
  command           = ["sleep", "3600"]
  labels            = { %q = %q %s }
  mounts            = { "/pages" = { volume = bayplan_volume.pages.id } }
  read_only         = false
  egress            = false
  capabilities      = %s
  pids              = -1
  restart           = "no"
  stop_signal       = "SIGKILL"
  stop_grace_period = "10s"
}
import {
  to = bayplan_volume.pages
  id = "default/pages=%s"
}
import {
  to = bayplan_app.web
  id = "default/web=%s"
}
`, foreignLabel, w.project, more, granted, data, name))
	}
	declare("")
	w.settled()
	declare(`, team = "shop"`)
	if out := w.settled(); !strings.Contains(out, "volume "+data+" has one writer") {
		t.Errorf("the plan does not say why it is down meanwhile:\n%s", out)
	}
	if stopped, started := w.moment(id).FinishedAt, w.moment(w.project+"-default-web-1-1").StartedAt; stopped >= started {
		t.Errorf("what was adopted writes until %s, what takes its place from %s on", stopped, started)
	}
}

// moment returns how a container is, and since when.
func (w *workspace) moment(name string) *container.State {
	w.t.Helper()
	c, err := w.engine.Docker.ContainerInspect(w.ctx(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.State
}

// file reads a file of a container.
func (w *workspace) file(container, name string) string {
	w.t.Helper()
	stream, _, err := w.engine.Docker.CopyFromContainer(w.ctx(), container, name)
	if err != nil {
		w.t.Fatal(err)
	}
	defer stream.Close()
	archive := tar.NewReader(stream)
	if _, err := archive.Next(); err != nil {
		w.t.Fatal(err)
	}
	content, err := io.ReadAll(archive)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// granted is what a container may do beyond nothing when its maker says nothing.
const granted = `["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]`

// What cannot be adopted says why.
func TestAdoptErrors(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	name := w.project + "_old"
	labels := w.foreigners()
	w.foreign(name, &container.Config{Cmd: []string{"sleep", "3600"}, Labels: labels}, &container.HostConfig{NetworkMode: "none"})
	w.foreign(name+"_rm", &container.Config{Cmd: []string{"sleep", "3600"}, Labels: labels}, &container.HostConfig{NetworkMode: "none", AutoRemove: true})
	w.write(`
resource "bayplan_app" "web" {
  name        = "web"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}
resource "bayplan_app" "other" {
  name  = "other"
  image = "busybox:stable"
}
resource "bayplan_service" "db" {
  name = "db"
  type = "redis:7"
}
resource "bayplan_volume" "data" {
  name = "data"
}
`)
	w.apply("-target", "bayplan_app.web")
	ours := w.project + "-default-web-1-1"
	for _, tt := range []struct{ address, id, want string }{
		{"bayplan_service.db", "default/db=" + name, "a service is made by Bayplan alone"},
		{"bayplan_app.other", "default/other=" + ours, `is of project "` + w.project + `", environment "default" already`},
		{"bayplan_app.other", "default/other=" + name + "_rm", "run it anew without --rm and adopt that, or adopt nothing and let app.other make its own"},
		{"bayplan_app.other", "default/other=" + w.project + "_none", "No such container"},
		{"bayplan_volume.data", "default/data=" + w.project + "_none", "Cannot import non-existent remote object"},
	} {
		if got := w.fails("import", tt.address, tt.id); !strings.Contains(got, tt.want) {
			t.Errorf("import %s %s: %s\nwant %q", tt.address, tt.id, got, tt.want)
		}
	}
	if out, code := w.terraform("state", "rm", "bayplan_app.web"); code != 0 {
		t.Fatal(out)
	}
	if got := w.fails("import", "bayplan_app.web", "default/web="+name); !strings.Contains(got, "app.web has instances of its own: import default/web") {
		t.Errorf("what is there already is adopted as well: %s", got)
	}
}

// dockerState is the state of a configuration of the docker provider.
const dockerState = `{
  "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "00000000-0000-0000-0000-000000000000", "outputs": {},
  "resources": [
    {"mode": "managed", "type": "docker_container", "name": "web", "provider": "provider[\"registry.terraform.io/kreuzwerker/docker\"]",
     "instances": [{"schema_version": 2, "attributes": {"id": %q, "name": %q, "image": "busybox:stable", "restart": "no", "ports": []}}]},
    {"mode": "managed", "type": "docker_volume", "name": "pages", "provider": "provider[\"registry.terraform.io/kreuzwerker/docker\"]",
     "instances": [{"schema_version": 1, "attributes": {"id": %q, "name": %q, "driver": "local"}}]}
  ]
}`

// withDockerProvider lets Terraform find a docker provider, which it wants to start
// for a state that names one and then asks nothing: this one under that name.
func (w *workspace) withDockerProvider() {
	w.t.Helper()
	dir := w.t.TempDir()
	err := os.Symlink(filepath.Join(binary, "terraform-provider-bayplan"), filepath.Join(dir, "terraform-provider-docker"))
	if err != nil {
		w.t.Fatal(err)
	}
	config := filepath.Join(dir, "terraform.tfrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"bayplan/bayplan\" = %q\n    \"kreuzwerker/docker\" = %q\n  }\n  direct {}\n}\n", binary, dir)
	if err := os.WriteFile(config, []byte(overrides), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.env = append(w.env, "TF_CLI_CONFIG_FILE="+config)
}

// What the docker provider made is moved into this one's resources by moved blocks.
func TestMovedFromDocker(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	labels := w.foreigners()
	data, name := w.project+"_pages", w.project+"-web"
	if _, err := w.engine.Docker.VolumeCreate(w.ctx(), volume.CreateOptions{Name: data, Labels: labels}); err != nil {
		t.Fatal(err)
	}
	id := w.foreign(name, &container.Config{Cmd: []string{"sleep", "3600"}, Labels: labels}, &container.HostConfig{
		NetworkMode: "none", Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: data, Target: "/pages"}},
	})
	w.withDockerProvider()
	state := fmt.Sprintf(dockerState, id, name, data, data)
	if err := os.WriteFile(filepath.Join(w.dir, "terraform.tfstate"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	w.write(fmt.Sprintf(`
resource "bayplan_volume" "pages" {
  name = %q
}
resource "bayplan_app" "web" {
  name              = %q
  image             = "busybox:stable"
  command           = ["sleep", "3600"]
  labels            = { %q = %q }
  mounts            = { "/pages" = { volume = bayplan_volume.pages.id } }
  read_only         = false
  egress            = false
  capabilities      = %s
  pids              = -1
  restart           = "no"
  stop_signal       = "SIGKILL"
  stop_grace_period = "10s"
}
moved {
  from = docker_container.web
  to   = bayplan_app.web
}
moved {
  from = docker_volume.pages
  to   = bayplan_volume.pages
}
`, strings.ReplaceAll(data, "_", "-"), name, foreignLabel, w.project, granted))
	before := w.begun([]string{name})
	if out := w.settled(); !strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
		t.Errorf("the move says:\n%s", out)
	}
	if after := w.begun([]string{name}); !maps.Equal(before, after) {
		t.Errorf("the move touches what it moves: %v before, %v after", before, after)
	}
	if state := w.state(); strings.Contains(state, "docker_container") || !strings.Contains(state, id) {
		t.Errorf("the state is\n%s", state)
	}
}
