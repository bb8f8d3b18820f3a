package acceptance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/go-connections/nat"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// diagnostic is an error as terraform tells it to programs.
type diagnostic struct {
	Severity, Summary, Detail string
	Range                     *struct {
		Filename string
		Start    struct{ Line int }
	}
}

// planErrors plans, which must fail, and returns the errors.
func (w *workspace) planErrors(args ...string) []diagnostic {
	w.t.Helper()
	c := w.command(append([]string{"plan", "-json"}, args...)...)
	out, err := c.Output()
	if err == nil {
		w.t.Fatalf("the plan should fail, but is:\n%s", out)
	}
	var errs []diagnostic
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var line struct{ Diagnostic *diagnostic }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			w.t.Fatalf("%v:\n%s", err, out)
		}
		if d := line.Diagnostic; d != nil && d.Severity == "error" {
			errs = append(errs, *d)
		}
	}
	return errs
}

// line returns the source line that an error points at, or "".
func (w *workspace) line(d diagnostic) string {
	w.t.Helper()
	if d.Range == nil {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(w.dir, d.Range.Filename))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(strings.Split(string(text), "\n")[d.Range.Start.Line-1])
}

// refused checks that a plan has one error, that it says want, and that it
// points at the line of the configuration that ends in "# here", if there is one.
func (w *workspace) refused(config, want string, args ...string) {
	w.t.Helper()
	w.write(config)
	errs := w.planErrors(args...)
	if len(errs) != 1 {
		w.t.Errorf("got %d errors, want one: %+v", len(errs), errs)
	}
	for _, d := range errs {
		if text := d.Summary + ": " + d.Detail; !strings.Contains(text, want) {
			w.t.Errorf("the error says %q; want %q", text, want)
		}
		if at := w.line(d); strings.Contains(config, "# here") && !strings.HasSuffix(at, "# here") {
			w.t.Errorf("the error %q points at %q", d.Detail, at)
		}
	}
}

// app declares an app "web" with one line more.
func app(line string) string { return sleeper("web", "busybox:stable", line) }

const (
	oneVolume = "resource \"bayplan_volume\" \"data\" {\n  name = \"data\"\n}\n"
	mounted   = `mounts = { "/data" = { volume = bayplan_volume.data.id } }`
	redisDB   = "resource \"bayplan_service\" \"db\" {\n  name = \"db\"\n  type = \"redis:7\"\n}\n"
	chained   = redisDB + `
resource "bayplan_relationship" "first" {
  name   = "first"
  target = bayplan_service.db
}
resource "bayplan_relationship" "second" {
  name       = "second"
  target     = bayplan_relationship.first
  %s
}
`
)

