package acceptance

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// rich declares all four resources with about all that can be declared of
// them. @PORT and @TARGET are to be replaced.
const rich = `
resource "bayplan_volume" "files" {
  name       = "files"
  shared     = true
  on_destroy = "delete"
  labels     = { team = "shop", empty = "" }
}
resource "bayplan_volume" "plain" {
  name = "plain"
}
resource "bayplan_service" "cache" {
  name                = "cache"
  type                = "redis:7"
  env                 = { NOTE = "a note" }
  memory              = "0.5g"
  deletion_protection = @PROTECTED
  healthcheck         = { test = ["redis-cli", "ping"], interval = "2s" }
  configuration       = { maxmemory = "32mb" }
}
resource "bayplan_service" "custom" {
  name        = "custom"
  image       = "busybox:stable"
  version     = "3.1.4"
  command     = ["httpd", "-f", "-p", "8080", "-h", "/etc"]
  stop_signal = "SIGKILL"
  egress      = true
  restart     = "on-failure:2"
  endpoints   = {
    default = { port = 8080, scheme = "http", path = "/passwd" }
    admin   = { port = 8081, scheme = "https" }
  }
  mounts      = { "/plain" = { volume = bayplan_volume.plain.id } }
  healthcheck = { http = ":8080/passwd", interval = "1500ms", timeout = "2s", retries = 7, start_period = "20s" }
}
resource "bayplan_service" "spare" {
  name        = "spare"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  version     = "3.2"
  endpoints   = {
    default = { port = 8080, scheme = "http", path = "/passwd" }
    admin   = { port = 8081, scheme = "https" }
  }
}
resource "bayplan_relationship" "edge" {
  name       = "edge"
  target     = bayplan_service.@TARGET
  endpoint   = "admin"
  constraint = ">= 3.1, < 4"
  condition  = "@CONDITION"
}
resource "bayplan_relationship" "plain" {
  name   = "plain-edge"
  target = bayplan_service.cache
}
resource "bayplan_app" "migrate" {
  name    = "migrate"
  image   = "busybox:stable"
  command = ["true"]
  job     = true
}
resource "bayplan_app" "web" {
  name        = "web"
  image       = "busybox:stable"
  version     = "@VERSION"
  entrypoint  = ["httpd", "-f"]
  command     = ["-p", "8080", "-h", "/etc"]
  user        = "0:0"
  working_dir = "/etc"
  env         = { A = "1", EMPTY = "", SECRET = "of the web" }
  labels      = { team = "shop", empty = "" }
  relationships = {
    cache   = bayplan_service.cache
    edge    = bayplan_relationship.edge
    plain   = bayplan_relationship.plain
    migrate = bayplan_app.migrate
    pay     = { host = "pay.example", port = 443, scheme = "https", path = "/v1", username = "shop", database = "d" }
  }
  mounts = {
    "/files" = { volume = bayplan_volume.files.id, read_only = true }
    "/tmp"   = { tmpfs = "65536k" }
  }
  read_only         = false
  ports             = ["@PORT:8080", "0.0.0.0:@PORT:53/udp"]
  cpus              = 0.3
  memory            = "65536k"
  pids              = 100
  capabilities      = ["NET_RAW", "CHOWN"]
  security_opt      = ["seccomp=unconfined"]
  secrets           = { TOKEN = "hushed" }
  secrets_version   = "3"
  restart           = "on-failure"
  healthcheck       = { tcp = ":8080" }
  stop_signal       = "SIGKILL"
  stop_grace_period = "1m"
  egress            = true
  port              = 8080
  scheme            = "http"
  timeouts          = { create = "@TIMEOUT", update = "4m", delete = "1m" }
}
resource "bayplan_app" "workers" {
  name        = "workers"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  egress      = false
  pids        = -1
  replicas    = 2
  relationships = { web = bayplan_app.web }
  mounts        = { "/files" = { volume = bayplan_volume.files.id } }
}
`

// imported are the resources of rich, with their names.
var imported = map[string]string{
	"bayplan_volume.files": "files", "bayplan_volume.plain": "plain",
	"bayplan_service.cache": "cache", "bayplan_service.custom": "custom", "bayplan_service.spare": "spare",
	"bayplan_relationship.edge": "edge", "bayplan_relationship.plain": "plain-edge",
	"bayplan_app.migrate": "migrate", "bayplan_app.web": "web", "bayplan_app.workers": "workers",
}

