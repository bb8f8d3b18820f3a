package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// secrets are what nobody may read anywhere, by what they are.
type secrets map[string]string

// derived returns what follows from the key for a user of a service.
func (w *workspace) derived(service, user string) string {
	return derivedPassword(w.project, service, user)
}

func derivedPassword(project, service, user string) string {
	scope := topology.Scope{Project: project, Environment: "default"}
	return topology.Key(testKey).Password(scope, topology.Address{Kind: topology.KindService, Name: service}, user)
}

// absent checks that a text has none of the secrets.
func (s secrets) absent(t *testing.T, where, text string) {
	t.Helper()
	for what, secret := range s {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s: there is %s in %q", where, what, text[max(0, i-200):min(len(text), i+len(secret)+20)])
		}
	}
}

// labels returns all labels of the project's objects as text.
func (w *workspace) labels() string {
	w.t.Helper()
	var all []map[string]string
	for _, c := range w.containers() {
		all = append(all, c.Config.Labels)
	}
	networks, err := w.engine.Docker.NetworkList(w.ctx(), network.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range networks {
		all = append(all, n.Labels, n.Options)
	}
	volumes, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		all = append(all, v.Labels, v.Options)
	}
	return fmt.Sprint(all)
}

// lives returns which container runs of each instance of the project, and since when.
func (w *workspace) lives() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for name, c := range w.containers() {
		out[name] = c.ID + " " + c.State.StartedAt
	}
	return out
}

// logged makes terraform and the provider log all that they can, and returns
// what reads the log.
func (w *workspace) logged() func() string {
	file := filepath.Join(w.t.TempDir(), "log")
	w.env = append(w.env, "TF_LOG=trace", "TF_LOG_PATH="+file)
	return func() string {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		return string(text)
	}
}

const guarded = `
resource "bayplan_volume" "data" {
  name       = "data"
  on_destroy = "delete"
}
resource "bayplan_service" "db" {
  name   = "db"
  type   = "mariadb:10.11"
  mounts = { "/var/lib/mysql" = { volume = bayplan_volume.data.id } }
}
resource "bayplan_relationship" "db" {
  name   = "store"
  target = bayplan_service.db
}
`

func TestNoPasswordIsEverShown(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "mariadb:10.11")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	hidden := secrets{"the key": testKey, "the password": w.derived("db", "main"), "root's password": w.derived("db", "root"), "the secret": "hushed-1-of-all", "the new secret": "hushed-2-of-all"}
	log := w.logged()
	client := func(more string) string {
		return guarded + sleeper("direct", "busybox:stable", "relationships = { db = bayplan_service.db }", more) +
			sleeper("declared", "busybox:stable", "relationships = { db = bayplan_relationship.db }")
	}
	secret := func(value, version string) string {
		return fmt.Sprintf("secrets = { TOKEN = sensitive(%q) }\n  secrets_version = %q", value, version)
	}

	w.write(client(secret(hidden["the secret"], "1")))
	_, planned := w.plan()
	hidden.absent(t, "the plan of a creation, as JSON", planned)
	hidden.absent(t, "the output of a creation", w.apply())

	// They are where they belong, so the check would find them.
	env := w.only("direct").Config.Env
	all := slices.IndexFunc(env, func(v string) bool { return strings.HasPrefix(v, "BAYPLAN_RELATIONSHIPS=") })
	if !slices.Contains(env, "DB_PASSWORD="+hidden["the password"]) || all < 0 {
		t.Fatal("the consumer has no password")
	}
	if !slices.Contains(w.only("db").Config.Env, "MARIADB_ROOT_PASSWORD="+hidden["root's password"]) {
		t.Fatal("the database has another password")
	}
	hidden["the variable of all relationships"] = strings.TrimPrefix(env[all], "BAYPLAN_RELATIONSHIPS=")

	if got := w.must("direct", "cat /run/secrets/TOKEN"); got != hidden["the secret"] {
		t.Fatalf("the secret is %q", got)
	}

	w.write(client(`env = { A = "1" }` + "\n  " + secret(hidden["the new secret"], "2")))
	_, planned = w.plan()
	hidden.absent(t, "the plan of a change, as JSON", planned)
	hidden.absent(t, "the output of a change", w.apply())
	hidden.absent(t, "the state", w.state())
	hidden.absent(t, "labels", w.labels())
	for name, c := range w.containers() {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		secrets{"the secret": hidden["the secret"], "the new secret": hidden["the new secret"]}.absent(t, "what is inspected of "+name, string(text))
	}
	if got := w.must("direct", "cat /run/secrets/TOKEN"); got != hidden["the new secret"] {
		t.Errorf("the new secret is %q", got)
	}
	if out, _ := w.terraform("show", "-json"); !strings.Contains(out, "store.internal") {
		t.Errorf("show says %s", out)
	} else {
		hidden.absent(t, "what is shown of the state", out)
	}
	w.write("")
	out, _ := w.terraform("destroy", "-auto-approve")
	hidden.absent(t, "the output of a destruction", out)
	if text := log(); !strings.Contains(text, "terraform-provider-bayplan") || len(text) < 100_000 {
		t.Errorf("the log has just %d bytes", len(text))
	} else {
		hidden.absent(t, "the log", text)
	}
}