// planRefusals are configurations that a plan refuses on an engine with
// nothing in the way.
var planRefusals = []struct{ what, config, want string }{
	{
		"cycle", sleeper("a", "busybox:stable", "relationships = { b = bayplan_app.b }") +
			sleeper("b", "busybox:stable", "relationships = { a = bayplan_app.a }"), "Cycle: bayplan_app.",
	},
	{
		"two of one name", app("") + strings.Replace(app(""), `"web"`, `"web2"`, 1),
		"another resource is app.web too",
	},

	{"upper-case name", strings.Replace(app(""), `= "web"`, `= "Web" # here`, 1), "not a DNS label"},
	{"long name", strings.Replace(app(""), `= "web"`, `= "`+strings.Repeat("w", 41)+`" # here`, 1), "not a DNS label"},
	{"name of a volume", strings.Replace(oneVolume, `"data"`+"\n", `"my_data" # here`+"\n", 1), "not a DNS label"},
	{"name of a relationship", redisDB + "resource \"bayplan_relationship\" \"r\" {\n  name = \"-r\" # here\n  target = bayplan_service.db\n}\n", "not a DNS label"},

	{"memory", app(`memory = "lots" # here`), "not a size"},
	{"too little memory", app(`memory = "5m" # here`), "less than the engine's least"},
	{"cpus", app(`cpus = -1 # here`), "less than"},
	{"pids", app(`pids = -5 # here`), "negative"},
	{"replicas", app(`replicas = 0 # here`), "less than 1"},
	{"restart", app(`restart = "sometimes" # here`), "no restart policy"},
	{"grace", app(`stop_grace_period = "soon" # here`), "not a duration"},
	{"ports", app(`ports = ["eighty:80"] # here`), "port"},
	{"health check without a way", app(`healthcheck = { interval = "5s" } # here`), "exactly one of test, http and tcp"},
	{"health check in two ways", app(`healthcheck = { http = ":80/", tcp = ":80" } # here`), "exactly one of test, http and tcp"},
	{"interval", app(`healthcheck = { tcp = ":80", interval = "often" } # here`), "not a duration"},
	{"variable", app("env = {\n    \"A=B\" = \"x\" # here\n  }"), "the name of a variable"},
	{"label", app("labels = {\n    \"io.bayplan.name\" = \"x\" # here\n  }"), "does not start with"},
	{"job for ever", app("job = true\n  restart = \"always\" # here"), "a job that is done stays so"},

	{"mount path", app("mounts = {\n    \"data\" = { tmpfs = \"1m\" } # here\n  }"), "the path is absolute"},
	{"mount of nothing", app("mounts = {\n    \"/data\" = {} # here\n  }"), "exactly one of volume and tmpfs"},
	{"size of tmpfs", app("mounts = {\n    \"/data\" = { tmpfs = \"big\" } # here\n  }"), "not a size"},
	{"volume by name", app("mounts = {\n    \"/data\" = { volume = \"data\" } # here\n  }"), "no volume's id"},
	{"volume of another environment", app("mounts = {\n    \"/data\" = { volume = \"staging/data\" } # here\n  }"), "of environment staging"},

	{"directory out of a volume", oneVolume + app("mounts = {\n    \"/data\" = { volume = bayplan_volume.data.id, source_path = \"../etc\" } # here\n  }"), "no path within a volume"},
	{"directory of a tmpfs", app("mounts = {\n    \"/data\" = { tmpfs = \"1m\", source_path = \"a\" } # here\n  }"), "a tmpfs has none"},
	{
		"directory for data", oneVolume + strings.Replace(redisDB, "}", "  mounts = {\n    \"/data\" = { volume = bayplan_volume.data.id, source_path = \"a\" } # here\n  }\n}", 1),
		"the data of a service has the whole of a volume",
	},

	{"type", "resource \"bayplan_service\" \"db\" {\n  name = \"db\"\n  type = \"oracle:23\" # here\n}\n", `no type "oracle"`},
	{"type without version", "resource \"bayplan_service\" \"db\" {\n  name = \"db\"\n  type = \"redis\" # here\n}\n", "no version"},
	{"image of an app", strings.Replace(app(""), "busybox:stable\"", "\" # here", 1), "needs an image"},
	{"reference of an image", strings.Replace(app(""), "busybox:stable\"", "Busy Box\" # here", 1), "image"},
	{"image that is nowhere", strings.Replace(app(""), "busybox:stable\"", "bayplan.invalid/none:1\" # here", 1), "bayplan.invalid/none:1"},

	{"target of nothing", app("relationships = {\n    db = { port = 80 } # here\n  }"), "target is unknown"},
	{
		"target that is nowhere", app("relationships = {\n    db = { address = \"service.db\", host = \"db.internal\" } # here\n  }"),
		"target is unknown",
	},
	{"target that is no address", app("relationships = {\n    db = { address = \"somewhere\" } # here\n  }"), "no address"},
	{"volume as target", oneVolume + app("relationships = {\n    db = bayplan_volume.data # here\n  }"), "volume.data"},
	{"name of a key", redisDB + app("relationships = {\n    DB = bayplan_service.db # here\n  }"), "lower-case"},
	{
		"target of a relationship", "resource \"bayplan_relationship\" \"r\" {\n  name   = \"r\"\n  target = { host = \"example.com\", port = 80 } # here\n}\n",
		"no service, app or relationship",
	},
	{"endpoint", fmt.Sprintf(chained, `endpoint = "admin" # here`), `no endpoint "admin"`},
	{"condition", fmt.Sprintf(chained, `condition = "ready" # here`), "no condition"},
	{"constraint", fmt.Sprintf(chained, `constraint = "newest" # here`), "no version constraint"},
	{
		"unmet version", redisDB + "resource \"bayplan_relationship\" \"r\" {\n  name = \"r\"\n  target = bayplan_service.db\n  constraint = \">= 8\" # here\n}\n",
		">= 8 is required, but service.db has version 7",
	},
	{"unmet version at second hand", fmt.Sprintf(chained, `constraint = "< 7" # here`), "< 7 is required, but relationship.first (service.db) has version 7"},

	{"two writers", oneVolume + sleeper("a", "busybox:stable", mounted) + sleeper("b", "busybox:stable", mounted), "and it is not shared"},
	{"replicas as writers", oneVolume + app("replicas = 2\n  mounts = {\n    \"/data\" = { volume = bayplan_volume.data.id } # here\n  }"), "2 replicas"},
	{"replicas of a database", strings.Replace(redisDB, "}", "  replicas = 2 # here\n}", 1), "2 replicas would write to one data volume"},
	{"two with one port", sleeper("a", "busybox:stable", `ports = ["8099:80"]`) + sleeper("b", "busybox:stable", `ports = ["0.0.0.0:8099:81"]`), "is also published by"},
	{"replicas with one port", app("replicas = 2\n  ports = [\"8099:80\"] # here"), "2 replicas clash on host port 8099"},
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	for _, tt := range planRefusals {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.refused(tt.config, tt.want)
			if left := w.objects(); len(left) > 0 {
				t.Errorf("there is now %v", left)
			}
		})
	}
}

