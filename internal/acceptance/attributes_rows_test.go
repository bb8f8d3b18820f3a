package acceptance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	tfjson "github.com/hashicorp/terraform-json"
)

func of(hcl ...string) []value {
	out := make([]value, len(hcl))
	for i, text := range hcl {
		out[i] = value{hcl: text}
	}
	return out
}

// show writes what the engine has as JSON, empty things as nothing.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return strings.NewReplacer("null", "", "[]", "", "{}", "").Replace(string(text))
}

func (o object) env(name string) string {
	for _, entry := range o.one.Config.Env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// env reads one of the first container's variables.
func env(name string) func(object) string {
	return func(o object) string { return o.env(name) }
}

// nothing is read of what the engine is not concerned with: that the
// containers stay as they are is checked of every row.
func nothing(object) string { return "" }

// untouched are the facts of attributes that the engine is not concerned with.
func untouched(paths ...string) []fact {
	out := make([]fact, len(paths))
	for i, path := range paths {
		out[i] = fact{path, nothing, []string{""}}
	}
	return out
}

// workloadRows are those of what apps and services have in common.
func workloadRows(b *bench, kind string) []row {
	rows := slices.Concat(secretRows(b), processRows(), limitRows(), mountRows(), healthRows(), stopRows(), networkRows(b), referenceRows(), policyRows())
	for i := range rows {
		rows[i].of = kind
	}
	return rows
}

// secretRows change secrets and, since Terraform sees no other difference, their version.
func secretRows(b *bench) []row {
	file := func(name string) func(object) string {
		return func(o object) string {
			text, code := b.exec(o.one.ID, "cat", "/run/secrets/"+name)
			if code != 0 {
				return ""
			}
			return text
		}
	}
	return []row{
		{
			attribute: "secrets", group: "secrets", effect: replaced,
			values: []value{{hcl: `{ a = "first" }`}, {hcl: `{ a = "second\n", b = "" }`, same: true}, {same: true}},
			facts:  []fact{{"secrets", file("a"), []string{"first", "second\n", ""}}},
		},
		{
			attribute: "secrets_version", group: "secrets", effect: replaced, values: of(`"1"`, `"2"`, ""),
			facts: []fact{{"secrets_version", func(o object) string {
				var declared struct {
					Version string `json:"secrets_version"`
				}
				_ = json.Unmarshal([]byte(o.one.Config.Labels["io.bayplan.declared"]), &declared)
				return declared.Version
			}, []string{"1", "2", ""}}},
		},
	}
}

func processRows() []row {
	return []row{
		{
			attribute: "entrypoint", effect: replaced, values: of(`["env"]`, `["sh", "-c", "exec sleep 3600"]`, ""),
			facts: []fact{{"entrypoint", func(o object) string { return show(o.one.Config.Entrypoint) }, []string{`["env"]`, `["sh","-c","exec sleep 3600"]`, ""}}},
		},
		{
			attribute: "command", effect: replaced, values: of(`["a"]`, `["b", "c"]`, ""),
			with:  map[string]string{"entrypoint": `["sh", "-c", "sleep 3600"]`},
			facts: []fact{{"command", func(o object) string { return show(o.one.Config.Cmd) }, []string{`["a"]`, `["b","c"]`, ""}}},
		},
		{
			attribute: "user", effect: replaced, values: of(`"1000"`, `"1001:1002"`, ""),
			facts: []fact{{"user", func(o object) string { return o.one.Config.User }, []string{"1000", "1001:1002", ""}}},
		},
		{
			attribute: "working_dir", effect: replaced, values: of(`"/bin"`, `"/etc"`, ""),
			facts: []fact{{"working_dir", func(o object) string { return o.one.Config.WorkingDir }, []string{"/bin", "/etc", ""}}},
		},
		{
			attribute: "env", effect: replaced,
			values: of(`{ A = "1", SECRET = sensitive("first") }`, `{ A = "1", SECRET = sensitive("second"), EMPTY = "" }`, ""),
			facts: []fact{{"env", func(o object) string {
				return show(slices.DeleteFunc(slices.Clone(o.one.Config.Env), func(e string) bool { return strings.HasPrefix(e, "PATH=") }))
			}, []string{`["A=1","SECRET=first"]`, `["A=1","EMPTY=","SECRET=second"]`, ""}}},
			planned: oneSecret,
		},
		{
			attribute: "labels", effect: replaced,
			values: of(`{ team = "a" }`, `{ team = "b", tier = "" }`, ""),
			facts: []fact{{"labels", func(o object) string {
				var out []string
				for _, name := range []string{"team", "tier"} {
					if v, ok := o.one.Config.Labels[name]; ok {
						out = append(out, name+"="+v)
					}
				}
				return strings.Join(out, " ")
			}, []string{"team=a", "team=b tier=", ""}}},
		},
		{
			attribute: "init", effect: replaced, values: of("false", "true", ""),
			facts: []fact{{"init", func(o object) string { return show(o.one.HostConfig.Init) }, []string{"", "true", ""}}},
		},
		{
			attribute: "read_only", effect: replaced, values: of("true", "false", ""),
			facts: []fact{{"read_only", func(o object) string { return show(o.one.HostConfig.ReadonlyRootfs) }, []string{"true", "false", "true"}}},
		},
		{
			attribute: "capabilities", effect: replaced, values: of(`["NET_RAW", "CHOWN"]`, `["KILL"]`, ""),
			facts: []fact{{"capabilities", func(o object) string {
				return show(o.one.HostConfig.CapAdd) + " of " + show(o.one.HostConfig.CapDrop)
			}, []string{`["CAP_CHOWN","CAP_NET_RAW"] of ["ALL"]`, `["CAP_KILL"] of ["ALL"]`, ` of ["ALL"]`}}},
		},
		{
			attribute: "security_opt", effect: replaced, values: of(`["seccomp=unconfined"]`, `["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"]`, ""),
			facts: []fact{{"security_opt", func(o object) string { return strings.Join(o.one.HostConfig.SecurityOpt, " ") }, []string{
				"no-new-privileges:true seccomp=unconfined", `no-new-privileges:true seccomp={"defaultAction":"SCMP_ACT_ALLOW"}`, "no-new-privileges:true",
			}}},
		},
	}
}

// oneSecret checks that of the variables the plan hides the secret one alone.
func oneSecret(c *tfjson.Change) error {
	sensitive, _ := c.BeforeSensitive.(map[string]any)
	if got := show(sensitive["env"]); got != `{"SECRET":true}` {
		return fmt.Errorf("of the variables, the plan hides %s", got)
	}
	return nil
}

// limited writes a limit, where anything beyond a machine's reach is none.
func limited(limit int64) string {
	if limit <= 0 || limit >= 1<<62 || limit%1e9 == 999_999_999 {
		return ""
	}
	return fmt.Sprint(limit)
}

func limitRows() []row {
	return []row{
		{
			attribute: "cpus", values: of("0.5", "0.25", ""),
			facts: []fact{{"cpus", func(o object) string { return limited(o.one.HostConfig.NanoCPUs) }, []string{"500000000", "250000000", ""}}},
		},
		{
			attribute: "memory", values: of(`"64m"`, `"48m"`, ""),
			facts: []fact{{"memory", func(o object) string { return limited(o.one.HostConfig.Memory) }, []string{"67108864", "50331648", ""}}},
		},
		{
			attribute: "pids", values: of("50", "-1", ""),
			facts: []fact{{"pids", func(o object) string {
				if o.one.HostConfig.PidsLimit == nil {
					return ""
				}
				return limited(*o.one.HostConfig.PidsLimit)
			}, []string{"50", "", "2048"}}},
		},
		{
			attribute: "restart", values: of(`"on-failure"`, `"on-failure:3"`, `"no"`, ""),
			facts: []fact{{"restart", restart, []string{"on-failure 0", "on-failure 3", "no 0", "unless-stopped 0"}}},
		},
		{
			attribute: "replicas", effect: scaled, values: of("1", "3", ""),
			facts: []fact{{"replicas", func(o object) string { return fmt.Sprint(len(o.containers)) }, []string{"1", "3", "1"}}},
		},
	}
}

func restart(o object) string {
	p := o.one.HostConfig.RestartPolicy
	return fmt.Sprint(p.Name, " ", p.MaximumRetryCount)
}

func mountRows() []row {
	volumes := func(read func(container.MountPoint) string) func(object) string {
		return func(o object) string {
			for _, m := range o.one.Mounts {
				if m.Destination == "/a" {
					return read(m)
				}
			}
			return ""
		}
	}
	return []row{
		{
			attribute: "mounts", effect: replaced,
			values: of(`{ "/a" = { volume = bayplan_volume.one.id } }`, `{ "/a" = { volume = bayplan_volume.two.id } }`, ""),
			facts: []fact{{"mounts.volume", volumes(func(m container.MountPoint) string {
				return m.Name[strings.LastIndex(m.Name, "-")+1:]
			}), []string{"one", "two", ""}}},
		},
		{
			attribute: "mounts", effect: replaced,
			values: of(`{ "/a" = { volume = bayplan_volume.one.id, read_only = false } }`, `{ "/a" = { volume = bayplan_volume.one.id, read_only = true } }`,
				`{ "/a" = { volume = bayplan_volume.one.id } }`),
			facts: []fact{{"mounts.read_only", volumes(func(m container.MountPoint) string { return show(!m.RW) }), []string{"false", "true", "false"}}},
		},
		{
			attribute: "mounts", effect: replaced,
			values: of(`{ "/a" = { tmpfs = "64m" } }`, `{ "/a" = { tmpfs = "32m" } }`, ""),
			facts: []fact{{
				"mounts.tmpfs", func(o object) string { return o.one.HostConfig.Tmpfs["/a"] },
				[]string{"mode=1777,size=67108864", "mode=1777,size=33554432", ""},
			}},
		},
	}
}

// directoryRows are of what takes an engine of today. A job makes the directories.
func directoryRows() []row {
	at := func(source string) string { return `{ "/a" = { volume = bayplan_volume.one.id` + source + ` } }` }
	subpath := func(o object) string {
		for _, m := range o.one.HostConfig.Mounts {
			if m.Target == "/a" && m.VolumeOptions != nil {
				return m.VolumeOptions.Subpath
			}
		}
		return ""
	}
	var out []row
	for _, of := range []string{"app", "service"} {
		out = append(out, row{
			of: of, attribute: "mounts", effect: replaced, with: map[string]string{"depends_on": "[bayplan_app.directories]"},
			values: []value{{hcl: at(`, source_path = "a"`)}, {hcl: at(`, source_path = "b/c"`)}, {hcl: at("")}},
			facts:  []fact{{"mounts.source_path", subpath, []string{"a", "b/c", ""}}},
		})
	}
	out[0].extra = `
resource "bayplan_app" "directories" {
  name        = "directories"
  image       = "busybox:stable"
  command     = ["mkdir", "-p", "/a/a", "/a/b/c"]
  mounts      = { "/a" = { volume = bayplan_volume.one.id } }
  egress      = false
  job         = true
  stop_signal = "SIGKILL"
}
`
	return out
}

func healthRows() []row {
	test := func(o object) string {
		if o.one.Config.Healthcheck == nil {
			return ""
		}
		return strings.Join(o.one.Config.Healthcheck.Test, " ")
	}
	of3 := func(read func(*container.HealthConfig) any, want ...string) ([]string, func(object) string) {
		return want, func(o object) string { return fmt.Sprint(read(o.one.Config.Healthcheck)) }
	}
	detail := func(path string, read func(*container.HealthConfig) any, want ...string) fact {
		wants, reads := of3(read, want...)
		return fact{"healthcheck." + path, reads, wants}
	}
	servers := map[string]string{"command": `["sh", "-c", "httpd -p 8080 -h /etc; exec httpd -f -p 8081 -h /etc"]`}
	return []row{
		{
			attribute: "healthcheck", effect: replaced,
			values: of(`{ test = ["true"] }`, `{ test = ["CMD-SHELL", "exit 0"] }`, ""),
			facts:  []fact{{"healthcheck.test", test, []string{"CMD true", "CMD-SHELL exit 0", ""}}},
		},
		{
			attribute: "healthcheck", effect: replaced, with: servers,
			values: []value{
				{hcl: `{ http = ":8080/passwd" }`},
				{hcl: `{ http = "localhost:8081/passwd" }`, also: []string{"endpoints", "port"}},
				{also: []string{"endpoints", "port", "scheme"}},
			},
			facts: []fact{{
				"healthcheck.http", test,
				[]string{"CMD /.bayplan/probe http :8080/passwd", "CMD /.bayplan/probe http localhost:8081/passwd", ""},
			}},
		},
		{
			attribute: "healthcheck", effect: replaced, with: servers,
			values: []value{
				{hcl: `{ tcp = ":8080" }`},
				{hcl: `{ tcp = ":8081" }`, also: []string{"endpoints", "port"}},
				{hcl: `{ http = ":8081/passwd" }`},
			},
			facts: []fact{{
				"healthcheck.tcp", test,
				[]string{"CMD /.bayplan/probe tcp :8080", "CMD /.bayplan/probe tcp :8081", "CMD /.bayplan/probe http :8081/passwd"},
			}},
		},
		{
			attribute: "healthcheck", effect: replaced,
			values: of(`{ test = ["true"], interval = "7s", timeout = "2s", retries = 4, start_period = "9s" }`,
				`{ test = ["true"], interval = "1m", timeout = "1500ms", retries = 5, start_period = "8s" }`, `{ test = ["true"] }`),
			facts: []fact{
				detail("interval", func(h *container.HealthConfig) any { return h.Interval }, "7s", "1m0s", "10s"),
				detail("timeout", func(h *container.HealthConfig) any { return h.Timeout }, "2s", "1.5s", "3s"),
				detail("retries", func(h *container.HealthConfig) any { return h.Retries }, "4", "5", "3"),
				detail("start_period", func(h *container.HealthConfig) any { return h.StartPeriod }, "9s", "8s", "0s"),
			},
		},
	}
}

func stopRows() []row {
	obedient := `["sh", "-c", "trap exit INT TERM USR1; sleep 3600 & wait"]`
	return []row{
		{
			attribute: "stop_signal", effect: replaced, with: map[string]string{"command": obedient},
			values: of(`"SIGINT"`, `"SIGUSR1"`, ""),
			facts:  []fact{{"stop_signal", func(o object) string { return o.one.Config.StopSignal }, []string{"SIGINT", "SIGUSR1", ""}}},
		},
		{
			attribute: "stop_grace_period", effect: replaced, values: of(`"90s"`, `"3s"`, ""),
			facts: []fact{{"stop_grace_period", func(o object) string { return fmt.Sprint(*o.one.Config.StopTimeout) }, []string{"90", "3", "15"}}},
		},
	}
}

func networkRows(b *bench) []row {
	p := b.port
	return []row{{
		attribute: "ports", effect: replaced,
		values: of(fmt.Sprintf(`["%d:80"]`, p), fmt.Sprintf(`["127.0.0.2:%d:80", "%d:53/udp"]`, p, p), ""),
		facts: []fact{{"ports", func(o object) string {
			var out []string
			for inside, bindings := range o.one.NetworkSettings.Ports {
				for _, at := range bindings {
					out = append(out, published(at, inside))
				}
			}
			slices.Sort(out)
			return strings.Join(out, " ")
		}, []string{
			fmt.Sprintf("127.0.0.1:%d:80/tcp", p),
			fmt.Sprintf("127.0.0.1:%d:53/udp 127.0.0.2:%d:80/tcp", p, p), "",
		}}},
	}}
}

func published(at nat.PortBinding, inside nat.Port) string {
	return fmt.Sprintf("%s:%s:%s", at.HostIP, at.HostPort, inside)
}

// written is what a reference that is written out, and not to the resource
// itself, does not tell Terraform.
var written = map[string]string{"depends_on": "[bayplan_service.one]"}

// referenceRows change what an app or service needs: another service, the
// parts of something outside, and what is only known of a service.
func referenceRows() []row {
	outside := func(s string) string {
		return fmt.Sprintf(`{ x = { host = "%s.example", port = %d, scheme = "s%s", path = "/%s", username = "u%s", database = "d%s" } }`,
			s, len(s), s, s, s, s)
	}
	known := func(version, condition string, port int, rest string) string {
		return fmt.Sprintf(`{ x = { address = "service.one", target_address = "service.one", host = "one.internal", port = 80,
			version = %q, condition = %q, endpoints = { default = { port = %d, scheme = "s%s", path = "/%s" } } } }`, version, condition, port, rest, rest)
	}
	passworded := func(principal string) string {
		return fmt.Sprintf(`{ x = { address = "service.one", target_address = "service.one", host = "one.internal", port = 80, username = "u", principal = %q } }`, principal)
	}
	return []row{
		{
			attribute: "relationships", effect: replaced,
			values: of(`{ x = bayplan_service.one }`, `{ x = bayplan_service.two }`, ""),
			facts: []fact{
				{"relationships.address", ledTo, []string{"service.one", "service.two", ""}},
				{"relationships.target_address", func(o object) string { return answers(o, ledThrough(o), o.env("X_HOST")) }, []string{"one", "two", ""}},
				{"relationships.host", env("X_HOST"), []string{"one.internal", "two.internal", ""}},
			},
		},
		{
			attribute: "relationships", effect: replaced, values: of(outside("a"), outside("bb"), ""),
			facts: []fact{
				{"relationships.port", env("X_PORT"), []string{"1", "2", ""}},
				{"relationships.scheme", env("X_SCHEME"), []string{"sa", "sbb", ""}},
				{"relationships.path", env("X_PATH"), []string{"/a", "/bb", ""}},
				{"relationships.username", env("X_USERNAME"), []string{"ua", "ubb", ""}},
				{"relationships.database", env("X_DATABASE"), []string{"da", "dbb", ""}},
			},
		},
		{
			attribute: "relationships", effect: replaced, with: written,
			values: of(passworded("pa"), passworded("pb"), ""),
			facts: []fact{{"relationships.principal", func(o object) string {
				switch o.env("X_PASSWORD") {
				case derivedPassword(o.project, "pa", "u"):
					return "pa"
				case derivedPassword(o.project, "pb", "u"):
					return "pb"
				}
				return o.env("X_PASSWORD")
			}, []string{"pa", "pb", ""}}},
		},
		{
			attribute: "relationships", with: written,
			values: of(known("1", "started", 80, "a"), known("2", "healthy", 81, "b")),
			facts: untouched("relationships.version", "relationships.condition",
				"relationships.endpoints.port", "relationships.endpoints.scheme", "relationships.endpoints.path"),
		},
	}
}

// ledThrough is the name of the network of a consumer's only relationship.
func ledThrough(o object) string {
	for name, n := range o.engine.networks {
		if n.Labels["io.bayplan.kind"] == "implied" && n.Labels["io.bayplan.name"] == o.name {
			return name
		}
	}
	return ""
}

// ledTo is whom that network is for, as the engine has it.
func ledTo(o object) string { return o.engine.networks[ledThrough(o)].Labels["io.bayplan.target"] }

// answers returns the sorted names of whoever has an alias in a network.
func answers(o object, network, alias string) string {
	var out []string
	for _, c := range o.engine.containers {
		if at, ok := c.NetworkSettings.Networks[network]; ok && slices.Contains(at.Aliases, alias) {
			out = append(out, c.Config.Labels["io.bayplan.name"])
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// policyRows are those of attributes that tell others something or steer the
// planner.
func policyRows() []row {
	return []row{
		{attribute: "version", values: of(`"2.5"`, `"3.1"`, ""), facts: untouched("version")},
		{
			attribute: "port", facts: untouched("port"),
			values: []value{{hcl: "80"}, {hcl: "81", also: []string{"endpoints"}}, {also: []string{"endpoints", "scheme"}}},
		},
		{
			attribute: "scheme", with: map[string]string{"port": "80"}, facts: untouched("scheme"),
			values: []value{{hcl: `"https"`}, {hcl: `"grpc"`, also: []string{"endpoints"}}, {also: []string{"endpoints"}}},
		},
		{
			attribute: "endpoints", facts: untouched("endpoints.port", "endpoints.scheme", "endpoints.path"),
			values: []value{
				{hcl: `{ default = { port = 80, scheme = "http", path = "/a" } }`},
				{hcl: `{ default = { port = 81, scheme = "https", path = "/b" } }`, also: []string{"path", "port", "scheme"}},
				{also: []string{"path", "port", "scheme"}},
			},
		},
		{attribute: "deletion_protection", values: of("", "true", "false"), facts: untouched("deletion_protection")},
		{attribute: "renamed_from", values: of(`"earlier"`, `"before"`, ""), facts: untouched("renamed_from")},
		{attribute: "pull", values: of(`"never"`, `"missing"`, ""), facts: untouched("pull")},
		{attribute: "strategy", values: of(`"rolling"`, `"recreate"`, ""), facts: untouched("strategy")},
		{attribute: "freeze_timeout", values: of(`"10s"`, `"0s"`, ""), facts: untouched("freeze_timeout")},
		{
			attribute: "timeouts", facts: untouched("timeouts.create", "timeouts.update", "timeouts.delete"),
			values: of(`{ create = "2m", update = "2m", delete = "2m" }`, `{ create = "3m", update = "3m", delete = "3m" }`, ""),
		},
	}
}
