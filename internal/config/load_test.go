package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

const required = `
terraform {
  required_providers {
    bayplan = { source = "bayplan/bayplan" }
  }
}
`

// load evaluates the files of an archive offline, without a complaint.
func load(t *testing.T, archive string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for _, file := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, slices.Concat(file.Data, []byte(required)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, diags := config.Load(t.Context(), dir, offline(), config.Options{})
	if len(diags) > 0 {
		t.Fatal(said(diags))
	}
	return c
}

func resource(t *testing.T, c *config.Config, address string) *config.Resource {
	t.Helper()
	for _, r := range c.Resources {
		if r.Address == address {
			return r
		}
	}
	t.Fatalf("there is no %s", address)
	return nil
}

func TestLoadOffline(t *testing.T) {
	c := load(t, `
-- main.tf --
resource "bayplan_service" "db" {
  name = "db"
  type = "redis:7"
}
`)
	r := resource(t, c, "bayplan_service.db")
	v, err := r.Value()
	if err != nil {
		t.Fatal(err)
	}
	if got := v.GetAttr("host"); !got.RawEquals(cty.StringVal("db.internal")) {
		t.Errorf("host is %#v", got)
	}
	if got := v.GetAttr("stop_grace_period"); !got.RawEquals(cty.StringVal("15s")) {
		t.Errorf("a default is %#v", got)
	}
	if r.Config.Type().HasAttribute("stop_grace_period") {
		t.Error("what is not written is in the configuration")
	}
	if v.GetAttr("id").IsKnown() {
		t.Error("id is known, and depends on how the provider is configured")
	}
	host, _, err := tftypes.WalkAttributePath(r.Raw(), tftypes.NewAttributePath().WithAttributeName("host"))
	if v, ok := host.(tftypes.Value); err != nil || !ok || !v.Equal(tftypes.NewValue(tftypes.String, "db.internal")) {
		t.Errorf("raw host is %v, %v", host, err)
	}
}

// What a resource depends on is found by way of locals, variables and outputs.
func TestDependsOn(t *testing.T) {
	c := load(t, `
-- main.tf --
resource "bayplan_volume" "v" {
  for_each = toset(["a", "b"])
  name     = each.key
}
locals { volumes = [for v in bayplan_volume.v : v.name] }
module "m" {
  source = "./m"
  names  = local.volumes
}
resource "bayplan_app" "web" {
  name  = "web"
  image = "busybox"
  env   = { HOST = module.m.host }
}
resource "bayplan_app" "late" {
  name       = "late"
  image      = "busybox"
  depends_on = [module.m]
}
resource "bayplan_app" "alone" {
  name  = "alone"
  image = "busybox"
}
-- m/main.tf --
variable "names" {}
resource "bayplan_app" "inner" {
  name  = "inner"
  image = "busybox"
  env   = { NAMES = join(",", var.names) }
}
resource "bayplan_app" "other" {
  name  = "other"
  image = "busybox"
}
output "host" { value = bayplan_app.inner.host }
`)
	got := map[string][]string{}
	seen := map[string]bool{}
	for _, r := range c.Resources {
		for _, a := range r.DependsOn {
			if !seen[a] {
				t.Errorf("%s comes before %s, which it depends on", r.Address, a)
			}
		}
		seen[r.Address] = true
		got[r.Address] = r.DependsOn
	}
	volumes := []string{`bayplan_volume.v["a"]`, `bayplan_volume.v["b"]`}
	want := map[string][]string{
		volumes[0]: nil, volumes[1]: nil, "bayplan_app.alone": nil, "module.m.bayplan_app.other": nil,
		"module.m.bayplan_app.inner": volumes,
		"bayplan_app.web":            {"module.m.bayplan_app.inner"},
		"bayplan_app.late":           {"module.m.bayplan_app.inner", "module.m.bayplan_app.other"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRange(t *testing.T) {
	c := load(t, `
-- main.tf --
locals { key = "computed" }
resource "bayplan_app" "web" {
  name  = "web"
  image = "busybox"
  env = {
    A           = "1"
    "B"         = "2"
    (local.key) = "3"
  }
  command = [
    "httpd",
    "-f",
  ]
  labels = { for k in ["x"] : k => k }
  healthcheck = {
    http = ":80/"
  }
}
`)
	r := resource(t, c, "bayplan_app.web")
	attribute := cty.GetAttrPath
	for _, tt := range []struct {
		path cty.Path
		line int
	}{
		{nil, 2},
		{attribute("name"), 3},
		{attribute("memory"), 2},
		{attribute("env"), 5},
		{attribute("env").IndexString("A"), 6},
		{attribute("env").IndexString("B"), 7},
		{attribute("env").IndexString("computed"), 8},
		{attribute("env").IndexString("none"), 5},
		{attribute("command").IndexInt(1), 12},
		{attribute("command").IndexInt(7), 10},
		{attribute("labels").IndexString("x"), 14},
		{attribute("healthcheck").GetAttr("http"), 16},
		{attribute("healthcheck").GetAttr("tcp"), 15},
	} {
		if got := r.Range(tt.path); got.Filename != "main.tf" || got.Start.Line != tt.line {
			t.Errorf("%#v is at %v; want line %d", tt.path, got, tt.line)
		}
	}
}

func TestLifecycleAndMoved(t *testing.T) {
	c := load(t, `
-- main.tf --
resource "bayplan_app" "web" {
  name  = "web"
  image = "busybox"
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [env["A"], memory]
  }
}
moved {
  from = bayplan_app.old[0]
  to   = bayplan_app.web
}
module "m" {
  source = "./m"
}
-- m/main.tf --
moved {
  from = bayplan_volume.x
  to   = bayplan_volume.y["a b"]
}
`)
	l := resource(t, c, "bayplan_app.web").Lifecycle
	if !l.PreventDestroy || l.CreateBeforeDestroy || l.IgnoreAll || len(l.IgnoreChanges) != 2 ||
		!l.IgnoreChanges[0].Equals(cty.GetAttrPath("env").IndexString("A")) || !l.IgnoreChanges[1].Equals(cty.GetAttrPath("memory")) {
		t.Errorf("lifecycle is %#v", l)
	}
	var moves []string
	for _, m := range c.Moved {
		moves = append(moves, m.From+" to "+m.To)
	}
	want := []string{"bayplan_app.old[0] to bayplan_app.web", `module.m.bayplan_volume.x to module.m.bayplan_volume.y["a b"]`}
	if diff := cmp.Diff(want, moves); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What an output of a module says is sensitive is so for whoever calls the module.
func TestModuleOutputIsSensitive(t *testing.T) {
	c := load(t, `
-- main.tf --
module "m" {
  source = "./m"
}
resource "bayplan_app" "web" {
  name  = "web"
  image = "busybox"
  env   = { A = module.m.a, B = "b" }
}
-- m/main.tf --
output "a" {
  value     = "plain"
  sensitive = true
}
`)
	got := resource(t, c, "bayplan_app.web").Sensitive
	if len(got) != 1 || !got[0].Equals(cty.GetAttrPath("env").IndexString("A")) {
		t.Errorf("sensitive are %#v", got)
	}
}

// To check a configuration takes no values for its variables.
func TestUnsetUnknown(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text+required), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good = `
variable "release" {}
variable "names" { type = set(string) }
variable "n" { type = number }
resource "bayplan_app" "web" {
  for_each = var.names
  name     = each.key
  image    = "busybox:${var.release}"
}
resource "bayplan_volume" "v" {
  count = var.n
  name  = "v${count.index}"
}
output "hosts" { value = [for a in bayplan_app.web : a.host] }
output "first" { value = bayplan_volume.v[0].name }
`
	write(good)
	if _, diags := config.Load(t.Context(), dir, offline(), config.Options{UnsetUnknown: true}); len(diags) > 0 {
		t.Error(said(diags))
	}
	if _, diags := config.Load(t.Context(), dir, offline(), config.Options{}); len(diags.Errs()) != 3 {
		t.Errorf("three variables have no value, and this is said:\n%s", said(diags))
	}
	write(strings.Replace(good, "name     = each.key", "name     = each.key\n  memory   = \"lots\"", 1))
	_, diags := config.Load(t.Context(), dir, offline(), config.Options{UnsetUnknown: true})
	if got := said(diags); len(diags) != 1 || !strings.HasPrefix(got, "main.tf:8,") {
		t.Errorf("a wrong value in what may not be there: %s", got)
	}
}

// What is given to one version of a configuration need not suit another.
func TestIgnoreUndeclared(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("variable \"a\" {}\noutput \"a\" { value = var.a }\n"+required), 0o600); err != nil {
		t.Fatal(err)
	}
	o := config.Options{Inputs: []config.Input{{Name: "a", Value: "1"}, {Name: "later", Value: "2"}}}
	if _, diags := config.Load(t.Context(), dir, offline(), o); len(diags.Errs()) != 1 {
		t.Errorf("a value for no variable: %s", said(diags))
	}
	o.IgnoreUndeclared = true
	c, diags := config.Load(t.Context(), dir, offline(), o)
	if len(diags) > 0 || len(c.Outputs) != 1 || c.Outputs[0].Value.AsString() != "1" {
		t.Errorf("got %v, %s", c.Outputs, said(diags))
	}
}

// The same directory comes to the same, in the same order.
func TestLoadIsStable(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/corpus/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := string(txtar.Format(archive))
	addresses := func() string {
		var all []string
		for _, r := range load(t, text).Resources {
			all = append(all, r.Address+" "+strings.Join(r.DependsOn, ","))
		}
		return strings.Join(all, "\n")
	}
	first := addresses()
	for range 5 {
		if again := addresses(); again != first {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	}
}

// What a literal provider block says is told before the files are parsed.
func TestLoadTellsOfTheProviderAhead(t *testing.T) {
	const literal = "provider \"bayplan\" {\n  project = \"shop\"\n}\n"
	tests := map[string]struct {
		text string
		want string
	}{
		"literal":           {required + literal, "shop"},
		"of the workspace":  {"provider \"bayplan\" {\n  project = terraform.workspace\n}\n", "default"},
		"with a mistake":    {literal + "resource {", "shop"},
		"of a variable":     {required + "variable \"p\" {\n  default = \"shop\"\n}\nprovider \"bayplan\" {\n  project = var.p\n}\n", ""},
		"perhaps a comment": {required + "/*\n" + literal + "*/\n", ""},
		"not formatted":     {required + `provider "bayplan" { project = "shop" }`, ""},
		"none":              {required, ""},
		"in a template":     {required + "output \"a\" {\n  value = <<-EOT\n    " + literal + "  EOT\n}\n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir, told := t.TempDir(), ""
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			config.Load(t.Context(), dir, server(t), config.Options{Ahead: func(block tftypes.Value) {
				settings, err := provider.DecodeSettings(block)
				if told = settings.Project; err != nil {
					t.Error(err)
				}
			}})
			if told != tt.want {
				t.Errorf("told of %q; want %q", told, tt.want)
			}
		})
	}
}