// An engine that cannot mount a directory of a volume would mount the whole: that is
// refused where it is asked for.
func TestPlanRefusesWhatTheEngineLacks(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.engine.Docker.NegotiateAPIVersion(w.ctx())
	version := w.engine.Docker.ClientVersion()
	if versions.GreaterThan(version, "1.44") {
		version = "1.44"
	}
	w.env = append(w.env, "DOCKER_API_VERSION="+version)
	want := "spoken to with API " + version + ": it cannot mount a directory of a volume (source_path), which takes 26.0 (API 1.45) or later"
	w.refused(oneVolume+app("mounts = {\n    \"/data\" = { volume = bayplan_volume.data.id, source_path = \"a\" } # here\n  }"), want)
	if said := w.bayplanRefuses("plan"); !strings.Contains(strings.Join(strings.Fields(said), " "), want) || !strings.Contains(said, "Upgrade the engine") {
		t.Errorf("the command says\n%s", said)
	}
}

// What a plan must not refuse, next to what it does.
func TestPlanAllows(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	shared := strings.Replace(oneVolume, "}", "  shared = true\n}", 1)
	readOnly := `mounts = { "/data" = { volume = bayplan_volume.data.id, read_only = true } }`
	for what, config := range map[string]string{
		"two writers of a shared volume":      shared + sleeper("a", "busybox:stable", mounted) + sleeper("b", "busybox:stable", mounted, "replicas = 2"),
		"a writer and a reader":               oneVolume + sleeper("a", "busybox:stable", mounted) + sleeper("b", "busybox:stable", readOnly, "replicas = 2"),
		"one port at two addresses":           sleeper("a", "busybox:stable", `ports = ["127.0.0.1:8099:80"]`) + sleeper("b", "busybox:stable", `ports = ["127.0.0.2:8099:80", "8099:80/udp"]`),
		"a constraint met at second hand":     fmt.Sprintf(chained, `constraint = ">= 7, < 8"`),
		"something outside":                   app(`relationships = { pay = { host = "pay.example", port = 443, scheme = "https" } }`),
		"a name of one letter and one of 40":  strings.Replace(app(""), `= "web"`, `= "w"`, 1) + sleeper(strings.Repeat("w", 40), "busybox:stable"),
		"the longest and the oddest map keys": redisDB + app(`relationships = { my-db_2 = bayplan_service.db }`),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(config)
			if changes, _ := w.plan(); len(changes) == 0 {
				t.Error("nothing is planned")
			}
		})
	}
}

