package topology_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// sound returns an app with which nothing is wrong.
func sound() topology.Workload {
	return topology.Workload{
		Name: "web", Image: "web:1", Replicas: 1, ReadOnly: true, Egress: true, Restart: "unless-stopped", StopGracePeriod: "15s",
		Env:    map[string]string{"A": "1", "EMPTY": "", "B": strings.Repeat("x", 128<<10-3), "ESC\n": "\x1b[2J"},
		Mounts: map[string]topology.Mount{"/data": {Volume: "default/data"}, "/tmp": {Tmpfs: "64m"}},
		Ports:  []string{"8080:80", "8080:80/udp", "[::1]:8080:80"},
		Relationships: map[string]topology.Reference{
			"db": dbReference(), "pay": {Host: "pay.example", Port: 443, Scheme: "https"},
		},
		User: "1000:shop", WorkingDir: "/srv/a\tb é", Command: []string{"a\n\x1b[31m", strings.Repeat("x", 128<<10-1)}, Version: "1.0-x y",
		Memory: "6m", CPUs: 0.5, Pids: 100, Capabilities: []string{"NET_RAW"}, StopSignal: "SIGRTMIN+3",
		Healthcheck: &topology.Healthcheck{HTTP: ":80/healthz", Interval: "5s"},
		Labels:      map[string]string{"team": "shop"},
		Endpoints:   map[string]topology.Endpoint{"default": {Port: 80}},
	}
}

type fault struct {
	what       string
	spoil      func(w *topology.Workload)
	field, key string
	message    string
}

// referring returns a change of one relationship of a workload.
func referring(key string, change func(r *topology.Reference)) func(w *topology.Workload) {
	return func(w *topology.Workload) {
		r := dbReference()
		change(&r)
		w.Relationships = map[string]topology.Reference{key: r}
	}
}

func outside(r topology.Reference) func(w *topology.Workload) {
	return func(w *topology.Workload) { w.Relationships = map[string]topology.Reference{"pay": r} }
}

func mounting(at string, m topology.Mount) func(w *topology.Workload) {
	return func(w *topology.Workload) { w.Mounts = map[string]topology.Mount{at: m} }
}

func publishing(ports ...string) func(w *topology.Workload) {
	return func(w *topology.Workload) { w.Ports = ports }
}

func checking(h topology.Healthcheck) func(w *topology.Workload) {
	return func(w *topology.Workload) { w.Healthcheck = &h }
}

