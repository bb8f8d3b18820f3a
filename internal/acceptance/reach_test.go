package acceptance

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// sleeper declares an app that runs until it is killed, with further lines.
func sleeper(name, image string, lines ...string) string {
	return fmt.Sprintf(`
resource "bayplan_app" %q {
  name        = %q
  image       = %q
  entrypoint  = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  %s
}
`, name, name, image, strings.Join(lines, "\n  "))
}

// listener declares an app that serves HTTP at port 8080, with further lines.
func listener(name string, lines ...string) string {
	return fmt.Sprintf(`
resource "bayplan_app" %q {
  name        = %q
  image       = "busybox:stable"
  entrypoint  = ["httpd", "-f", "-p", "8080"]
  stop_signal = "SIGKILL"
  port        = 8080
  %s
}
`, name, name, strings.Join(lines, "\n  "))
}

// must runs a shell line in the container of an app and returns what it printed.
func (w *workspace) must(app, line string) string {
	w.t.Helper()
	out, code := w.exec(w.only(app).ID, "sh", "-c", line)
	if code != 0 {
		w.t.Fatalf("%s: %s: exit code %d:\n%s", app, line, code, out)
	}
	return strings.TrimSpace(out)
}

// addresses returns where a container would answer at a port: its address in
// each of its networks.
func addresses(c container.InspectResponse, port string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.NetworkSettings.Networks)) {
		if ip := c.NetworkSettings.Networks[name].IPAddress; ip != "" {
			out = append(out, net.JoinHostPort(ip, port))
		}
	}
	return out
}

// reached returns those of the places to which a container can open a TCP
// connection, time and again: whenever the engine makes any network it takes
// away the rules that keep networks apart, for a moment, and puts them back.
func (w *workspace) reached(from string, places ...string) []string {
	w.t.Helper()
	for round := 0; round < 3 && len(places) > 0; round++ {
		places = w.connects(from, places)
	}
	return places
}

// connects returns those of the places to which a container can now open a TCP connection.
func (w *workspace) connects(from string, places []string) []string {
	w.t.Helper()
	var script strings.Builder
	for _, place := range places {
		host, port, _ := net.SplitHostPort(place)
		fmt.Fprintf(&script, "(timeout 6 nc -w 2 %s %s </dev/null >/dev/null 2>&1 && echo %s) &\n", host, port, place)
	}
	out, _ := w.exec(from, "sh", "-c", script.String()+"wait")
	reached := strings.Fields(out)
	slices.Sort(reached)
	return reached
}

func TestAppUsesItsServicesWithTheInjectedCredentials(t *testing.T) {
	t.Parallel()
	for _, image := range []string{"postgres:15", "mariadb:10.11", "redis:7"} {
		testenv.Image(t, image)
	}
	w := newWorkspace(t)
	w.write(`
resource "bayplan_service" "pg" {
  name = "pg"
  type = "postgresql:15"
}
resource "bayplan_service" "maria" {
  name = "maria"
  type = "mariadb:10.11"
}
resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}
resource "bayplan_relationship" "orders" {
  name   = "orders"
  target = bayplan_service.pg
}
` + sleeper("pg-direct", "postgres:15", `relationships = { db = bayplan_service.pg }`) +
		sleeper("pg-declared", "postgres:15", `relationships = { orders-db = bayplan_relationship.orders }`) +
		sleeper("maria-client", "mariadb:10.11", `relationships = { db = bayplan_service.maria }`) +
		sleeper("cache-client", "redis:7", `relationships = { cache = bayplan_service.cache }`))
	w.settled()
	for _, tt := range []struct{ app, line, want string }{
		{"pg-direct", `psql "$DB_URL" -tAc "create table orders (n int); insert into orders values (42); select current_user, inet_server_port()"`, "CREATE TABLE\nINSERT 0 1\nmain|5432"},
		{"pg-direct", `PGPASSWORD=$DB_PASSWORD psql -h $DB_HOST -p $DB_PORT -U $DB_USERNAME -d $DB_DATABASE -tAc "select n, current_database() from orders"`, "42|main"},
		{"pg-declared", `psql "$ORDERS_DB_URL" -tAc "select n from orders"`, "42"},
		{"pg-declared", `echo $ORDERS_DB_HOST $ORDERS_DB_SCHEME`, "orders.internal postgresql"},
		{"pg-direct", `echo $DB_HOST; echo $BAYPLAN_RELATIONSHIPS | base64 -d | grep -c '"host":"pg.internal"'`, "pg.internal\n1"},
		{
			"maria-client", `mariadb -h $DB_HOST -P $DB_PORT -u $DB_USERNAME -p$DB_PASSWORD $DB_DATABASE -N -e ` +
				`"create table t (n int); insert into t values (7); select n, database() from t"`, "7\tmain",
		},
		{"cache-client", `redis-cli -u $CACHE_URL set k v; redis-cli -h $CACHE_HOST -p $CACHE_PORT get k`, "OK\nv"},
	} {
		if got := w.must(tt.app, tt.line); got != tt.want {
			t.Errorf("%s: %s: got %q; want %q", tt.app, tt.line, got, tt.want)
		}
	}
	// The password is what lets it in, not the network.
	if out, code := w.exec(w.only("pg-direct").ID, "sh", "-c", `PGPASSWORD=wrong psql -h $DB_HOST -U $DB_USERNAME -d $DB_DATABASE -c "select 1"`); code == 0 {
		t.Errorf("the database takes another password: %s", out)
	}
	w.destroy()
}