// nobodys runs a container of no project until the test ends, and returns its id.
func (w *workspace) nobodys(name string, host container.HostConfig, config container.Config) string {
	w.t.Helper()
	config.Image, config.Cmd, config.StopSignal = "busybox:stable", []string{"sleep", "3600"}, "SIGKILL"
	docker := w.engine.Docker
	made, err := docker.ContainerCreate(w.ctx(), &config, &host, nil, nil, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := docker.ContainerRemove(w.ctx(), made.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
			w.t.Error(err)
		}
	})
	if err := docker.ContainerStart(w.ctx(), made.ID, container.StartOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return made.ID
}

// nobodysVolume makes a volume of no project until the test ends.
func (w *workspace) nobodysVolume(name string) {
	w.t.Helper()
	docker := w.engine.Docker
	if _, err := docker.VolumeCreate(w.ctx(), volume.CreateOptions{Name: name}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := docker.VolumeRemove(w.ctx(), name, false); err != nil {
			w.t.Error(err)
		}
	})
}

// nobodysNetwork makes a network of no project until the test ends.
func (w *workspace) nobodysNetwork(name string) {
	w.t.Helper()
	docker := w.engine.Docker
	var made network.CreateResponse
	// The engine's own pools are few, so the subnet is chosen here; another test may have it.
	testenv.Eventually(w.t, callLimit, "a network", func() (err error) {
		subnet := fmt.Sprintf("10.%d.%d.0/28", 20+rand.IntN(80), rand.IntN(256))
		made, err = docker.NetworkCreate(w.ctx(), name, network.CreateOptions{
			Internal: true, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}},
		})
		return err
	})
	w.t.Cleanup(func() {
		if err := docker.NetworkRemove(w.ctx(), made.ID); err != nil {
			w.t.Error(err)
		}
	})
}

func TestPlanRefusesWhatIsInTheWayOfForeignObjects(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	none := container.HostConfig{NetworkMode: "none"}
	w.nobodys(w.project+"-default-web-1-1", none, container.Config{})
	w.nobodysVolume(w.project + "-default-data")
	w.nobodysVolume(w.project + "-default-db.data")
	// It belongs to the same project, but to another environment.
	port := w.published("staging", "proxy")

	w.refused(strings.Replace(app(""), `= "web"`, `= "web" # here`, 1), "there is a container \""+w.project+"-default-web-1-1\"")
	w.refused(strings.Replace(oneVolume, `= "data"`, `= "data" # here`, 1), "there is a volume \""+w.project+"-default-data\"")
	w.refused(strings.Replace(redisDB, `= "db"`, `= "db" # here`, 1), "there is a volume \""+w.project+"-default-db.data\"")
	w.refused(sleeper("api", "busybox:stable", fmt.Sprintf(`ports = ["%s:80"] # here`, port)), "host port "+port+" is published by container")

	for _, name := range []string{"cache", "net.egress", "app.api.first.service.other"} {
		w.nobodysNetwork(w.project + "-default-" + name)
	}
	other := strings.ReplaceAll(redisDB, `"db"`, `"other"`)
	w.refused(other+"resource \"bayplan_relationship\" \"cache\" {\n  name = \"cache\" # here\n  target = bayplan_service.other\n}\n",
		"there is a network \""+w.project+"-default-cache\"")
	w.refused(sleeper("api", "busybox:stable", "egress = true # here"), "there is a network \""+w.project+"-default-net.egress\"")
	w.refused(other+sleeper("api", "busybox:stable", "egress = false\n  relationships = {\n    first = bayplan_service.other # here\n  }"),
		"there is a network \""+w.project+"-default-app.api.first.service.other\"")
	if left := w.objects(); slices.ContainsFunc(left, func(o string) bool { return !strings.Contains(o, "staging") }) {
		t.Errorf("there is now %v", left)
	}
}

