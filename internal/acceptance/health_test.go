package acceptance

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// slow declares an app that is healthy some time after its start: when it has
// the file that it makes then.
func slow(name string, seconds int, lines ...string) string {
	return fmt.Sprintf(`
resource "bayplan_app" %q {
  name        = %q
  image       = "busybox:stable"
  command     = ["sh", "-c", "echo warming up; sleep %d; date -u +%%s >/tmp/ready; sleep 3600"]
  stop_signal = "SIGKILL"
  port        = 80
  mounts      = { "/tmp" = { tmpfs = "1m" } }
  healthcheck = { test = ["test", "-s", "/tmp/ready"], interval = "5m" }
  %s
}
`, name, name, seconds, strings.Join(lines, "\n  "))
}

func startOf(t *testing.T, c container.InspectResponse) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, c.State.StartedAt)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// ready returns when an app of slow became healthy.
func (w *workspace) ready(app string) time.Time {
	w.t.Helper()
	var seconds int64
	if _, err := fmt.Sscan(w.must(app, "cat /tmp/ready"), &seconds); err != nil {
		w.t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

func TestConsumerStartsWhenWhatItNeedsIsHealthy(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(slow("deep", 2) + slow("middle", 1, "relationships = { deep = bayplan_app.deep }") + `
resource "bayplan_relationship" "middle" {
  name   = "middle"
  target = bayplan_app.middle
}
resource "bayplan_relationship" "eager" {
  name      = "eager"
  target    = bayplan_app.middle
  condition = "started"
}
` + sleeper("web", "busybox:stable", "relationships = { m = bayplan_relationship.middle }") +
		sleeper("early", "busybox:stable", "relationships = { m = bayplan_relationship.eager }"))
	start := time.Now()
	w.settled()
	for consumer, needed := range map[string]string{"middle": "deep", "web": "middle"} {
		if started, healthy := startOf(t, w.only(consumer)), w.ready(needed); started.Before(healthy) {
			t.Errorf("%s started at %s, before %s was healthy at %s", consumer, started, needed, healthy)
		}
	}
	// A check is not first made after its interval.
	if took := time.Since(start); took > 90*time.Second {
		t.Errorf("it took %s, though all were healthy after 3 s", took)
	}
	w.destroy()
}

func TestFailedStartIsToldAtOnceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	cannot := func(command string, lines ...string) string {
		return strings.Replace(sleeper("web", "busybox:stable", append(lines, "relationships = { db = bayplan_service.db }")...),
			`["sleep", "3600"]`, fmt.Sprintf("[%q, %q, %q]", "sh", "-c", command), 1)
	}
	for _, tt := range []struct {
		what, app string
		want      []string
	}{
		{"exits", cannot("for i in 1 2 3; do echo line $i; done; exit 3", `restart = "no"`), []string{"exited with code 3", "line 1 line 2 line 3"}},
		{"exits again and again", cannot("echo I give up >&2; exit 4"), []string{"code 4", "I give up"}},
		{"ends well, which no app does", cannot("echo bye", `restart = "no"`), []string{"over with code 0", "bye"}},
		{
			"is unhealthy", cannot("echo serving nobody; sleep 3600", `healthcheck = { test = ["sh", "-c", "echo no luck; exit 1"], interval = "200ms", retries = 2 }`),
			[]string{"health check fails with code 1: no luck", "serving nobody"},
		},
		{"cannot be started", strings.Replace(cannot(""), `"sh"`, `"/no/such/program"`, 1), []string{"/no/such/program"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(redisDB)
			w.apply()
			before, lives := w.objects(), w.lives()
			w.write(redisDB + tt.app)
			start := time.Now()
			out := w.fails("apply", "-auto-approve")
			if took := time.Since(start); took > 90*time.Second { // of 5 minutes
				t.Errorf("it took %s to say so", took)
			}
			for _, want := range append(tt.want, "app.web", "bayplan_app.web,") {
				if !strings.Contains(out, want) {
					t.Errorf("the error lacks %q: %s", want, out)
				}
			}
			if after := w.objects(); strings.Join(before, "\n") != strings.Join(after, "\n") {
				t.Errorf("there was %v, there is %v", before, after)
			}
			if strings.Contains(w.state(), `"bayplan_app"`) {
				t.Errorf("the state has what was not made: %s", w.state())
			}
			if after := w.lives(); moved(lives, after) != nil {
				t.Errorf("what ran as %v runs as %v", lives, after)
			}
			w.write(redisDB)
			w.empty()
			w.destroy()
		})
	}
}

func TestFailedUpdateLeavesTheOldInstanceServing(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	serve := func(command string) string {
		return strings.Replace(listener("web"), `["httpd", "-f", "-p", "8080"]`, command, 1) +
			sleeper("client", "busybox:stable", "relationships = { web = bayplan_app.web }")
	}
	good := serve(`["httpd", "-f", "-p", "8080"]`)
	w.write(good)
	w.settled()
	before, objects := w.lives(), strings.Join(w.objects(), "\n")
	for _, broken := range []string{`["sh", "-c", "echo out of order; exit 5"]`, `["/no/such/program"]`} {
		w.write(serve(broken))
		out := w.fails("apply", "-auto-approve")
		if !strings.Contains(out, "out of order") && !strings.Contains(out, "/no/such/program") {
			t.Errorf("the error is %s", out)
		}
		if got := moved(before, w.lives()); len(got) > 0 {
			t.Errorf("%v have moved", got)
		}
		if after := strings.Join(w.objects(), "\n"); after != objects {
			t.Errorf("there was %s, there is %s", objects, after)
		}
		w.must("client", "nc -w 2 $WEB_HOST $WEB_PORT </dev/null")
		changes, _ := w.plan()
		if c, ok := changes["bayplan_app.web"]; !ok || !strings.Contains(strings.Join(c.differs(), " "), "entrypoint") {
			t.Errorf("the next plan changes %v", c.differs())
		}
	}
	w.write(good)
	w.empty()
	w.destroy()
}

// A service's data has one writer, so the old instance is stopped for the new
// one, and must be started again when that fails.
func TestFailedUpdateStartsTheOnlyWriterAgain(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	w := newWorkspace(t)
	with := func(command string) string {
		return strings.Replace(redisDB, "}", "  command = "+command+"\n}", 1) +
			sleeper("client", "redis:7", "relationships = { db = bayplan_service.db }")
	}
	good := with(`["redis-server", "--appendonly", "yes"]`)
	w.write(good)
	w.settled()
	ask := func(what string) string { return w.must("client", "redis-cli -u $DB_URL "+what) }
	ask("set k kept")
	before, client := w.only("db"), w.only("client")

	w.write(with(`["redis-server", "--no-such-setting"]`))
	changes, _ := w.plan()
	impact := planned(changes)["service.db"]
	for _, want := range []string{"replaces 1 instance because of command, down meanwhile, for up to about ", " has one writer; pauses app.client"} {
		if !strings.Contains(impact, want) {
			t.Errorf("the plan says %q; want %q", impact, want)
		}
	}
	out := w.fails("apply", "-auto-approve")
	if !strings.Contains(out, "no-such-setting") {
		t.Errorf("the error is %s", out)
	}
	if after := w.only("db"); after.ID != before.ID || !after.State.Running {
		t.Errorf("the database that was %s is %s, %s", before.ID, after.ID, after.State.Status)
	}
	if got := ask("get k"); got != "kept" {
		t.Errorf("its data is %q", got)
	}
	if after := w.only("client"); after.ID != client.ID || after.State.StartedAt != client.State.StartedAt {
		t.Error("its consumer was restarted")
	}
	w.write(good)
	w.empty()
	w.destroy()
}

func TestStartThatTakesTooLongIsTakenBack(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(slow("web", 600, `timeouts = { create = "25s" }`))
	start := time.Now()
	out := w.fails("apply", "-auto-approve")
	if took := time.Since(start); took > 90*time.Second {
		t.Errorf("it took %s", took)
	}
	for _, want := range []string{`timeouts.create = "25s" is over, and it is running, its health check starting`, "warming up"} {
		if !strings.Contains(out, want) {
			t.Errorf("the error is %s\nwant %s", out, want)
		}
	}
	if strings.Contains(out, "interrupted") || strings.Count(out, "Error: ") != 1 {
		t.Errorf("want one error, about the time: %s", out)
	}
	if left := w.objects(); len(left) > 0 {
		t.Errorf("there is %v", left)
	}
}

// scratch builds an image with a static server in it and nothing else, which
// runs as a plain user, and returns its tag.
func (w *workspace) scratch() string {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "server")
	compile := exec.Command("go", "build", "-o", file, "testdata/server/main.go")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		w.t.Fatalf("%v:\n%s", err, out)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	for name, content := range map[string][]byte{"server": program, "Dockerfile": []byte("FROM scratch\nCOPY server /server\nUSER 1000\nENTRYPOINT [\"/server\"]\n")} {
		_ = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))})
		_, _ = archive.Write(content)
	}
	if err := archive.Close(); err != nil {
		w.t.Fatal(err)
	}
	tag := "bayplan-test/" + w.project + ":1"
	built, err := w.engine.Docker.ImageBuild(w.ctx(), &files, build.ImageBuildOptions{Tags: []string{tag}, Version: build.BuilderV1, Remove: true, NetworkMode: "none"})
	if err != nil {
		w.t.Fatal(err)
	}
	defer built.Body.Close()
	said, err := io.ReadAll(built.Body)
	if err != nil || !bytes.Contains(said, []byte("Successfully tagged")) {
		w.t.Fatalf("build: %v:\n%s", err, said)
	}
	w.t.Cleanup(func() {
		_ = w.engine.RemoveProject(w.ctx(), w.project) // which uses it
		if _, err := w.engine.Docker.ImageRemove(w.ctx(), tag, image.RemoveOptions{Force: true, PruneChildren: true}); err != nil {
			w.t.Error(err)
		}
	})
	return tag
}