var faults = []fault{
	{"no DNS label", func(w *topology.Workload) { w.Name = "Web" }, "name", "", "not a DNS label"},
	{"no image", func(w *topology.Workload) { w.Image = "" }, "image", "", "needs an image"},
	{"no size", func(w *topology.Workload) { w.Memory = "lots" }, "memory", "", "not a size"},
	{"too little memory", func(w *topology.Workload) { w.Memory = "5m" }, "memory", "", "5m is less than the engine's least, 6m"},
	{"negative cpus", func(w *topology.Workload) { w.CPUs = -1 }, "cpus", "", "least, 0.01"},
	{"too little cpu", func(w *topology.Workload) { w.CPUs = 0.001 }, "cpus", "", "least, 0.01"},
	{"negative pids", func(w *topology.Workload) { w.Pids = -2 }, "pids", "", "negative"},
	{"no capability", func(w *topology.Workload) { w.Capabilities = []string{"NET_BIND"} }, "capabilities", "", `"NET_BIND" is no capability`},
	{"all capabilities", func(w *topology.Workload) { w.Capabilities = []string{"ALL"} }, "capabilities", "", "no container at all"},
	{"new privileges", func(w *topology.Workload) { w.SecurityOpt = []string{"no-new-privileges:false"} }, "security_opt", "", "it always holds"},
	{"profile that is a file", func(w *topology.Workload) { w.SecurityOpt = []string{"seccomp=profile.json"} }, "security_opt", "", "which is JSON"},
	{"unknown security option", func(w *topology.Workload) { w.SecurityOpt = []string{"systempaths=unconfined"} }, "security_opt", "", "no security option"},
	{"security option of nothing", func(w *topology.Workload) { w.SecurityOpt = []string{"apparmor="} }, "security_opt", "", "no security option"},
	{"no replicas", func(w *topology.Workload) { w.Replicas = 0 }, "replicas", "", "less than 1"},
	{"replicas of data", func(w *topology.Workload) { w.Replicas, w.Ports, w.DataVolume = 2, nil, "x-db.data" }, "replicas", "", "2 replicas would write to one data volume, x-db.data"},
	{"unknown restart", func(w *topology.Workload) { w.Restart = "never" }, "restart", "", "no restart policy"},
	{"job for ever", func(w *topology.Workload) { w.Job, w.Restart = true, "always" }, "restart", "", "a job that is done stays so"},
	{"no duration", func(w *topology.Workload) { w.StopGracePeriod = "soon" }, "stop_grace_period", "", "not a duration"},
	{"half seconds", func(w *topology.Workload) { w.StopGracePeriod = "1500ms" }, "stop_grace_period", "", "whole number of seconds"},
	{"no signal", func(w *topology.Workload) { w.StopSignal = "sigterm please" }, "stop_signal", "", "no signal"},
	{"variable without name", func(w *topology.Workload) { w.Env = map[string]string{"": "x"} }, "env", "", "not empty"},
	{"variable with =", func(w *topology.Workload) { w.Env = map[string]string{"A=B": "x"} }, "env", "A=B", "no ="},
	{"variable with NUL", func(w *topology.Workload) { w.Env = map[string]string{"A": "x\x00"} }, "env", "A", "not text"},
	{"variable that is no text", func(w *topology.Workload) { w.Env = map[string]string{"A": "\xff"} }, "env", "A", "not text"},
	{"name with NUL", func(w *topology.Workload) { w.Env = map[string]string{"A\x00": "x"} }, "env", "A\x00", "no = in it"},
	{"longest variable and one byte", func(w *topology.Workload) { w.Env = map[string]string{"AB": strings.Repeat("x", 128<<10-3)} }, "env", "AB", "131072 bytes with its name, and Linux takes at most 131071"},
	{"argument with NUL", func(w *topology.Workload) { w.Command = []string{"a", "b\x00"} }, "command", "", "argument 2 is not text"},
	{"argument that is no text", func(w *topology.Workload) { w.Entrypoint = []string{"\xff"} }, "entrypoint", "", "argument 1 is not text"},
	{"argument of a megabyte", func(w *topology.Workload) { w.Command = []string{strings.Repeat("x", 1<<20)} }, "command", "", "argument 1 has 1048576 bytes"},
	{"hook with NUL", func(w *topology.Workload) {
		w.Hooks = &topology.HookCommands{Deploy: []string{"a"}, PostDeploy: []string{"\x00"}}
	}, "hooks", "", "argument 2 is not text"},
	{"check with NUL", checking(topology.Healthcheck{Test: []string{"\x00"}}), "healthcheck", "", "argument 1 is not text"},
	{"check of two lines", checking(topology.Healthcheck{HTTP: ":80/a\nb"}), "healthcheck", "", `":80/a\nb" is no place to check`},
	{"check of an escape", checking(topology.Healthcheck{TCP: "\x1b:80"}), "healthcheck", "", `"\x1b:80" is no place to check`},
	{"version of no secrets", func(w *topology.Workload) { w.SecretsVersion = "1" }, "secrets_version", "", "no secrets"},
	{"user of two lines", func(w *topology.Workload) { w.User = "root\nx" }, "user", "", `"root\nx" is no user`},
	{"user of three parts", func(w *topology.Workload) { w.User = "a:b:c" }, "user", "", "is no user"},
	{"relative directory", func(w *topology.Workload) { w.WorkingDir = "../x" }, "working_dir", "", `"../x" is no absolute path`},
	{"directory with NUL", func(w *topology.Workload) { w.WorkingDir = "/a\x00" }, "working_dir", "", "no absolute path"},
	{"version with an escape", func(w *topology.Workload) { w.Version = "1\x1b[2J" }, "version", "", `"1\x1b[2J" is no version`},
	{"scheme with a slash", func(w *topology.Workload) { w.Scheme = "http://" }, "scheme", "", "is no scheme"},
	{"endpoint with a scheme that is none", func(w *topology.Workload) {
		w.Endpoints = map[string]topology.Endpoint{"a": {Port: 1, Scheme: "h\n"}}
	}, "endpoints", "a", `"h\n" is no scheme`},
	{"endpoint with NUL", func(w *topology.Workload) {
		w.Endpoints = map[string]topology.Endpoint{"a": {Port: 1, Path: "\x00"}}
	}, "endpoints", "a", "not text"},
	{"host of two lines", outside(topology.Reference{Host: "a\nb"}), "relationships", "pay", `"a\nb" is no host`},
	{"host with a user", outside(topology.Reference{Host: "evil@pay.example"}), "relationships", "pay", "is no host"},
	{"scheme outside", outside(topology.Reference{Host: "pay", Scheme: "a b"}), "relationships", "pay", `"a b" is no scheme`},
	{"path outside", outside(topology.Reference{Host: "pay", Path: "\x00"}), "relationships", "pay", "not text"},
	{"upper-case key", referring("DB", func(*topology.Reference) {}), "relationships", "DB", "lower-case"},
	{"unknown target", referring("db", func(r *topology.Reference) { *r = topology.Reference{Port: 80} }), "relationships", "db", "target is unknown"},
	{"a volume as target", referring("db", func(r *topology.Reference) { r.Address.Kind = topology.KindVolume }), "relationships", "db", "volume.db is no service"},
	{"itself", referring("me", func(r *topology.Reference) { r.Address, r.TargetAddress = web, web }), "relationships", "me", "app.web needs itself"},
	{"unknown condition", referring("db", func(r *topology.Reference) { r.Condition = "ready" }), "relationships", "db", "no condition"},
	{"one host for two", func(w *topology.Workload) {
		other := dbReference()
		other.Address.Kind = topology.KindRelationship
		w.Relationships = map[string]topology.Reference{"db": dbReference(), "db2": other}
	}, "relationships", "db2", "the same host name db.internal"},
	{"one set of variables for two", func(w *topology.Workload) {
		w.Relationships = map[string]topology.Reference{"my-db": dbReference(), "my_db": dbReference()}
	}, "relationships", "my_db", "my-db and my_db have the same variables MY_DB_HOST"},
	{"relative path", mounting("data", topology.Mount{Tmpfs: "1m"}), "mounts", "data", "absolute"},
	{"path with ..", mounting("/a/../b", topology.Mount{Tmpfs: "1m"}), "mounts", "/a/../b", "no .."},
	{"path with :", mounting("/a:b", topology.Mount{Tmpfs: "1m"}), "mounts", "/a:b", "path"},
	{"root", mounting("/", topology.Mount{Tmpfs: "1m"}), "mounts", "/", "is not /"},
	{"nothing mounted", mounting("/a", topology.Mount{}), "mounts", "/a", "exactly one"},
	{"two mounted", mounting("/a", topology.Mount{Volume: "default/a", Tmpfs: "1m"}), "mounts", "/a", "exactly one"},
	{"tmpfs of no size", mounting("/a", topology.Mount{Tmpfs: "x"}), "mounts", "/a", "not a size"},
	{"volume by name", mounting("/a", topology.Mount{Volume: "data"}), "mounts", "/a", "no volume's id"},
	{"volume of elsewhere", mounting("/a", topology.Mount{Volume: "staging/data"}), "mounts", "/a", "of environment staging"},
	{"no port", publishing("80"), "ports", "", "no host port"},
	{"port twice", publishing("80:80", "0.0.0.0:80:81"), "ports", "", "127.0.0.1:80:80 and 0.0.0.0:80:81 clash"},
	{"port of replicas", func(w *topology.Workload) { w.Replicas = 2 }, "ports", "", "2 replicas clash on host port 8080"},
	{"no way to check", checking(topology.Healthcheck{}), "healthcheck", "", "exactly one"},
	{"two ways to check", checking(topology.Healthcheck{HTTP: ":80/", TCP: ":80"}), "healthcheck", "", "exactly one"},
	{"no port to check", checking(topology.Healthcheck{HTTP: "/healthz"}), "healthcheck", "", "no place to check"},
	{"path for tcp", checking(topology.Healthcheck{TCP: ":80/x"}), "healthcheck", "", "no place to check"},
	{"port out of range", checking(topology.Healthcheck{TCP: ":65536"}), "healthcheck", "", "no place to check"},
	{"too often", checking(topology.Healthcheck{TCP: ":80", Interval: "1us"}), "healthcheck", "", "least, 1ms"},
	{"negative timeout", checking(topology.Healthcheck{TCP: ":80", Timeout: "-1s"}), "healthcheck", "", "not a duration"},
	{"negative retries", checking(topology.Healthcheck{TCP: ":80", Retries: -1}), "healthcheck", "", "less than none"},
	{"label of ours", func(w *topology.Workload) { w.Labels = map[string]string{"io.bayplan.x": ""} }, "labels", "io.bayplan.x", "does not start with"},
	{"endpoint without port", func(w *topology.Workload) { w.Endpoints = map[string]topology.Endpoint{"a": {}} }, "endpoints", "a", "port 0"},
}

