package acceptance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// serviceCase is a type of the catalog with a consumer that speaks its protocol.
type serviceCase struct {
	kind    string
	service string // further lines of the service
	also    string // further resources
	client  string // image of the consumer
	// write stores something through the injected variables, read prints it.
	write, read, want string
	// setting is a line that another one takes the place of; shown prints what tells them apart.
	setting, changed    string
	shown, before, then string
	capabilities        []string
	forgets             bool // its data is in memory
}

var serviceCases = map[string]serviceCase{
	"postgresql": {
		kind: "postgresql:15", client: "postgres:15",
		write: `psql "$IT_URL" -tAqc "create table t (v text); insert into t values ('tea')"`,
		read:  `psql "$IT_URL" -tAc "select v from t"`, want: "tea",
		setting: `configuration = { max_connections = "33" }`, changed: `configuration = { max_connections = "44" }`,
		shown: `psql "$IT_URL" -tAc "show max_connections"`, before: "33", then: "44",
	},
	"mariadb": {
		kind: "mariadb:10.11", client: "mariadb:10.11",
		write: `mariadb -h $IT_HOST -P $IT_PORT -u $IT_USERNAME -p$IT_PASSWORD $IT_DATABASE -e "create table t (v text); insert into t values ('tea')"`,
		read:  `mariadb -h $IT_HOST -P $IT_PORT -u $IT_USERNAME -p$IT_PASSWORD $IT_DATABASE -BNe "select v from t"`, want: "tea",
		setting: `configuration = { max-connections = "33", slow-query-log = "" }`, changed: `configuration = { max-connections = "44" }`,
		shown: `mariadb -h $IT_HOST -u $IT_USERNAME -p$IT_PASSWORD -BNe "select @@max_connections, @@slow_query_log"`, before: "33\t1", then: "44\t0",
	},
	"redis": {
		kind: "redis:7", client: "redis:7",
		write: `redis-cli -u "$IT_URL" set k tea`, read: `redis-cli -u "$IT_URL" get k`, want: "tea",
		setting: `configuration = { maxmemory = "32mb", save = "900 1" }`, changed: `configuration = { maxmemory = "64mb", save = "60 1" }`,
		shown: `redis-cli -u "$IT_URL" config get maxmemory | tail -1; redis-cli -u "$IT_URL" config get save | tail -1`, before: "33554432\n900 1", then: "67108864\n60 1",
	},
	"memcached": {
		kind: "memcached:1.6", client: "busybox:stable",
		write: `printf 'set k 0 0 3\r\ntea\r\nquit\r\n' | nc -w 2 $IT_HOST $IT_PORT`,
		read:  `printf 'get k\r\nquit\r\n' | nc -w 2 $IT_HOST $IT_PORT | tr -d '\r' | sed -n 2p`, want: "tea", forgets: true,
		setting: `configuration = { memory-limit = "32" }`, changed: `configuration = { memory-limit = "64" }`,
		shown:  `printf 'stats settings\r\nquit\r\n' | nc -w 2 $IT_HOST $IT_PORT | tr -d '\r' | awk '$2 == "maxbytes" { print $3 }'`,
		before: "33554432", then: "67108864",
	},
	"rabbitmq": {
		kind: "rabbitmq:3.10", client: "rabbitmq:3.10",
		write: `amqp-declare-queue --url="$IT_URL" -d -q orders && amqp-publish --url="$IT_URL" -p -r orders -b tea`,
		read:  `amqp-get --url="$IT_URL" -q orders && amqp-publish --url="$IT_URL" -p -r orders -b tea`, want: "tea",
		setting: `configuration = { channel_max = "33" }`, changed: `configuration = { channel_max = "44" }`,
		shown: `wget -qO- http://$IT_HOST:15692/metrics | grep -c "^rabbitmq_build_info"`, before: "1", then: "1",
	},
	"nginx": {
		kind: "nginx:1", client: "busybox:stable", forgets: true,
		write: "true", read: `wget -qO- "$IT_URL" | grep -o -m 1 "Welcome to nginx"`, want: "Welcome to nginx",
		setting: `env = { ROUND = "1" }`, changed: `env = { ROUND = "2" }`,
		shown: `wget -qSO /dev/null "$IT_URL" 2>&1 | grep -c "Server: nginx"`, before: "1", then: "1",
		capabilities: []string{"CHOWN", "SETGID", "SETUID"},
	},
	"caddy": {
		kind: "caddy:2", client: "busybox:stable", forgets: true,
		write: "true", read: `wget -qO- "$IT_URL" | grep -o -m 1 "Caddy works"`, want: "Caddy works",
		setting: `env = { ROUND = "1" }`, changed: `env = { ROUND = "2" }`,
		shown: `wget -qSO /dev/null "$IT_URL" 2>&1 | grep -c "Server: Caddy"`, before: "1", then: "1",
		capabilities: []string{"NET_BIND_SERVICE"},
	},
	"varnish": {
		kind: "varnish:7.1", client: "busybox:stable", forgets: true,
		also: listener("origin", `working_dir = "/etc"`) + `
resource "bayplan_volume" "vcl" {
  name       = "vcl"
  on_destroy = "delete"
}
resource "bayplan_app" "writer" {
  name    = "writer"
  image   = "busybox:stable"
  command = ["sh", "-c", "echo 'vcl 4.1; backend default { .host = \"origin.internal\"; .port = \"8080\"; }' >/vcl/default.vcl"]
  mounts  = { "/vcl" = { volume = bayplan_volume.vcl.id } }
  job     = true
}
`,
		service: `relationships = { origin = bayplan_app.origin, vcl = bayplan_app.writer }
  mounts        = { "/vcl" = { volume = bayplan_volume.vcl.id, read_only = true } }
  env           = { VARNISH_VCL_FILE = "/vcl/default.vcl" }`,
		write: `wget -qO /dev/null "$IT_URL/passwd"`, read: `wget -qSO /dev/null "$IT_URL/passwd" 2>&1 | grep -c "X-Varnish: .* "`, want: "1",
		setting: `configuration = { default_ttl = "60" }`, changed: `configuration = { default_ttl = "0" }`,
		shown: `wget -qO /dev/null "$IT_URL/passwd"; wget -qSO /dev/null "$IT_URL/passwd" 2>&1 | grep -c "X-Varnish: .* " || true`, before: "1", then: "0",
	},
}

