package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// api declares an app that serves at two ports and says which one and what
// version it is, and a consumer of it by each kind of relationship, and one app
// that has nothing to do with it.
func api(port int, version string) string {
	return fmt.Sprintf(`
resource "bayplan_app" "api" {
  name        = "api"
  image       = "busybox:stable"
  command     = ["sh", "-c", "httpd -p 8080; httpd -f -p 8081"]
  stop_signal = "SIGKILL"
  port        = %d
  version     = %q
}
resource "bayplan_relationship" "api" {
  name       = "backend"
  target     = bayplan_app.api
  constraint = ">= 1, < 3"
}
`, port, version) +
		sleeper("direct", "busybox:stable", "relationships = { api = bayplan_app.api }") +
		sleeper("declared", "busybox:stable", "relationships = { api = bayplan_relationship.api }") +
		sleeper("alone", "busybox:stable")
}

// planned returns the impact that a plan tells of each resource that it
// changes, by the resource's name.
func planned(changes map[string]change) map[string]string {
	out := map[string]string{}
	for address, c := range changes {
		impact, _ := c.Change.After["impact"].(string)
		out[strings.TrimPrefix(strings.TrimPrefix(address, "bayplan_app."), "bayplan_")] = impact
	}
	return out
}

// moved returns those of the apps that do not run in the container, or not in
// the run of it, in which they did before.
func moved(before, after map[string]string) []string {
	names := map[string]bool{}
	for _, lives := range []map[string]string{before, after} {
		for name := range lives {
			if before[name] != after[name] {
				names[strings.Split(name, "-")[2]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestAnotherPortShowsInThePlanOfEachConsumer(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(api(8080, "1.0"))
	w.settled()
	before := w.lives()

	w.write(api(8081, "1.0"))
	changes, _ := w.plan()
	const want = `replaces 1 instance because of relationships["api"], each new one healthy before an old one stops`
	got := planned(changes)
	if got["direct"] != want || got["declared"] != want || len(got) != 4 {
		t.Errorf("the plan says %q; want %q of both consumers, and also the app and the relationship", got, want)
	}
	for _, quiet := range []string{"api", "relationship.api"} {
		if !strings.Contains(got[quiet], "nothing restarts") {
			t.Errorf("the plan of %s says %q; want that nothing restarts", quiet, got[quiet])
		}
	}
	w.settled()
	if got := moved(before, w.lives()); !slices.Equal(got, []string{"declared", "direct"}) {
		t.Errorf("%v have moved; want declared and direct", got)
	}
	for app, want := range map[string]string{"direct": "api.internal 8081", "declared": "backend.internal 8081"} {
		if got := w.must(app, "nc -w 2 $API_HOST $API_PORT </dev/null && echo $API_HOST $API_PORT"); got != want {
			t.Errorf("%s reaches %q; want %q", app, got, want)
		}
	}
	w.destroy()
}

func TestAnotherVersionShowsInThePlanOfEachConsumerAndRestartsNothing(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(api(8080, "1.0"))
	w.settled()
	before := w.lives()

	w.write(api(8080, "2.0"))
	changes, _ := w.plan()
	got := planned(changes)
	for _, name := range []string{"api", "relationship.api", "direct", "declared"} {
		if !strings.Contains(got[name], "nothing restarts") {
			t.Errorf("the plan of %s says %q; want that nothing restarts", name, got[name])
		}
	}
	if len(got) != 4 {
		t.Errorf("the plan changes %v", got)
	}
	w.settled()
	if got := moved(before, w.lives()); len(got) > 0 {
		t.Errorf("%v have moved", got)
	}

	// The constraint is kept while a plan is made.
	w.write(api(8080, "3.0"))
	if out := w.fails("plan"); !strings.Contains(out, ">= 1, < 3 is required, but app.api has version 3.0") {
		t.Errorf("the plan says %s", out)
	}
	w.write(api(8080, "2.0"))
	w.empty()
	w.destroy()
}

func TestRepointedRelationshipLeadsElsewhereWithoutARestart(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	w := newWorkspace(t)
	led := func(to string) string {
		config := ""
		for _, name := range []string{"one", "two"} {
			config += fmt.Sprintf("resource \"bayplan_service\" %q {\n  name = %q\n  type = \"redis:7\"\n}\n", name, name)
		}
		return config + "resource \"bayplan_relationship\" \"cache\" {\n  name = \"cache\"\n  target = bayplan_service." + to + "\n}\n" +
			sleeper("web", "redis:7", "relationships = { cache = bayplan_relationship.cache }") +
			sleeper("worker", "redis:7", "relationships = { cache = bayplan_relationship.cache }") +
			"resource \"bayplan_relationship\" \"second\" {\n  name = \"second\"\n  target = bayplan_relationship.cache\n}\n" +
			sleeper("far", "redis:7", "relationships = { cache = bayplan_relationship.second }")
	}
	w.write(led("one"))
	w.settled()
	for _, name := range []string{"one", "two"} {
		w.must(name, "redis-cli set me "+name)
	}
	ask := func(app string) string { return w.must(app, "redis-cli -u $CACHE_URL get me") }
	if got := ask("web"); got != "one" {
		t.Fatalf("the relationship leads to %q", got)
	}
	before := w.lives()

	w.write(led("two"))
	changes, _ := w.plan()
	got := planned(changes)
	if want := "connects service.two"; !strings.Contains(got["relationship.cache"], want) {
		t.Errorf("the plan of the relationship says %q; want %q", got["relationship.cache"], want)
	}
	for _, name := range []string{"web", "worker", "far"} {
		if c, ok := changes["bayplan_app."+name]; ok && !strings.Contains(got[name], "nothing restarts") {
			t.Errorf("the plan changes %v of %s, and says %q", c.differs(), name, got[name])
		}
	}
	w.settled()
	if got := moved(before, w.lives()); len(got) > 0 {
		t.Errorf("%v have moved", got)
	}
	for _, app := range []string{"web", "worker", "far"} {
		if got := ask(app); got != "two" {
			t.Errorf("%s reaches %q", app, got)
		}
	}
	// And back, to see that the first has not been left where it was led away from.
	w.write(led("one"))
	w.settled()
	for _, app := range []string{"worker", "far"} {
		if got := ask(app); got != "one" {
			t.Errorf("led back, %s reaches %q", app, got)
		}
	}
	w.destroy()
}

// Another database has another password, and a container's variables cannot change.
func TestRepointedToAnotherPasswordReplacesTheConsumers(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "postgres:15")
	w := newWorkspace(t)
	led := func(to string) string {
		config := ""
		for _, name := range []string{"one", "two"} {
			config += fmt.Sprintf("resource \"bayplan_service\" %q {\n  name = %q\n  type = \"postgresql:15\"\n}\n", name, name)
		}
		return config + "resource \"bayplan_relationship\" \"db\" {\n  name = \"db\"\n  target = bayplan_service." + to + "\n}\n" +
			sleeper("web", "postgres:15", "relationships = { db = bayplan_relationship.db }")
	}
	w.write(led("one"))
	w.settled()
	before := w.lives()
	w.must("web", `psql "$DB_URL" -tAc "create table one ()"`)
	w.write(led("two"))
	changes, _ := w.plan()
	if got := planned(changes)["web"]; !strings.Contains(got, `replaces 1 instance because of relationships["db"]`) {
		t.Errorf("the plan says %q", got)
	}
	w.settled()
	if got := moved(before, w.lives()); !slices.Equal(got, []string{"web"}) {
		t.Errorf("%v have moved", got)
	}
	w.must("web", `psql "$DB_URL" -tAc "create table two ()"`)
	if got := w.must("web", `psql "$DB_URL" -tAc "select relname from pg_class where relname in ('one', 'two')"`); got != "two" {
		t.Errorf("it reaches the database with the table %q", got)
	}
	w.destroy()
}

func TestAnotherEndpointReplacesTheConsumers(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	by := func(endpoint string) string {
		return `
resource "bayplan_app" "api" {
  name        = "api"
  image       = "busybox:stable"
  command     = ["sh", "-c", "httpd -p 8080; httpd -f -p 8081"]
  stop_signal = "SIGKILL"
  endpoints   = { default = { port = 8080, scheme = "http" }, admin = { port = 8081, scheme = "http", path = "/admin" } }
}
resource "bayplan_relationship" "api" {
  name     = "backend"
  target   = bayplan_app.api
  endpoint = "` + endpoint + `"
}
` + sleeper("web", "busybox:stable", "relationships = { api = bayplan_relationship.api }")
	}
	const told = "nc -w 2 $API_HOST $API_PORT </dev/null && echo $API_URL $API_PATH"
	w.write(by("default"))
	w.settled()
	if got := w.must("web", told); got != "http://backend.internal:8080" {
		t.Errorf("it is told %q", got)
	}
	before := w.lives()
	w.write(by("admin"))
	changes, _ := w.plan()
	if got := planned(changes); !strings.Contains(got["web"], `replaces 1 instance because of relationships["api"]`) || len(got) != 2 {
		t.Errorf("the plan says %q", got)
	}
	w.settled()
	if got := moved(before, w.lives()); !slices.Equal(got, []string{"web"}) {
		t.Errorf("%v have moved", got)
	}
	if got := w.must("web", told); got != "http://backend.internal:8081/admin /admin" {
		t.Errorf("it is told %q", got)
	}
	w.destroy()
}

func TestAnotherVariableOfOneAppTouchesItAlone(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	with := func(value string) string {
		return strings.Replace(api(8080, "1.0"), `port        = 8080`, `port = 8080`+"\n  env = { MODE = \""+value+"\" }", 1)
	}
	w.write(with("a"))
	w.settled()
	before := w.lives()
	w.write(with("b"))
	changes, _ := w.plan()
	got := planned(changes)
	if len(got) != 1 || !strings.Contains(got["api"], `replaces 1 instance because of env["MODE"]`) {
		t.Errorf("the plan says %q", got)
	}
	w.settled()
	if got := moved(before, w.lives()); !slices.Equal(got, []string{"api"}) {
		t.Errorf("%v have moved", got)
	}
	// Its consumers reach the instance that took over.
	for _, app := range []string{"direct", "declared"} {
		w.must(app, "nc -w 2 $API_HOST $API_PORT </dev/null")
	}
	w.destroy()
}