func TestCheckWorkload(t *testing.T) {
	if errs := topology.CheckWorkload(scope, web, sound()); len(errs) > 0 {
		t.Fatalf("a sound app: %s", messages(errs))
	}
	for _, tt := range faults {
		w := sound()
		tt.spoil(&w)
		errs := topology.CheckWorkload(scope, web, w)
		i := slices.IndexFunc(errs, func(e *topology.FieldError) bool {
			return e.Field == tt.field && e.Key == tt.key && strings.Contains(e.Error(), tt.message)
		})
		if i < 0 || len(errs) > 1 {
			t.Errorf("%s: got %q; want one error at %s[%q] with %q", tt.what, messages(errs), tt.field, tt.key, tt.message)
		}
	}
}

// What is outside the topology may have the name of what is in it.
func TestCheckWorkloadExternalHosts(t *testing.T) {
	for _, keys := range [][2]string{{"a", "b"}, {"b", "a"}} {
		w := sound()
		w.Relationships = map[string]topology.Reference{keys[0]: dbReference(), keys[1]: {Host: "db.internal", Port: 1}}
		if errs := topology.CheckWorkload(scope, web, w); len(errs) > 0 {
			t.Errorf("%v: %s", keys, messages(errs))
		}
	}
}

func TestVolumeElsewhere(t *testing.T) {
	for _, tt := range []struct {
		driver, kind, device string
		want                 bool
	}{
		{"", "none", "/srv/data", true},
		{"local", "", "/srv/data", true},
		{"local", "nfs", ":/data", true},
		{"local", "cifs", "//files/data", true},
		{"local", "ext4", "/dev/sdb1", true},
		{"local", "tmpfs", "tmpfs", false},
		{"local", "ramfs", "ramfs", false},
		{"local", "", "", false},
		{"plugin", "nfs", ":/data", false},
	} {
		v := topology.Volume{Driver: tt.driver, DriverOpts: map[string]string{"type": tt.kind, "device": tt.device}}
		if got := v.Elsewhere(); got != tt.want {
			t.Errorf("%+v: got %v", v, got)
		}
	}
}

