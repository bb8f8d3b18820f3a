package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// addition is what a plan creates besides the chain: to make it, more reads
// are needed than to compare what is there.
const addition = chain + `
resource "bayplan_volume" "more" {
  name = "more"
}
resource "bayplan_app" "more" {
  name    = "more"
  image   = "busybox:stable"
  command = ["sleep", "3600"]
  mounts  = { "/data" = { volume = bayplan_volume.more.id } }
}
`

// absent is an app whose image is not on the engine.
const absent = chain + `
resource "bayplan_app" "more" {
  name  = "more"
  image = "registry.invalid/more:1"
}
`

// readKind is a kind of read that the plan of a configuration makes, and what
// an error about one of its calls says.
type readKind struct {
	name, config, says string
	code               int // of the plan when nothing goes wrong
	is                 func(testenv.Call) bool
}

// filtered tells a list of what is of the project from one of all.
func filtered(c testenv.Call) bool { return strings.Contains(c.Query, "filters=") }

func anyOf(key string) func(testenv.Call) bool {
	return func(c testenv.Call) bool { return c.Key() == key }
}

func listed(key string, ours bool) func(testenv.Call) bool {
	return func(c testenv.Call) bool { return c.Key() == key && filtered(c) == ours }
}

var readKinds = []readKind{
	{"ping", chain, "ask the engine for the version of its API: ", 0, func(c testenv.Call) bool { return c.Path == "/_ping" }},
	{"list-containers", chain, "list containers: ", 0, listed("GET /containers/json", true)},
	{"inspect-container", chain, `inspect container "`, 0, anyOf("GET /containers/{id}/json")},
	{"list-networks", chain, "list networks: ", 0, listed("GET /networks", true)},
	{"list-volumes", chain, "list volumes: ", 0, listed("GET /volumes", true)},
	{"inspect-image", chain, `inspect image "`, 0, anyOf("GET /images/{id}/json")},
	{"list-other-containers", addition, "list containers: ", 2, listed("GET /containers/json", false)},
	{"list-other-networks", addition, "list networks: ", 2, listed("GET /networks", false)},
	{"list-other-volumes", addition, "list volumes: ", 2, listed("GET /volumes", false)},
	{"ask-registry", absent, `image "registry.invalid/more:1" is not on the engine; ask its registry: `, 1, anyOf("GET /distribution/{id}/json")},
}

// readFault is what becomes of reads. A dropped one may be repeated unnoticed: Go's
// client does so on a connection that it had used before.
type readFault struct {
	name   string
	action testenv.Action
	always bool // every read of the kind, not just the first
	hidden bool // the plan may be what it is when nothing goes wrong
	says   string
}

var readFaults = []readFault{
	{name: "500", action: testenv.Status(http.StatusInternalServerError)},
	{name: "hang", action: testenv.Hang(), says: "no answer within 5s"},
	{name: "drop", action: testenv.Drop(), hidden: true, says: "closed the connection before it had answered"},
	{name: "drop-always", action: testenv.Drop(), always: true, says: "closed the connection before it had answered"},
}

// A read that goes wrong is not read as "there is nothing": the plan fails and
// says which call it was.
func TestPlanFailsWithAReadThatFails(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(chain)
	w.settled()
	before := w.objects()
	t.Run("each", func(t *testing.T) {
		t.Parallel()
		t.Run("known", func(t *testing.T) { t.Parallel(); allKnown(t, w) })
		for _, kind := range readKinds {
			for _, f := range readFaults {
				t.Run(kind.name+"/"+f.name, func(t *testing.T) {
					t.Parallel()
					planWith(t, w, kind, f)
				})
			}
		}
	})
	t.Cleanup(func() {
		if after := w.objects(); !slices.Equal(after, before) {
			t.Errorf("plans changed what there is: %v; want %v", after, before)
		}
	})
}

// beside returns a workspace with the same state and project, whose plans go
// through a proxy, so that plans can be made at the same time.
func (w *workspace) beside(t *testing.T, config string) (*workspace, *testenv.Proxy) {
	t.Helper()
	twin := &workspace{t: t, engine: w.engine, project: w.project, dir: t.TempDir(), env: slices.Clone(w.env)}
	if err := os.WriteFile(filepath.Join(twin.dir, "terraform.tfstate"), []byte(w.state()), 0o600); err != nil {
		t.Fatal(err)
	}
	twin.write(config)
	proxy := testenv.NewProxy(t, nil)
	twin.through(proxy)
	twin.env = append(twin.env, "BAYPLAN_READ_TIMEOUT=5s", "TF_CLI_ARGS=-no-color")
	return twin, proxy
}

// allKnown checks that plans make no kind of call that is not in the table.
func allKnown(t *testing.T, w *workspace) {
	for _, config := range []string{chain, addition, absent} {
		twin, proxy := w.beside(t, config)
		twin.terraform("plan")
		for _, c := range proxy.Calls() {
			if !slices.ContainsFunc(readKinds, func(k readKind) bool { return k.is(c) }) {
				t.Errorf("a plan makes a call that no test loses: %s %s", c.Key(), c.Query)
			}
		}
	}
}

func planWith(t *testing.T, w *workspace, kind readKind, f readFault) {
	twin, proxy := w.beside(t, kind.config)
	var met atomic.Int32
	proxy.SetHook(func(c testenv.Call) testenv.Action {
		if kind.is(c) && (met.Add(1) == 1 || f.always) {
			return f.action
		}
		return testenv.Forward()
	})
	out, code := twin.terraform("plan", "-detailed-exitcode")
	if met.Load() == 0 {
		t.Fatalf("the plan makes no such call:\n%s", out)
	}
	if said := flat(out); code != 1 || !strings.Contains(said, kind.says) || !strings.Contains(said, f.says) {
		if !f.hidden || code != kind.code {
			t.Errorf("the plan exits with %d and does not say %q, %q:\n%s", code, kind.says, f.says, out)
		}
	}
	for _, name := range []string{"data", "cache", "web"} {
		if made := fmt.Sprintf("%q will be created", name); strings.Contains(out, made) || strings.Contains(out, "must be replaced") {
			t.Errorf("the plan makes what is there:\n%s", out)
		}
	}
	if kind.config == chain {
		proxy.SetHook(nil)
		twin.empty()
	}
}

// flat returns terraform's output as one line, without the frames that it draws.
func flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}