// Each type that has an image here serves a consumer that knows it by the
// injected variables alone, without more rights than it needs, takes its settings,
// and has its data when its instance is another.
func TestEveryServiceServes(t *testing.T) {
	t.Parallel()
	for name, c := range serviceCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, version, _ := strings.Cut(c.kind, ":")
			if image == "postgresql" {
				image = "postgres"
			}
			testenv.Image(t, image+":"+version)
			testenv.Image(t, c.client)
			c.serve(newWorkspace(t))
		})
	}
}

// The guide says which types run in these tests.
func TestGuideSaysWhichServicesRun(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../templates/guides/services.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(serviceCases))
	last := len(names) - 1
	if said := strings.Join(names[:last], ", ") + " and " + names[last] + " run in"; !strings.Contains(string(text), said) {
		t.Errorf("the guide does not say: %s", said)
	}
}

func (c serviceCase) config(setting string) string {
	return c.also + fmt.Sprintf(`
resource "bayplan_service" "it" {
  name          = "it"
  type          = %q
  %s
  %s
}
`, c.kind, setting, c.service) + sleeper("client", c.client, "relationships = { it = bayplan_service.it }")
}

func (c serviceCase) serve(w *workspace) {
	t := w.t
	w.write(c.config(c.setting))
	w.bayplan("apply", "--auto-approve")
	c.confined(t, w.only("it"))
	w.must("client", c.write)
	if got := w.must("client", c.read); got != c.want {
		t.Errorf("its consumer reads %q; want %q", got, c.want)
	}
	if got := w.must("client", c.shown); got != c.before {
		t.Errorf("with %s it shows %q; want %q", c.setting, got, c.before)
	}
	first := w.only("it").ID
	w.write(c.config(c.changed))
	w.bayplan("apply", "--auto-approve", "--allow", "downtime")
	if w.only("it").ID == first {
		t.Error("another setting leaves the instance as it is")
	}
	if got := w.must("client", c.shown); got != c.then {
		t.Errorf("with %s it shows %q; want %q", c.changed, got, c.then)
	}
	if !c.forgets {
		if got := w.must("client", c.read); got != c.want {
			t.Errorf("after its replacement its consumer reads %q; want %q", got, c.want)
		}
	}
	w.bayplan("plan", "--detailed-exitcode")
	w.bayplan("destroy", "--auto-approve", "--allow", "deletes-data")
}

// confined checks that a container can write and do no more than it must.
func (c serviceCase) confined(t *testing.T, it container.InspectResponse) {
	t.Helper()
	h := it.HostConfig
	added := strings.ReplaceAll(strings.Join(h.CapAdd, " "), "CAP_", "") // as later engines write it
	if !h.ReadonlyRootfs || !slices.Equal(h.CapDrop, []string{"ALL"}) || added != strings.Join(c.capabilities, " ") {
		t.Errorf("its root is read-only: %v, capabilities: %v but %s", h.ReadonlyRootfs, h.CapDrop, added)
	}
	if !slices.Contains(h.SecurityOpt, "no-new-privileges:true") || h.Privileged {
		t.Errorf("it may get new privileges: %v", h.SecurityOpt)
	}
}
