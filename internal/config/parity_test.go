package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/docker"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// binary is the folder of the provider's binary, built once for all tests.
var binary string

// project is one that nothing is ever made for.
const project = "configcorpus"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bayplan-config-")
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
	for name, value := range map[string]string{
		"BAYPLAN_PROJECT": project, "BAYPLAN_KEY": "correct horse battery staple", "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "NO_COLOR": "1",
	} {
		_ = os.Setenv(name, value)
	}
	return m.Run()
}

// server is the provider on the engine that terraform uses too.
func server(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	host := testenv.Require(t).Host
	onEngine := func(provider.EngineOptions) (apply.Runtime, error) { return docker.New(docker.Options{Host: host}) }
	return providerserver.NewProtocol6(provider.New("test", onEngine)())()
}

// TestParity evaluates each directory of the corpus with the real terraform and
// with this package: addresses, planned values, what is sensitive and what is
// unknown have to be the same, and errors at the same place.
func TestParity(t *testing.T) {
	archives, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("there is no corpus")
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := newDirectory(t, name)
			want := c.terraform()
			got := c.load()
			c.compare(got, want)
		})
	}
}

// outcome is what a directory comes to: errors by their places, or else values.
type outcome struct {
	Errors    []place
	Resources map[string]any
	Outputs   map[string]any
}

// moduleCall is how either syntax calls a module.
var moduleCall = regexp.MustCompile(`module "|"module":`)

// directory is one directory.
type directory struct {
	t       *testing.T
	dir     string
	flags   []string
	modules bool // there are directories in it
	env     map[string]string
	options config.Options
}

func newDirectory(t *testing.T, name string) *directory {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &directory{t: t, dir: t.TempDir(), env: map[string]string{}}
	dirs := map[string]bool{}
	for _, file := range archive.Files {
		if file.Name == "flags" {
			c.readFlags(string(file.Data))
			continue
		}
		c.write(file.Name, file.Data)
		if strings.HasSuffix(file.Name, ".tf") || strings.HasSuffix(file.Name, ".tf.json") {
			c.modules = c.modules || moduleCall.Match(file.Data)
			dirs[filepath.Dir(file.Name)] = dirs[filepath.Dir(file.Name)] || strings.Contains(string(file.Data), "required_providers")
		}
	}
	for dir, has := range dirs {
		if !has {
			c.write(filepath.Join(dir, "zz_providers.tf"), []byte("terraform {\n  required_providers {\n    bayplan = { source = \"bayplan/bayplan\" }\n  }\n}\n"))
		}
	}
	c.options.Configure = true
	c.options.Workspace = c.env["TF_WORKSPACE"]
	c.options.Env = func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }
	return c
}

func (c *directory) write(name string, data []byte) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// readFlags reads lines such as -var a=b, -var-file f and NAME=value.
func (c *directory) readFlags(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "-var "); ok {
			name, value, _ := strings.Cut(rest, "=")
			c.flags = append(c.flags, "-var", rest)
			c.options.Inputs = append(c.options.Inputs, config.Input{Name: name, Value: value})
		} else if rest, ok := strings.CutPrefix(line, "-var-file "); ok {
			c.flags = append(c.flags, "-var-file", rest)
			c.options.Inputs = append(c.options.Inputs, config.Input{File: filepath.Join(c.dir, rest)})
		} else if name, value, ok := strings.Cut(line, "="); ok {
			c.env[name] = value
		}
	}
}

// command runs terraform in the directory.
func (c *directory) command(args ...string) ([]byte, error) {
	c.t.Helper()
	run := exec.CommandContext(c.t.Context(), testenv.Terraform(c.t), args...)
	run.Dir = c.dir
	run.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+testenv.CLIConfig(c.t, binary), "DOCKER_HOST="+testenv.Require(c.t).Host)
	for name, value := range c.env {
		run.Env = append(run.Env, name+"="+value)
	}
	return run.Output()
}

func (c *directory) terraform() outcome {
	c.t.Helper()
	out := outcome{Resources: map[string]any{}, Outputs: map[string]any{}}
	if c.modules {
		if text, err := c.command("get"); err != nil {
			return c.refused(text, err)
		}
	}
	said, err := c.command(append([]string{"plan", "-json", "-input=false", "-out=plan.bin"}, c.flags...)...)
	if err != nil {
		out.Errors = errorsIn(said)
		if len(out.Errors) == 0 {
			c.t.Fatalf("terraform plan: %v\n%s", err, said)
		}
		return out
	}
	shown, err := c.command("show", "-json", "plan.bin")
	if err != nil {
		c.t.Fatal(err)
	}
	var plan struct {
		Changes []struct {
			Address string
			Change  jsonChange
		} `json:"resource_changes"`
		Outputs map[string]jsonChange `json:"output_changes"`
	}
	if err := json.Unmarshal(shown, &plan); err != nil {
		c.t.Fatal(err)
	}
	for _, r := range plan.Changes {
		out.Resources[r.Address] = r.Change.value()
	}
	for name, o := range plan.Outputs {
		out.Outputs[name] = o.value()
	}
	return out
}

// refused is what terraform get says, which has no JSON.
func (c *directory) refused(text []byte, err error) outcome {
	c.t.Helper()
	said, _ := c.command("validate", "-json")
	var all struct{ Diagnostics []jsonDiagnostic }
	if json.Unmarshal(said, &all) != nil || len(all.Diagnostics) == 0 {
		c.t.Fatalf("terraform get: %v\n%s\n%s", err, text, said)
	}
	var out outcome
	for _, d := range all.Diagnostics {
		out.Errors = append(out.Errors, d.place()...)
	}
	return out
}

func (c *directory) load() (out outcome) {
	c.t.Helper()
	loaded, diags := config.Load(c.t.Context(), c.dir, server(c.t), c.options)
	out = outcome{Resources: map[string]any{}, Outputs: map[string]any{}}
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		p := place{text: d.Summary + ": " + d.Detail}
		if d.Subject != nil {
			p.file, p.first, p.end = d.Subject.Filename, d.Subject.Start.Line, d.Subject.End.Line
		}
		out.Errors = append(out.Errors, p)
	}
	for _, r := range loaded.Resources {
		v, err := r.Value()
		if err != nil {
			c.t.Errorf("%s: %v", r.Address, err)
		}
		out.Resources[r.Address] = changeOf(v, r.Sensitive)
	}
	for _, o := range loaded.Outputs {
		out.Outputs[o.Name] = outputOf(o)
	}
	return out
}

func (c *directory) compare(got, want outcome) {
	c.t.Helper()
	if len(got.Errors) > 0 || len(want.Errors) > 0 {
		c.compareErrors(got.Errors, want.Errors)
		return
	}
	if diff := cmp.Diff(want.Resources, got.Resources); diff != "" {
		c.t.Errorf("resources (-terraform +bayplan):\n%s", diff)
	}
	if diff := cmp.Diff(want.Outputs, got.Outputs); diff != "" {
		c.t.Errorf("outputs (-terraform +bayplan):\n%s", diff)
	}
}

func (c *directory) compareErrors(got, want []place) {
	c.t.Helper()
	for _, w := range want {
		if !slices.ContainsFunc(got, w.has) {
			c.t.Errorf("terraform has an error at %v\nand this has %v", w, got)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w place) bool { return w.has(g) }) {
			c.t.Errorf("this has an error at %v\nand terraform has %v", g, want)
		}
	}
}
