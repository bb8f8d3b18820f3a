package acceptance

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// trafficRate is how many requests a second the gateway gets.
const trafficRate = 220

// exhaustive says that the tests under traffic try everything and do it longer.
var exhaustive = os.Getenv("BAYPLAN_CHAOS") == "full"

// rollout is the example of a gateway in front of an app, in a project of the
// test's own, whose configuration a test changes.
type rollout struct {
	*workspace
	address  string         // where the gateway is published
	vars     map[string]any // the example's variables
	app, env string         // further lines of the app, and of its env
	load     *traffic
	// byTerraform says that terraform plans and applies, not the command.
	byTerraform bool
}

// newRollout builds the example's images. What is in app are further lines of it.
func newRollout(t *testing.T, app string) *rollout {
	t.Helper()
	testenv.Image(t, "caddy:2")
	r := &rollout{workspace: newWorkspace(t), app: app}
	port := freePort(t)
	r.address = net.JoinHostPort("127.0.0.1", port)
	r.vars = map[string]any{"port": port, "release": "1.0", "greeting": "hello", "replicas": 3}
	image := filepath.Join("..", "..", "examples", "gateway", "image")
	r.build("gateway:1.0", filepath.Join(image, "gateway"), nil, "")
	for _, version := range []string{"1.0", "2.0"} {
		program := compiled(t, filepath.Join("..", "..", "examples", "gateway", "app"), version)
		r.build("gateway-app:"+version, filepath.Join(image, "app"), map[string][]byte{"app": program}, version)
	}
	return r
}

// start applies the example and lets requests come.
func (r *rollout) start() {
	r.t.Helper()
	r.configure()
	r.applies()
	r.load = startTraffic(r.t, r.address, trafficRate, get("/"))
	r.load.await(r.t, trafficRate)
}

// configure writes the configuration as the test wants it by now.
func (r *rollout) configure() {
	r.t.Helper()
	from := filepath.Join("..", "..", "examples", "gateway")
	for _, name := range []string{"main.tf", "variables.tf", "outputs.tf"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			r.t.Fatal(err)
		}
		config := string(text)
		if name == "main.tf" {
			config = r.edited(config)
		}
		r.file(name, config)
	}
	vars, err := json.Marshal(r.vars)
	if err != nil {
		r.t.Fatal(err)
	}
	r.file("test.auto.tfvars.json", string(vars))
}

func (r *rollout) edited(config string) string {
	for _, edit := range [][2]string{
		{`project = "gateway"`, fmt.Sprintf("project = %q", r.project)},
		{`"bayplan-example/gateway-app:`, `"` + r.tag("gateway-app:")},
		{`"bayplan-example/gateway:`, `"` + r.tag("gateway:")},
		{"  egress   = false\n", "  egress   = false\n" + r.app + "\n"},
		{"GREETING = var.greeting\n", "GREETING = var.greeting\n" + r.env + "\n"},
	} {
		if strings.Count(config, edit[0]) != 1 {
			r.t.Fatalf("the example does not have %q once", edit[0])
		}
		config = strings.Replace(config, edit[0], edit[1], 1)
	}
	return config
}

func (w *workspace) file(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// command returns the program that the test is about with arguments, ready to be run.
func (r *rollout) command(args ...string) *exec.Cmd {
	if r.byTerraform {
		return r.workspace.command(args...)
	}
	return r.bayplanCommand(args...)
}

// bayplanCommand returns the command with arguments, ready to be run in the workspace.
func (w *workspace) bayplanCommand(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	w.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, filepath.Join(binary, "bayplan"), args...)
	c.Dir, c.Env = w.dir, w.env
	return c
}

// run runs the program and returns what it printed, and its exit code.
func (r *rollout) run(args ...string) (string, int) {
	r.t.Helper()
	c := r.command(args...)
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		r.t.Fatalf("%v: %v", c.Args, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// apply applies what is configured, whatever it costs.
func (r *rollout) apply() (string, int) {
	r.t.Helper()
	if r.byTerraform {
		return r.run("apply", "-auto-approve")
	}
	return r.run("apply", "--auto-approve", "--allow", "downtime,removes")
}

// applies applies what is configured, which must succeed and leave nothing to do.
func (r *rollout) applies() {
	r.t.Helper()
	if out, code := r.apply(); code != 0 {
		r.t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	if out, code := r.run("plan", "--detailed-exitcode"); code != 0 {
		r.t.Errorf("a plan that should be empty exits with %d:\n%s", code, out)
	}
}

// tag is that of an image of the test's own.
func (w *workspace) tag(name string) string { return "bayplan-test/" + w.project + "/" + name }

// build builds an image of a folder and further files, and removes it when the test ends.
func (w *workspace) build(name, dir string, files map[string][]byte, version string) string {
	w.t.Helper()
	var sent bytes.Buffer
	archive := tar.NewWriter(&sent)
	err := archive.AddFS(os.DirFS(dir))
	for name, content := range files {
		if err == nil {
			err = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))})
		}
		if err == nil {
			_, err = archive.Write(content)
		}
	}
	if err != nil || archive.Close() != nil {
		w.t.Fatal(err)
	}
	tag := w.tag(name)
	built, err := w.engine.Docker.ImageBuild(w.ctx(), &sent, build.ImageBuildOptions{
		Tags: []string{tag}, Version: build.BuilderV1, Remove: true, NetworkMode: "none", BuildArgs: map[string]*string{"VERSION": &version},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer built.Body.Close()
	said, err := io.ReadAll(built.Body)
	if err != nil || !bytes.Contains(said, []byte("Successfully tagged")) {
		w.t.Fatalf("build %s: %v:\n%s", tag, err, said)
	}
	w.t.Cleanup(func() {
		_ = w.engine.RemoveProject(w.ctx(), w.project) // which uses it
		if _, err := w.engine.Docker.ImageRemove(w.ctx(), tag, image.RemoveOptions{Force: true, PruneChildren: true}); err != nil {
			w.t.Error(err)
		}
	})
	return tag
}

// compiled returns the program of a module, of a version.
func compiled(t *testing.T, dir, version string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+version, "-o", file, ".")
	c.Dir, c.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return program
}
