package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// binary is the folder of the provider's binary, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bayplan-acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := testenv.Build(dir, "0.0.1"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = dir
	result := m.Run()
	if file := os.Getenv("BAYPLAN_CHAOS_REPORT"); file != "" {
		if err := chaos.report(file, result == 0); err != nil {
			fmt.Fprintln(os.Stderr, err)
			result = 1
		}
	}
	return result
}

// workspace is a folder with a configuration, in which the real terraform runs
// the provider in a project of the test's own.
type workspace struct {
	t       *testing.T
	engine  *testenv.Env
	project string
	dir     string
	env     []string
	// settings are further lines of the provider block.
	settings string
}

// testKey is the key of the test projects, so that no test makes a key file.
const testKey = "correct horse battery staple"

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	return workspaceAt(t, testenv.Require(t), testenv.Project(t))
}

// workspaceAt is one whose project is on a given engine, and removed by others.
func workspaceAt(t *testing.T, engine *testenv.Env, project string) *workspace {
	t.Helper()
	w := &workspace{t: t, engine: engine, project: project, dir: t.TempDir()}
	w.env = append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+testenv.CLIConfig(t, binary),
		"DOCKER_HOST="+w.engine.Host, "BAYPLAN_KEY="+testKey,
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color",
	)
	return w
}

// through makes the provider talk to the engine through a proxy.
func (w *workspace) through(p *testenv.Proxy) {
	w.env = append(w.env, "DOCKER_HOST="+p.Host())
}

// write makes the resources the configuration.
func (w *workspace) write(resources string) {
	w.t.Helper()
	config := fmt.Sprintf(`terraform {
  required_providers {
    bayplan = { source = "bayplan/bayplan" }
  }
}
provider "bayplan" {
  project = %q
%s
}
%s`, w.project, w.settings, resources)
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// command returns terraform with arguments, ready to be run in the workspace.
func (w *workspace) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	w.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, testenv.Terraform(w.t), args...)
	c.Dir, c.Env = w.dir, w.env
	return c
}

// terraform runs terraform and returns what it printed, and its exit code.
func (w *workspace) terraform(args ...string) (string, int) {
	w.t.Helper()
	c := w.command(args...)
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		w.t.Fatalf("terraform %v: %v", args, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// apply applies the configuration, which must succeed, and returns what was printed.
func (w *workspace) apply(args ...string) string {
	w.t.Helper()
	out, code := w.terraform(append([]string{"apply", "-auto-approve"}, args...)...)
	if code != 0 {
		w.t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	return out
}

// settled applies and checks that there is nothing left to do.
func (w *workspace) settled(args ...string) string {
	w.t.Helper()
	out := w.apply(args...)
	w.empty()
	return out
}

// empty checks that a plan changes nothing.
func (w *workspace) empty() {
	w.t.Helper()
	if out, code := w.terraform("plan", "-detailed-exitcode"); code != 0 {
		w.t.Fatalf("a plan that should be empty exits with %d:\n%s", code, out)
	}
}

// fails checks that terraform fails, and returns what it printed as one line,
// without the frames that terraform draws.
func (w *workspace) fails(args ...string) string {
	w.t.Helper()
	out, code := w.terraform(args...)
	if code == 0 {
		w.t.Fatalf("terraform %v should fail, but prints:\n%s", args, out)
	}
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// destroy destroys everything, which must succeed.
func (w *workspace) destroy() {
	w.t.Helper()
	if out, code := w.terraform("destroy", "-auto-approve"); code != 0 {
		w.t.Fatalf("destroy exits with %d:\n%s", code, out)
	}
}

// change is what a plan does to one resource.
type change struct {
	Address string
	Change  struct {
		Actions      []string
		Before       map[string]any
		After        map[string]any
		AfterUnknown map[string]any `json:"after_unknown"`
	}
}

// plan returns what a plan changes, by address, and the whole of its JSON.
func (w *workspace) plan(args ...string) (map[string]change, string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "plan")
	if out, code := w.terraform(append([]string{"plan", "-out", file}, args...)...); code != 0 {
		w.t.Fatalf("plan exits with %d:\n%s", code, out)
	}
	show := w.command("show", "-json", file)
	var stderr bytes.Buffer
	show.Stderr = &stderr
	out, err := show.Output()
	if err != nil {
		w.t.Fatalf("show: %v\n%s", err, stderr.String())
	}
	var all struct {
		ResourceChanges []change `json:"resource_changes"`
	}
	if err := json.Unmarshal(out, &all); err != nil {
		w.t.Fatal(err)
	}
	changes := map[string]change{}
	for _, c := range all.ResourceChanges {
		if !slices.Equal(c.Change.Actions, []string{"no-op"}) {
			changes[c.Address] = c
		}
	}
	return changes, string(out)
}

// differs returns the attributes in which a change differs, sorted: those that
// are known after as well as those that are not.
func (c change) differs() []string {
	var out []string
	names := map[string]bool{}
	for _, m := range []map[string]any{c.Change.Before, c.Change.After, c.Change.AfterUnknown} {
		for name := range m {
			names[name] = true
		}
	}
	for name := range names {
		before, _ := json.Marshal(c.Change.Before[name])
		after, _ := json.Marshal(c.Change.After[name])
		if c.Change.AfterUnknown[name] == true || !bytes.Equal(before, after) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// state returns the state file.
func (w *workspace) state() string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}
