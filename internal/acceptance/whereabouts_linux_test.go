package acceptance

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// The heads of the guide's table of where a secret is, and what is in none of them.
const (
	inState  = "Terraform's state"
	inPlan   = "its plan files"
	inObject = "settings on the engine"
	inLabel  = "labels there"
	inLog    = "the engine's log"
	inDebug  = "its log with `--debug`"
	nowhere  = ""
)

// writing is something that was written, and under which head of the table it is.
type writing struct{ head, what, text string }

// whereabouts reads the guide's table: by how a secret is given, the heads under
// which it may be.
func whereabouts(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../templates/guides/security.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Where secrets are\n")
	out := map[string]map[string]bool{}
	var heads []string
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---"):
		case heads == nil:
			heads = cells
		default:
			row := map[string]bool{}
			for i, cell := range cells[1:] {
				row[strings.TrimSpace(heads[i+1])] = strings.TrimSpace(cell) == "yes"
			}
			out[strings.TrimSpace(cells[0])] = row
		}
	}
	return out
}

// spellings are how a secret may be written: as it is, and within what is base64.
func spellings(secret string) []string {
	out := []string{secret}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		out = append(out, strings.TrimRight(text, "=")[(shift*8+5)/6:len(strings.TrimRight(text, "="))-2])
	}
	return out
}

func has(text, secret string) bool {
	for _, spelling := range spellings(secret) {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

// told is what a secret is given as, and its values before and after a change.
var told = map[string][]string{
	"`secrets`":       {"hushA1secrets", "hushA2secrets"},
	"`env`":           {"hushB1variable", "hushB2variable"},
	"`configuration`": {"hushC1setting", "hushC2setting"},
	"`command`, `entrypoint` and `healthcheck`": {"hushD1command", "hushD2command", "hushE1health", "hushE2health"},
	"`hooks`":                          {"hushF1hook", "hushF2hook"},
	"`labels`":                         {"hushG1label", "hushG2label"},
	"`build.args`, by Terraform alone": {"hushH1arg", "hushH2arg"},
	"`driver_opts`":                    {"hushI1option"},
	"`registry_auth` of the provider":  {"hushJ1login"},
}

const everyWay = `
variable "kept" {
  type      = map(string)
  sensitive = true
}
variable "token" {
  type      = string
  sensitive = true
  %s
}
%s
resource "bayplan_volume" "share" {
  name        = "share"
  on_destroy  = "delete"
  driver_opts = { type = "cifs", device = "//files/share", o = "username=a,password=${var.kept.option}" }
}
resource "bayplan_service" "db" {
  name                = "db"
  type                = "postgresql:15"
  configuration       = { cluster_name = var.kept.setting }
  credentials_version = %d
}
resource "bayplan_app" "web" {
  name            = "web"
  build           = { context = "image", args = { TOKEN = %s } }
  entrypoint      = ["sh", "-c", "trap exit TERM; echo ready; sleep 3600 & wait", var.kept.command]
  stop_signal     = "SIGKILL"
  env             = { LOGIN_TOKEN = var.kept.variable, ROUND = %d }
  secrets         = { TOKEN = var.token%s }
  secrets_version = %d
  labels          = { note = var.kept.label }
  healthcheck     = { test = ["test", "-n", var.kept.health], interval = "1s" }
  hooks           = { deploy = ["test", "-n", var.kept.hook] }
  relationships   = { db = bayplan_service.db }
}
resource "bayplan_app" "small" {
  name        = "small"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  labels      = { note = var.kept.label }
  hooks       = { deploy = ["test", "-n", var.kept.hook] }
}
output "kept" {
  value     = bayplan_app.web.env
  sensitive = true
}
`

// program is what is said to one of the two programs alone: the command, which
// keeps no value anyway, knows no ephemeral variables, and refuses a sensitive argument.
type program struct{ token, arg, asks, more string }

var (
	forTerraform = program{"ephemeral = true", "var.kept.arg", asks, ", THEIRS = ephemeral.bayplan_credentials.away.password"}
	forBayplan   = program{"", `"plain"`, "", ""}
)

// asks asks for the password of a service that is nowhere, so that it is in nothing else.
const asks = `ephemeral "bayplan_credentials" "away" {
  relationship = { address = "service.away", target_address = "service.away", host = "away.internal", port = 5432, username = "main" }
}`

// A secret that is given in each way there is, is where the guide says that it is,
// and in nothing else that either program writes.
func TestSecretsAreWhereTheGuideSays(t *testing.T) {
	t.Parallel()
	machine := testenv.NewLargeMachine(t, []string{"postgres:15", "busybox:stable"}, "--debug")
	project := "t" + strings.ToLower(rand.Text()[:8])
	w := &witness{series: &series{workspace: workspaceAt(t, machine.Env, project)}, began: time.Now()}
	w.git("init", "-q", "-b", "main", ".")
	if err := os.Mkdir(filepath.Join(w.dir, "image"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "image", "Dockerfile"), []byte("FROM busybox:stable\nARG TOKEN\nRUN true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	given := map[string][]string{"passwords of services": {}, "the key": {testKey}}
	for way, values := range told {
		given[way] = values
	}
	for _, name := range []string{"db", "db/1", "db/2"} {
		given["passwords of services"] = append(given["passwords of services"], w.derived(name, "main"))
	}
	given["`bayplan_credentials`, ephemeral"] = []string{w.derived("away", "main")}
	log := w.logged()
	defer w.judge(given, whereabouts(t))
	w.round(1, forTerraform, "")
	w.terraformed("a creation")
	if got := w.must("web", "cat /run/secrets/THEIRS"); got != w.derived("away", "main") {
		t.Errorf("what bayplan_credentials tells is %q", got)
	}
	w.inspected("a creation")
	w.round(2, forTerraform, "")
	w.terraformed("a change")
	w.inspected("a change")
	w.round(1, forBayplan, "")
	w.planned("a change back", "--allow", "downtime")
	w.inspected("a change back")
	w.failed()
	w.crashed()
	w.inspected("at the end")
	w.happened()
	w.note(nowhere, "the logs of terraform and the provider", log())
	out, _ := w.said("destroy", "--auto-approve", "--allow", "deletes-data")
	w.note(nowhere, "bayplan destroy", out)
	w.recorded(machine)
}

// judge checks that each secret is where it may be, and that it is there at all.
func (w *witness) judge(given map[string][]string, may map[string]map[string]bool) {
	w.t.Helper()
	for way := range may {
		if given[way] == nil {
			w.t.Errorf("the guide has a row for %s, and nothing is given so", way)
		}
	}
	for way, values := range given {
		found := map[string]bool{}
		for _, secret := range values {
			for _, at := range w.writings {
				if !has(at.text, secret) {
					continue
				}
				found[at.head] = true
				if !may[way][at.head] {
					i := max(0, strings.Index(at.text, secret))
					w.t.Errorf("%s: %q is in %s: …%s", way, secret, at.what, at.text[max(0, i-150):min(len(at.text), i+60)])
				}
			}
		}
		for head, is := range may[way] {
			if is && !found[head] {
				w.t.Errorf("%s: the guide says that it is in %s, and it is not", way, head)
			}
		}
	}
}