// What an update makes has new names, which may be taken too.
func TestPlanOfAnUpdateRefusesWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	web := strings.Replace(app("ENV"), `= "web"`, `= "web" # here`, 1)
	w.write(strings.Replace(web, "ENV", "", 1))
	w.settled()
	before := w.lives()
	none := container.HostConfig{NetworkMode: "none"}
	w.nobodys(w.project+"-default-web-2-1", none, container.Config{})
	w.nobodys(w.project+"-default-web-1-2", none, container.Config{})
	w.refused(strings.Replace(web, "ENV", `env = { A = "1" }`, 1), "there is a container \""+w.project+"-default-web-2-1\"")
	w.refused(strings.Replace(web, "ENV", `replicas = 2`, 1), "there is a container \""+w.project+"-default-web-1-2\"")
	port := w.published("staging", "proxy")
	w.refused(app(fmt.Sprintf(`ports = ["%s:80"] # here`, port)), "host port "+port+" is published by container")
	w.write(strings.Replace(web, "ENV", "", 1))
	w.empty()
	if lives := w.lives(); lives[w.project+"-default-web-1-1"] != before[w.project+"-default-web-1-1"] {
		t.Errorf("what ran as %v runs as %v", before, lives)
	}
}

// published runs an app that publishes a port in another environment of the
// project, and returns the host port.
func (w *workspace) published(environment, name string) string {
	w.t.Helper()
	other := newWorkspace(w.t)
	other.project, other.settings = w.project, fmt.Sprintf("environment = %q", environment)
	port := freePort(w.t)
	other.write(sleeper(name, "busybox:stable", fmt.Sprintf(`ports = ["%s:80"]`, port)))
	other.apply()
	bound := w.only(name).NetworkSettings.Ports[nat.Port("80/tcp")]
	if len(bound) != 1 || bound[0].HostPort != port || bound[0].HostIP != "127.0.0.1" {
		w.t.Fatalf("port %s is bound as %v", port, bound)
	}
	return port
}

func TestProtectedFromDeletion(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	w.write(app("deletion_protection = true"))
	w.settled()
	before := w.only("web")
	if out := w.fails("destroy", "-auto-approve"); !strings.Contains(out, "app.web is protected from deletion") {
		t.Errorf("destroy says %s", out)
	}
	w.refused("", "app.web is protected from deletion")
	if after := w.only("web"); after.ID != before.ID || after.State.StartedAt != before.State.StartedAt {
		t.Error("it has been touched")
	}
	w.write(app(""))
	w.apply()
	w.destroy()
}

func TestUnreachableEngineIsOneClearError(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	for _, host := range []string{"unix://" + filepath.Join(t.TempDir(), "none.sock"), "tcp://127.0.0.1:1"} {
		w.settings = fmt.Sprintf("host = %q", host)
		w.refused(app(""), host)
	}

	// Also where much is there that cannot be read.
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	several := fmt.Sprintf(chained, "") + oneVolume + app(mounted)
	w.settings = ""
	w.write(several)
	w.settled()
	w.settings = "host = \"unix:///nowhere/none.sock\""
	w.refused(several, "no engine answers at unix:///nowhere/none.sock")
	w.settings = ""
	w.write(several)
	w.empty()
	w.destroy()
}

func TestProviderSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		`environment = "Not This"`:       "not a DNS label",
		`network_pool = "10.0.0.0"`:      "no address range",
		`network_pool = "10.0.0.0/40"`:   "no address range",
		`host = "carrier-pigeon://coop"`: "carrier-pigeon",
	} {
		w := newWorkspace(t)
		w.settings = setting + " # here"
		w.refused(app(""), want)
		// The line is in the provider's block, which refused does not look at.
		for _, d := range w.planErrors() {
			if at := w.line(d); !strings.HasSuffix(at, "# here") {
				t.Errorf("%s: the error %q points at %q", setting, d.Detail, at)
			}
		}
	}
}

// freePort returns a port of this machine that nothing listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
