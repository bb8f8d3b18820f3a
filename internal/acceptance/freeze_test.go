package acceptance

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// ledgerRate is how many rows a second are written.
const ledgerRate = 20

// freezeLimit is for how long consumers are paused at most, unless they say otherwise.
const freezeLimit = 30 * time.Second

// ledger is a database, an app in two replicas that writes a row to it for each
// request, and the example's gateway in front.
type ledger struct {
	*rollout
	port  string
	db    string        // further lines of the database
	label string        // of the database in the configuration
	held  time.Duration // how long its consumers were paused last time
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	testenv.Image(t, "caddy:2")
	testenv.Image(t, "postgres:15")
	port := freePort(t)
	l := &ledger{rollout: &rollout{workspace: newWorkspace(t), address: net.JoinHostPort("127.0.0.1", port)}, port: port, label: "db"}
	l.buildGateway()
	source := filepath.Join("testdata", "ledger")
	l.build("ledger:1.0", "1.0", map[string][]byte{
		"Dockerfile": content(t, source, "image", "Dockerfile"), "ledger": compiled(t, source, "1.0"),
	})
	l.postgres("1")
	return l
}

// postgres makes another image of the database, with the same content and tag.
func (l *ledger) postgres(build string) {
	l.t.Helper()
	l.build("postgres:15", build, map[string][]byte{"Dockerfile": []byte("FROM postgres:15\nARG VERSION\nLABEL build=${VERSION}\n")})
}

func (l *ledger) configure() {
	l.t.Helper()
	l.write(fmt.Sprintf(`
resource "bayplan_service" "db" {
  name  = %q
  type  = "postgresql:15"
  image = %q
  %s
}
resource "bayplan_app" "ledger" {
  name          = "ledger"
  image         = %q
  replicas      = 2
  relationships = { database = bayplan_service.db }
  healthcheck   = { http = ":8080/healthz", retries = 60 } # it outlasts the database
}
resource "bayplan_service" "gateway" {
  name          = "gateway"
  type          = "caddy:2"
  image         = %q
  ports         = ["%s:80"]
  relationships = { app = bayplan_app.ledger }
}
`, l.label, l.tag("postgres:15"), l.db, l.tag("ledger:1.0"), l.tag("gateway:1.0"), l.address))
}

// start applies the configuration and lets requests come, of which each writes a row.
func (l *ledger) start() {
	l.t.Helper()
	l.configure()
	l.applies()
	l.load = startTraffic(l.t, l.address, ledgerRate, func(n int64) *http.Request {
		r, _ := http.NewRequest(http.MethodPost, fmt.Sprintf("http://gateway/rows/%d", n), http.NoBody)
		return r
	})
	l.load.await(l.t, ledgerRate)
}

// A database is recreated under its consumers, and all that they notice is that it
// takes a while: they are paused meanwhile, also when the change goes wrong, but
// not where it says that they are not to be. What was acknowledged is there.
func TestTrafficWaitsForADatabase(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	proxy := testenv.NewProxy(t, nil)
	l.through(proxy)
	l.start()
	l.db = `env = { TURN = "1" }`
	proxy.Reset()
	l.recreates("another variable")
	pause := pausing(proxy.Writes())
	l.postgres("2")
	l.recreates("another image")
	l.fails()
	l.db = `env = { TURN = "2" }`
	l.killed(proxy, pause)
	report := l.served(0)
	l.db = "env = { TURN = \"3\" }\n  freeze_timeout = \"0s\""
	l.recreatesUnpaused()
	l.kept(report)
}

// fails makes a change with which the database does not start, and checks that
// the old one and its consumers go on; and takes the change back.
func (l *ledger) fails() {
	l.t.Helper()
	shape, before, db := l.shape(), l.load.so(), l.db
	l.db += "\n  command = [\"postgres\", \"-c\", \"nonsense=yes\"]"
	l.configure()
	told := l.told()
	if out, code := l.apply(); code != 1 || !strings.Contains(flat(out), `configuration parameter "nonsense"`) {
		l.t.Errorf("apply exits with %d:\n%s", code, out)
	}
	if diff := cmp.Diff(shape, l.shape()); diff != "" {
		l.t.Errorf("a database that does not start: it is not as before (-before +after):\n%s", diff)
	}
	l.goOn()
	if again := l.told(); !reflect.DeepEqual(told, again) {
		l.t.Errorf("the plan says\n%+v\nand after the apply has failed\n%+v", told, again)
	}
	l.db = db
	l.configure()
	l.nothingToDo()
	l.load.await(l.t, before.requests+ledgerRate)
	l.since(before, "a database that does not start")
}