// fresh is a workspace of the same project that has no state.
func (w *workspace) fresh() *workspace {
	w.t.Helper()
	other := *w
	other.dir = w.t.TempDir()
	return &other
}

// importBlocks returns an import block for each resource.
func importBlocks() string {
	var out strings.Builder
	for _, address := range slices.Sorted(maps.Keys(imported)) {
		fmt.Fprintf(&out, "import {\n  to = %s\n  id = \"default/%s\"\n}\n", address, imported[address])
	}
	return out.String()
}

// imports imports everything into a fresh state, checks what that plans to
// change, by resource, and that it changes nothing on the engine.
func (w *workspace) imports(resources string, want map[string][]string) {
	w.t.Helper()
	fresh := w.fresh()
	before := w.starts()
	fresh.write(resources + importBlocks())
	changes, _ := fresh.plan()
	got := map[string][]string{}
	for address, c := range changes {
		got[address] = c.differs()
		if impact := c.Change.After["impact"]; impact != "nothing restarts" {
			w.t.Errorf("importing %s has the impact %q", address, impact)
		}
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		w.t.Errorf("the import changes %v; want %v", got, want)
	}
	out := fresh.settled()
	if want := fmt.Sprintf("%d imported, 0 added, %d changed, 0 destroyed", len(imported), len(want)); !strings.Contains(out, want) {
		w.t.Errorf("the import does not say %q:\n%s", want, out)
	}
	if after := w.starts(); !maps.EqualFunc(before, after, slices.Equal) {
		w.t.Errorf("the import changes what is there: %v before, %v after", before, after)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	port := w.freePort()
	declare := func(target, condition, version, timeout, protected string) string {
		return strings.NewReplacer("@PORT", fmt.Sprint(port), "@TARGET", target, "@CONDITION", condition,
			"@VERSION", version, "@TIMEOUT", timeout, "@PROTECTED", protected).Replace(rich)
	}
	for _, tt := range []struct {
		name      string
		resources string
		changes   map[string][]string
	}{
		{"as created", declare("custom", "started", "1.2", "3m", "false"), nil},
		{"a relationship was led elsewhere", declare("spare", "started", "1.2", "3m", "false"), nil},
		{
			// No label can be changed, so what only Terraform knew is told anew.
			"policy was changed", declare("spare", "healthy", "1.3", "2m", "true"),
			map[string][]string{
				"bayplan_relationship.edge": {"condition", "impact"},
				"bayplan_service.cache":     {"deletion_protection", "impact"},
				"bayplan_app.web":           {"impact", "relationships", "timeouts", "version"},
				"bayplan_app.workers":       {"impact", "relationships"},
			},
		},
	} {
		w.write(tt.resources)
		w.settled()
		t.Run(tt.name, func(t *testing.T) {
			of := *w
			of.t = t
			of.imports(tt.resources, tt.changes)
		})
	}
}

func TestImportErrors(t *testing.T) {
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
resource "bayplan_volume" "none" {
  name = "none"
}
`)
	for _, tt := range []struct{ address, id, want string }{
		{"bayplan_app.web", "staging/web", "It is of environment staging, and the provider is of default: set environment on the provider."},
		{"bayplan_app.web", "web", `"web" is no identifier: want <environment>/<name>, such as default/web.`},
		{"bayplan_app.web", "default/Web", `"default/Web" is no identifier`},
		{"bayplan_app.web", "default/none", "Cannot import non-existent remote object"},
		{"bayplan_volume.none", "default/none", "Cannot import non-existent remote object"},
		{"bayplan_volume.none", "default/web", "Cannot import non-existent remote object"},
	} {
		if got := fresh.fails("import", tt.address, tt.id); !strings.Contains(got, tt.want) {
			t.Errorf("import %s %s: %s\nwant %q", tt.address, tt.id, got, tt.want)
		}
	}
	if _, err := os.Stat(filepath.Join(fresh.dir, "terraform.tfstate")); err == nil {
		t.Error("an import that fails leaves a state")
	}
	if out, code := fresh.terraform("import", "bayplan_app.web", "default/web"); code != 0 {
		t.Fatalf("import exits with %d:\n%s", code, out)
	}
	fresh.write(app)
	fresh.empty()
}