func TestCheckVolume(t *testing.T) {
	for _, tt := range []struct {
		v    topology.Volume
		want string
	}{
		{topology.Volume{Name: "data"}, ""},
		{topology.Volume{Name: "data", OnDestroy: "retain"}, ""},
		{topology.Volume{Name: "data", OnDestroy: "delete", Labels: map[string]string{"a": "b"}}, ""},
		{topology.Volume{Name: "data", DriverOpts: map[string]string{"type": "none", "o": "bind", "device": "/srv/data"}}, ""},
		{topology.Volume{Name: "data", Driver: "nfs", DriverOpts: map[string]string{"share": "files:/data", "size": "0"}}, ""},
		{topology.Volume{Name: "data", DriverOpts: map[string]string{"share": "x"}}, `volume.data: driver_opts["share"]: the driver local has no option "share"; it has device, o, size, type`},
		{topology.Volume{Name: "data", DriverOpts: map[string]string{"size": "0"}}, `volume.data: driver_opts["size"]: a size of 0 is no limit`},
		{topology.Volume{Name: "data", DriverOpts: map[string]string{"o": "\xff"}}, `volume.data: driver_opts["o"]: an option has a name, and is text`},
		{topology.Volume{Name: "my data"}, "volume.my data: name: "},
		{topology.Volume{Name: "data", OnDestroy: "keep"}, `volume.data: on_destroy: "keep" is neither retain nor delete`},
		{topology.Volume{Name: "data", Labels: map[string]string{"io.bayplan.a": "b"}}, `volume.data: labels["io.bayplan.a"]: `},
	} {
		got := messages(topology.CheckVolume(tt.v))
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%+v: got %q; want %q", tt.v, got, tt.want)
		}
	}
}

func TestFieldErrorUnwraps(t *testing.T) {
	cause := errors.New("no")
	err := error(&topology.FieldError{Address: web, Field: "env", Key: "A", Err: cause})
	if err.Error() != `app.web: env["A"]: no` || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// Who says a capability as another program takes it is told its name here.
func TestCapabilityIsSuggested(t *testing.T) {
	for said, want := range map[string]string{
		"CAP_NET_RAW": "NET_RAW", "net-admin": "NET_ADMIN", "SYS_PTRACER": "SYS_PTRACE", "BIND_SERVICE": "NET_BIND_SERVICE",
	} {
		w := topology.Workload{Name: "web", Image: "web:1", Replicas: 1, Capabilities: []string{said}}
		errs := topology.CheckWorkload(scope, web, w)
		if len(errs) != 1 || !strings.Contains(errs[0].Hint, "Say "+want+",") {
			t.Errorf("%s: %v", said, errs)
		}
	}
}