// killed makes a change of the database and kills the command when it has paused
// a consumer. That stays so until the next apply, and no request fails.
func (l *ledger) killed(proxy *testenv.Proxy, pause int) {
	l.t.Helper()
	l.configure()
	before := l.load.so()
	run := &chaosRun{workspace: l.workspace, proxy: proxy}
	run.kill(l.command("apply", "--auto-approve", "--allow", "downtime"), chaosPoint{after: true, n: pause})
	if !slices.ContainsFunc(slices.Collect(maps.Values(l.containers())), func(c container.InspectResponse) bool { return c.State.Paused }) {
		l.t.Error("nobody is paused")
	}
	l.recovers()
	l.goOn()
	l.load.await(l.t, before.requests+ledgerRate)
	l.since(before, "killed with consumers paused")
}

// pausing returns which of the writes is the first that pauses, from 1.
func pausing(calls []testenv.Call) int {
	writes := slices.DeleteFunc(calls, func(c testenv.Call) bool { return !isWrite(c) })
	return 1 + slices.IndexFunc(writes, func(c testenv.Call) bool { return c.Path == "/containers/{id}/pause" })
}

// goOn checks that nobody is paused, or does not run.
func (w *workspace) goOn() {
	w.t.Helper()
	for name, c := range w.containers() {
		if c.State.Paused || !c.State.Running {
			w.t.Errorf("%s is %s", name, c.State.Status)
		}
	}
}

// recreatesUnpaused makes a change of the database that pauses nobody.
func (l *ledger) recreatesUnpaused() {
	l.t.Helper()
	l.configure()
	told, followed := l.told(), l.follow()
	l.applies()
	did := deeds(followed.read())
	l.happened(told, did)
	if db := told["service.db"]; len(db.Pauses) > 0 || db.Down == "" || !slices.Equal(db.Hits, []string{"app.ledger"}) || did["app.ledger"].paused > 0 {
		l.t.Errorf("the plan says %+v, and its consumer is paused %d times", db, did["app.ledger"].paused)
	}
}

// recreates makes a change of the database, and checks that its consumers are
// paused for no longer than the plan says, where it says how long that is at most,
// that it says of the last time how long it was, in seconds that are rounded up and
// without what it takes to pause, and that no request fails.
func (l *ledger) recreates(what string) {
	l.t.Helper()
	l.configure()
	told, followed, before := l.told(), l.follow(), l.load.so()
	l.applies()
	entries := followed.read()
	l.happened(told, deeds(entries))
	db, held := told["service.db"], paused(entries)
	if db.Down == "" || !slices.Equal(db.Pauses, []string{"app.ledger"}) || !slices.Equal(db.Hits, []string{"app.ledger"}) {
		l.t.Errorf("%s: the plan says %+v", what, db)
	}
	said := time.Duration(db.Seconds) * time.Second
	if held == 0 || held > freezeLimit || said > freezeLimit || !db.Measured && held > said {
		l.t.Errorf("%s: the plan says that it is down for up to %s; its consumers are paused for %s", what, said, held)
	}
	if last := l.held; db.Measured && (said < last-time.Second || said > last+time.Second+100*time.Millisecond) {
		l.t.Errorf("%s: the plan says that it is down for %s as last time, when its consumers were paused for %s", what, said, last)
	}
	l.held = held
	l.load.await(l.t, before.requests+ledgerRate)
	l.since(before, fmt.Sprintf("%s, consumers paused for %.1fs", what, held.Seconds()))
}

// paused returns for how long an instance was paused at most.
func paused(entries []events.Message) time.Duration {
	since, longest := map[string]int64{}, time.Duration(0)
	for _, m := range entries {
		switch m.Action {
		case events.ActionPause:
			since[m.Actor.ID] = m.TimeNano
		case events.ActionUnPause:
			longest = max(longest, time.Duration(m.TimeNano-since[m.Actor.ID]))
		}
	}
	return longest
}

// kept checks that there is a row for each request, and no other.
func (l *ledger) kept(report trafficReport) {
	l.t.Helper()
	if report.slowest > freezeLimit {
		l.t.Errorf("a request took %s", report.slowest)
	}
	out, code := l.exec(l.only(l.label).ID, "psql", "-U", "main", "-tAc", "select count(*), min(id), max(id) from rows")
	if want := fmt.Sprintf("%d|1|%d", report.requests, report.requests); code != 0 || strings.TrimSpace(out) != want {
		l.t.Errorf("exit code %d: the rows are %q; want %q", code, out, want)
	}
}