// household has two consumers of one database, another service, and one app
// that may reach the consumer web and that service: it shows that they can be reached.
var household = `
resource "bayplan_service" "db" {
  name   = "db"
  type   = "redis:7"
  egress = true
}
resource "bayplan_service" "other" {
  name   = "other"
  type   = "redis:7"
  egress = true
}
` + listener("web", `relationships = { db = bayplan_service.db }`) +
	sleeper("worker", "busybox:stable", `relationships = { db = bayplan_service.db }`) +
	sleeper("control", "busybox:stable", `relationships = { web = bayplan_app.web, other = bayplan_service.other }`)

func TestAppReachesNothingElse(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	here, there := newWorkspace(t), newWorkspace(t)
	there.project, there.settings = here.project, `environment = "staging"`
	here.write(household)
	there.write(household)
	here.apply()
	there.apply()
	at := func(environment, name string) container.InspectResponse {
		return here.containers()[fmt.Sprintf("%s-%s-%s-1-1", here.project, environment, name)]
	}
	worker, control := at("default", "worker").ID, at("default", "control").ID

	web, other := addresses(at("default", "web"), "8080"), addresses(at("default", "other"), "6379")
	for _, tt := range []struct {
		what   string
		places []string
		host   string
	}{
		{"another service", other, "other.internal:6379"},
		{"another consumer of the same database", web, "web.internal:8080"},
		{"the database of another environment", addresses(at("staging", "db"), "6379"), ""},
		{"an app of another environment", addresses(at("staging", "web"), "8080"), ""},
	} {
		if len(tt.places) < 2 {
			t.Errorf("%s has the addresses %v: it should be in the egress network and another", tt.what, tt.places)
		}
		if tt.host != "" {
			tt.places = append(tt.places, tt.host)
		}
		if got := here.reached(worker, tt.places...); len(got) > 0 {
			t.Errorf("it reaches %s at %v", tt.what, got)
		}
	}

	// The same check says yes of what may be reached: by name, and at one address of each.
	db := addresses(at("default", "db"), "6379")
	if got := here.reached(worker, append(db, "db.internal:6379")...); !slices.Contains(got, "db.internal:6379") || len(got) != 2 {
		t.Errorf("it reaches its own database at %v; want its name and one of %v", got, db)
	}
	allowed := append(slices.Concat(web, other), "web.internal:8080", "other.internal:6379")
	if got := here.reached(control, allowed...); len(got) != 4 {
		t.Errorf("who may reach both reaches %v of %v; want each by name and at one address", got, allowed)
	}
	there.destroy()
	here.destroy()
	if left := here.objects(); slices.ContainsFunc(left, func(o string) bool { return !strings.HasPrefix(o, "volume") }) {
		t.Errorf("destroy leaves %v", left)
	}
}

const (
	manyServers = 9
	manyClients = 12
)

// mesh has 12 clients of 9 servers each: 8 by a network of its own, and one by
// a declared relationship, of which there are 9.
var mesh = fmt.Sprintf(`
locals {
  servers = range(%d)
}
resource "bayplan_app" "server" {
  count       = length(local.servers)
  name        = "s${count.index}"
  image       = "busybox:stable"
  command     = ["httpd", "-f", "-p", "8080"]
  stop_signal = "SIGKILL"
  port        = 8080
  egress      = false
}
resource "bayplan_relationship" "declared" {
  count  = length(local.servers)
  name   = "r${count.index}"
  target = bayplan_app.server[count.index]
}
resource "bayplan_app" "client" {
  count         = %d
  name          = "c${count.index}"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  egress        = false
  relationships = merge(
    { for i in local.servers : "s${i}" => bayplan_app.server[i] if i != count.index %% length(local.servers) },
    { shared = bayplan_relationship.declared[count.index %% length(local.servers)] },
  )
}
`, manyServers, manyClients)

func TestMoreThanAHundredRelationshipsOnOneEngine(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(mesh)
	w.settled()
	networks := 0
	for _, o := range w.objects() {
		if strings.HasPrefix(o, "network ") {
			networks++
		}
	}
	if want := manyClients*(manyServers-1) + manyServers; networks != want || want <= 100 {
		t.Errorf("there are %d networks, want %d", networks, want)
	}
	for client := range manyClients {
		name := fmt.Sprintf("c%d", client)
		places := []string{fmt.Sprintf("r%d.internal:8080", client%manyServers)}
		for server := range manyServers {
			if server != client%manyServers {
				places = append(places, fmt.Sprintf("s%d.internal:8080", server))
			}
		}
		slices.Sort(places)
		if got := w.reached(w.only(name).ID, places...); !slices.Equal(got, places) {
			t.Errorf("%s reaches %v; want %v", name, got, places)
		}
	}
	w.destroy()
	if left := w.objects(); len(left) > 0 {
		t.Errorf("destroy leaves %v", left)
	}
}