func TestHTTPAndTCPChecksNeedNothingInTheImage(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	tag := w.scratch()
	checked := func(name, check, env string) string {
		return fmt.Sprintf(`
resource "bayplan_app" %q {
  name        = %q
  image       = %q
  env         = { READY_AFTER = "1500ms", LISTEN_LATE = %q }
  healthcheck = { %s, interval = "500ms" }
  egress      = false
}
`, name, name, tag, env, check)
	}
	w.write(checked("http", `http = ":8080/healthz", retries = 20`, "") + checked("tcp", `tcp = ":8080", retries = 20`, "yes") +
		sleeper("client", "busybox:stable", "relationships = { http = bayplan_app.http, tcp = bayplan_app.tcp }"))
	w.settled()
	client := startOf(t, w.only("client"))
	for _, name := range []string{"http", "tcp"} {
		c := w.only(name)
		if late := client.Sub(startOf(t, c)); late < 1500*time.Millisecond {
			t.Errorf("the client started %s after %s, which is ready after 1.5 s", late, name)
		}
		if !c.HostConfig.ReadonlyRootfs || c.Config.User != "1000" {
			t.Errorf("%s runs as %q, read-only root: %t", name, c.Config.User, c.HostConfig.ReadonlyRootfs)
		}
		testenv.Eventually(t, 15*time.Second, "the engine's own verdict on "+name, func() error {
			if health := w.only(name).State.Health; health == nil || health.Status != "healthy" {
				return fmt.Errorf("it is %+v", health)
			}
			return nil
		})
	}
	if got := w.must("client", "wget -qO - $HTTP_URL/healthz"); got != "uid 1000" {
		t.Errorf("the server says %q", got)
	}
	w.empty()

	w.write(checked("http", `http = ":8080/nowhere"`, ""))
	out := w.fails("apply", "-auto-approve")
	if !strings.Contains(out, "health check fails") || !strings.Contains(out, "404") {
		t.Errorf("the error is %s", out)
	}
	w.destroy()
}