// What fails may say all it knows, as many a program does.
func TestNoPasswordIsInAnError(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "postgres:15")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	hidden := secrets{"the key": testKey, "the password": w.derived("db", "main")}
	log := w.logged()
	tell := `["sh", "-c", "env | sort; echo cannot connect to $DB_URL; echo a:$POSTGRES_PASSWORD; exit 3"]`
	database := func(more string) string {
		return fmt.Sprintf("resource \"bayplan_service\" \"db\" {\n  name = \"db\"\n  type = \"postgresql:15\"\n  %s\n}\n", more)
	}
	client := strings.Replace(sleeper("web", "busybox:stable", "relationships = { db = bayplan_service.db }"), `["sleep", "3600"]`, tell, 1)
	unhealthy := sleeper("web", "busybox:stable", "relationships = { db = bayplan_service.db }",
		`healthcheck = { test = ["sh", "-c", "echo no answer from $DB_URL; exit 1"], interval = "100ms", retries = 1 }`)
	for _, tt := range []struct{ what, config, want string }{
		{"a service that tells its environment", database("entrypoint = " + tell), "POSTGRES_USER=main"},
		{"a service with a setting that is none", database(`command = ["postgres", "-c", "no_such_setting=1"]`), "no_such_setting"},
		{"an app that tells its environment", database("") + client, "DB_USERNAME=main"},
		{"a health check that tells the URL", database("") + unhealthy, "no answer from postgresql://main:(hidden)@db.internal"},
	} {
		w.write(tt.config)
		out := w.fails("apply", "-auto-approve")
		if !strings.Contains(out, tt.want) {
			t.Errorf("%s: the error is %s; want %q", tt.what, out, tt.want)
		}
		hidden.absent(t, tt.what, out)
	}
	hidden.absent(t, "the log", log())
	hidden.absent(t, "the state", w.state())
	w.destroy()
}

func TestPlanHidesASensitiveVariableAndNamesItsKey(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	with := func(token, plain string) string {
		return sleeper("web", "busybox:stable", fmt.Sprintf("env = { TOKEN = sensitive(%q), PLAIN = %q }", token, plain))
	}
	w.write(with("first-token-of-all", "seen"))
	hidden := secrets{"the variable": "first-token-of-all", "the new variable": "second-token-of-all"}
	hidden.absent(t, "the output of a creation", w.apply())
	w.empty()
	w.write(with("second-token-of-all", "also seen"))
	out, _ := w.terraform("plan")
	hidden.absent(t, "the plan", out)
	for _, want := range []string{`"TOKEN" = (sensitive value)`, `"PLAIN" = "seen" -> "also seen"`, `env["TOKEN"]`} {
		if !strings.Contains(strings.ReplaceAll(out, `\"`, `"`), want) {
			t.Errorf("the plan lacks %q:\n%s", want, out)
		}
	}
	hidden.absent(t, "the output of a change", w.apply())
	hidden.absent(t, "labels", w.labels())
	if env := w.only("web").Config.Env; !slices.Contains(env, "TOKEN=second-token-of-all") {
		t.Errorf("its variables are %v", env)
	}
	w.destroy()
}

func TestAnotherKeyFailsThePlanAndNamesBoth(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	config := redisDB + sleeper("web", "busybox:stable", "relationships = { db = bayplan_service.db }")
	w.write(config)
	w.settled()
	before := w.lives()
	w.env = append(w.env, "BAYPLAN_KEY=another")
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
		out := w.fails(args...)
		for _, key := range []string{testKey, "another"} {
			if !strings.Contains(out, topology.Key(key).ID()) {
				t.Errorf("terraform %v does not name the key %s: %s", args, topology.Key(key).ID(), out)
			}
		}
	}
	if after := w.lives(); !maps.Equal(before, after) {
		t.Errorf("what ran as %v runs as %v", before, after)
	}
	w.env = append(w.env, "BAYPLAN_KEY="+testKey)
	w.empty()
	w.destroy()
}