// job declares a job that runs a shell line, and an app that needs it done.
func job(line string) string {
	return fmt.Sprintf(`
resource "bayplan_app" "migrate" {
  name    = "migrate"
  image   = "busybox:stable"
  command = ["sh", "-c", %q]
  job     = true
}
`, line) + sleeper("web", "busybox:stable", "relationships = { schema = bayplan_app.migrate }")
}

func TestConsumerOfAJobWaitsUntilItIsDone(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(job("echo migrating; sleep 1"))
	w.settled()
	done, before := w.only("migrate"), w.lives()
	ended, err := time.Parse(time.RFC3339Nano, done.State.FinishedAt)
	if err != nil || done.State.Running || done.State.ExitCode != 0 {
		t.Fatalf("the job is %+v: %v", done.State, err)
	}
	if started := startOf(t, w.only("web")); started.Before(ended) {
		t.Errorf("the consumer started at %s, before the job ended at %s", started, ended)
	}
	w.apply()
	if got := moved(before, w.lives()); len(got) > 0 {
		t.Errorf("%v ran again", got)
	}

	w.write(job("echo no such table; exit 9"))
	out := w.fails("apply", "-auto-approve")
	if !strings.Contains(out, "exited with code 9") || !strings.Contains(out, "no such table") {
		t.Errorf("the error is %s", out)
	}
	if got := moved(before, w.lives()); len(got) > 0 {
		t.Errorf("%v have moved", got)
	}
	w.write(job("echo migrating; sleep 1"))
	w.empty()
	w.destroy()
}

func TestFailedJobKeepsItsConsumerFromStarting(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(job("echo no such table; exit 9"))
	out := w.fails("apply", "-auto-approve")
	if !strings.Contains(out, "exited with code 9") || !strings.Contains(out, "no such table") {
		t.Errorf("the error is %s", out)
	}
	if left := w.objects(); len(left) > 0 {
		t.Errorf("there is %v", left)
	}
}
