package acceptance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// appRows are the rows of bayplan_app.
func appRows(b *bench) []row {
	rows := append(append(workloadRows(b, "app"), buildRows()...),
		row{
			attribute: "name", effect: replaced,
			values: []value{
				{hcl: `"a-before"`, name: "a-before"},
				{hcl: `"a-after"`, name: "a-after", also: []string{"address", "host", "id", "target_address"}},
			},
			facts: []fact{{"name", names, []string{"a-before-1-1", "a-after-1-1"}}},
		},
		row{
			attribute: "image", effect: replaced,
			values: []value{{hcl: `"busybox:stable"`}, {hcl: fmt.Sprintf("%q", variantOf(b.project, "busybox:stable", "9.9")), also: []string{"image_digest", "version"}}},
			facts:  []fact{{"image", release, []string{"1.35.0", "9.9"}}},
		},
		row{
			attribute: "egress", effect: replaced, values: of("true", "false", ""),
			facts: []fact{{"egress", egress, []string{"true", "false", "true"}}},
		},
		row{
			attribute: "hooks", facts: untouched("hooks.deploy", "hooks.post_deploy"),
			values: of(`{ deploy = ["true"], post_deploy = ["true"] }`, `{ deploy = ["echo", "a"], post_deploy = ["echo", "b"] }`, ""),
		},
		row{
			attribute: "job", effect: replaced,
			with: map[string]string{
				// The first to come is done, the second stays.
				"command": `["sh", "-c", "[ -e /a/done ] && exec sleep 3600; touch /a/done"]`,
				"mounts":  `{ "/a" = { volume = bayplan_volume.one.id } }`,
			},
			values: []value{{hcl: "true"}, {also: []string{"condition", "restart", "status"}}},
			facts: []fact{{
				"job", func(o object) string { return o.one.State.Status + " " + restart(o) },
				[]string{"exited no 0", "running unless-stopped 0"},
			}},
		},
	)
	for i := range rows {
		rows[i].of = "app"
	}
	return rows
}

// buildRows are the attributes of a build. What its image is made of tells which it was.
func buildRows() []row {
	values := func(hcl ...string) []value {
		out := make([]value, len(hcl))
		for i, text := range hcl {
			out[i] = value{hcl: text, also: []string{"image", "image_digest"}}
		}
		return out
	}
	here := `context = "testdata/build",`
	rows := []row{
		{
			values: values("{ "+here+" }", `{ context = "testdata/build/second" }`, "{ "+here+" }"),
			facts:  []fact{{"build.context", env("FILE"), []string{"Dockerfile", "second/Dockerfile", "Dockerfile"}}},
		},
		{
			values: values("{ "+here+` dockerfile = "Other" }`, "{ "+here+` dockerfile = "second/Dockerfile" }`, "{ "+here+" }"),
			facts:  []fact{{"build.dockerfile", env("FILE"), []string{"Other", "second/Dockerfile", "Dockerfile"}}},
		},
		{
			values: values("{ "+here+` target = "first" }`, "{ "+here+` target = "second" }`, "{ "+here+" }"),
			facts:  []fact{{"build.target", env("STAGE"), []string{"first", "second", "second"}}},
		},
		{
			values: values("{ "+here+` args = { WHO = "a" } }`, "{ "+here+` args = { WHO = "b" } }`, "{ "+here+" }"),
			facts:  []fact{{"build.args", env("WHO"), []string{"a", "b", "nobody"}}},
		},
	}
	for i := range rows {
		rows[i].attribute, rows[i].effect, rows[i].with = "build", replaced, map[string]string{"image": ""}
	}
	return rows
}

// together are those attributes of a service that change in one go, since it
// is made like an app, of which each is changed by itself.
var together = []string{"user", "working_dir", "env", "labels", "read_only", "cpus", "pids", "capabilities", "security_opt", "version", "stop_grace_period", "deletion_protection", "timeouts", "freeze_timeout", "pull"}

// serviceRows are the rows of bayplan_service.
func serviceRows(b *bench) []row {
	cache := map[string]string{"image": "", "command": "", "stop_signal": "", "type": `"redis:7"`}
	rows := append(workloadRows(b, "service"),
		row{
			attribute: "name", effect: replaced, with: cache,
			values: []value{
				{hcl: `"s-before"`, name: "s-before"},
				{hcl: `"s-after"`, name: "s-after", also: []string{"address", "host", "id", "target_address"}},
			},
			facts: []fact{{
				"name", func(o object) string { return names(o) + " " + data(o) },
				[]string{"s-before-1-1 s-before.data", "s-after-1-1 s-before.data"},
			}},
		},
		row{
			attribute: "type", with: map[string]string{"image": `"redis:7"`, "command": "", "stop_signal": ""},
			values: []value{{hcl: `"redis:7"`}, {hcl: `"redis:7.2"`, also: []string{"version"}}},
			facts:  []fact{{"type", data, []string{"s-type.data"}}},
		},
		row{
			attribute: "configuration", effect: replaced, with: cache,
			values: of(`{ maxmemory = "32mb" }`, `{ appendonly = "yes", maxmemory = "64mb" }`, ""),
			facts: []fact{{
				"configuration", func(o object) string { return show(o.one.Config.Cmd) },
				[]string{`["--maxmemory","32mb"]`, `["--appendonly","yes","--maxmemory","64mb"]`, `["redis-server"]`},
			}},
		},
		row{
			attribute: "credentials_version", effect: replaced,
			with:   map[string]string{"image": "", "command": "", "stop_signal": "", "type": `"postgresql:15"`},
			values: []value{{hcl: "1"}, {hcl: "2", also: []string{"principal"}}, {also: []string{"principal"}}},
			facts: []fact{{"credentials_version", func(o object) string {
				for _, principal := range []string{o.name, o.name + "/1", o.name + "/2"} {
					if o.env("POSTGRES_PASSWORD") == derivedPassword(o.project, principal, "main") {
						return strings.TrimPrefix(principal, o.name)
					}
				}
				return "another"
			}, []string{"/1", "/2", ""}}},
		},
		row{attribute: "allow_downgrade", values: of("", "true", "false"), facts: untouched("allow_downgrade")},
		row{
			attribute: "image", effect: replaced, with: cache,
			values: []value{{}, {hcl: fmt.Sprintf("%q", variantOf(b.project, "redis:7", "9.9")), also: []string{"image_digest"}}, {also: []string{"image_digest"}}},
			facts:  []fact{{"image", func(o object) string { return show(release(o) == "9.9") + " " + data(o) }, []string{"false s-image.data", "true s-image.data", "false s-image.data"}}},
		},
		row{
			attribute: "egress", effect: replaced, values: of("false", "true", ""),
			facts: []fact{{"egress", egress, []string{"false", "true", "false"}}},
		},
	)
	for i := range rows {
		rows[i].of = "service"
		if slices.Contains(together, rows[i].attribute) {
			rows[i].group, rows[i].effect = "together", replaced
		}
	}
	return rows
}

// names are the names of the containers, without what is the same for all.
func names(o object) string {
	var out []string
	for _, c := range o.containers {
		out = append(out, strings.TrimPrefix(c.Name, "/"+o.project+"-default-"))
	}
	return strings.Join(out, " ")
}

// data is the volume at /data.
func data(o object) string {
	for _, m := range o.one.Mounts {
		if m.Destination == "/data" {
			return strings.TrimPrefix(m.Name, o.project+"-default-")
		}
	}
	return ""
}

// release is the version that the image's label tells.
func release(o object) string { return o.one.Config.Labels["org.opencontainers.image.version"] }

func egress(o object) string {
	for name := range o.one.NetworkSettings.Networks {
		if o.engine.networks[name].Labels["io.bayplan.kind"] == "egress" {
			return "true"
		}
	}
	return "false"
}

// variantOf is the tag of a variant of an image.
func variantOf(project, from, version string) string {
	name, _, _ := strings.Cut(from, ":")
	return fmt.Sprintf("%s/%s:%s", project, name, version)
}

// variant makes another image of the same content, with another version in its
// label, and returns its tag.
func (w *workspace) variant(from, version string) string {
	w.t.Helper()
	tag := variantOf(w.project, from, version)
	docker := w.engine.Docker
	made, err := docker.ContainerCreate(w.ctx(), &container.Config{Image: from, Cmd: []string{"true"}}, nil, nil, nil, "")
	if err != nil {
		w.t.Fatal(err)
	}
	defer docker.ContainerRemove(w.ctx(), made.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	inspected, err := docker.ImageInspect(w.ctx(), from)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = docker.ContainerCommit(w.ctx(), made.ID, container.CommitOptions{
		Reference: tag, Config: &container.Config{Cmd: inspected.Config.Cmd, Labels: map[string]string{"org.opencontainers.image.version": version}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.forget(tag)
	return tag
}

// forget removes a tag when the test ends, after the containers that run it.
func (w *workspace) forget(tag string) {
	t := w.t
	t.Cleanup(func() {
		if err := w.engine.RemoveProject(w.ctx(), w.project); err != nil {
			t.Error(err)
		}
		if _, err := w.engine.Docker.ImageRemove(w.ctx(), tag, image.RemoveOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// relationshipRows are the rows of bayplan_relationship.
func relationshipRows(_ *bench) []row {
	answering := func(o object) string { return answers(o, o.project+"-default-"+o.name, o.name+".internal") }
	consumer := func(name string) func(object) string {
		return func(o object) string {
			for _, c := range o.engine.containers {
				if c.Config.Labels["io.bayplan.name"] == "consumer" {
					return object{one: c}.env(name)
				}
			}
			return ""
		}
	}
	literal := func(version, condition string, n int, s string) string {
		return fmt.Sprintf(`{ address = "service.one", target_address = "service.one", host = "one.internal", port = %d, scheme = "s%s", path = "/%s",
			username = "u%s", principal = "p%s", database = "d%s", version = %q, condition = %q, endpoints = { more = { port = %d, scheme = "s%s", path = "/%s" } } }`,
			n, s, s, s, s, s, version, condition, n, s, s)
	}
	rows := []row{
		{
			attribute: "name",
			values: []value{
				{hcl: `"r-before"`, name: "r-before"},
				{hcl: `"r-after"`, name: "r-after", also: []string{"address", "host", "id", "network"}},
			},
			facts: []fact{{"name", func(o object) string {
				_, before := o.engine.networks[o.project+"-default-r-before"]
				return answering(o) + " " + show(before)
			}, []string{"one true", "one false"}}},
		},
		{
			attribute: "target",
			values:    []value{{hcl: "bayplan_service.one"}, {hcl: "bayplan_service.two", also: []string{"endpoints", "target_address", "version"}}},
			facts: []fact{
				{"target.address", answering, []string{"one", "two"}},
				{"target.target_address", answering, []string{"one", "two"}},
				{"target.host", answering, []string{"one", "two"}},
			},
		},
		{
			attribute: "target", with: written,
			values: []value{{hcl: literal("1", "started", 1, "a")}, {
				hcl:  literal("2", "healthy", 2, "b"),
				also: []string{"database", "endpoints", "path", "port", "principal", "scheme", "username", "version"},
			}},
			facts: append(untouched("target.version", "target.condition", "target.endpoints.port", "target.endpoints.scheme", "target.endpoints.path"),
				fact{"target.port", consumer("X_PORT"), []string{"1", "2"}},
				fact{"target.scheme", consumer("X_SCHEME"), []string{"sa", "sb"}},
				fact{"target.path", consumer("X_PATH"), []string{"/a", "/b"}},
				fact{"target.username", consumer("X_USERNAME"), []string{"ua", "ub"}},
				fact{"target.database", consumer("X_DATABASE"), []string{"da", "db"}},
				fact{"target.principal", func(o object) string {
					return show(slices.Contains([]string{derivedPassword(o.project, "pa", "ua"), derivedPassword(o.project, "pb", "ub")}, consumer("X_PASSWORD")(o)))
				}, []string{"true", "true"}},
			),
			extra: `
resource "bayplan_app" "consumer" {
  name          = "consumer"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { x = bayplan_relationship.target_version }
}
`,
		},
		{
			attribute: "endpoint", facts: untouched("endpoint"),
			values: []value{{hcl: `"default"`}, {hcl: `"admin"`, also: []string{"path", "port", "scheme"}}, {also: []string{"path", "port", "scheme"}}},
		},
		{attribute: "constraint", values: of(`">= 7"`, `"~> 7.1, < 8"`, ""), facts: untouched("constraint")},
		{attribute: "condition", values: of(`"started"`, `"completed"`, ""), facts: untouched("condition")},
	}
	for i := range rows {
		rows[i].of = "relationship"
	}
	return rows
}

// volumeRows are the rows of bayplan_volume.
func volumeRows(_ *bench) []row {
	made := func(read func(object, string) string) func(object) string {
		return func(o object) string { return read(o, o.project+"-default-"+o.name) }
	}
	rows := []row{
		{
			attribute: "name",
			values: []value{
				{hcl: `"v-before"`, name: "v-before"},
				{hcl: `"v-after"`, name: "v-after", also: []string{"address", "engine_name", "id"}},
			},
			facts: []fact{{"name", made(func(o object, name string) string {
				before := o.engine.volumes[o.project+"-default-v-before"]
				return show(o.engine.volumes[name] != nil) + show(before != nil)
			}), []string{"truetrue", "truefalse"}}},
		},
		{
			attribute: "driver", values: []value{{hcl: `"local"`}, {same: true}},
			facts: []fact{{"driver", made(func(o object, name string) string { return o.engine.volumes[name].Driver }), []string{"local"}}},
		},
		{
			attribute: "labels", values: of(`{ team = "a" }`, `{ team = "b" }`, ""),
			facts: []fact{{"labels", made(func(o object, name string) string { return o.engine.volumes[name].Labels["team"] }), []string{"a", "b", ""}}},
		},
		{
			attribute: "driver_opts",
			values:    of(`{ type = "tmpfs", device = "tmpfs", o = "size=1m" }`, `{ type = "tmpfs", device = "tmpfs" }`, ""),
			facts: []fact{{"driver_opts", made(func(o object, name string) string { return show(o.engine.volumes[name].Options) }), []string{
				`{"device":"tmpfs","o":"size=1m","type":"tmpfs"}`, `{"device":"tmpfs","type":"tmpfs"}`, `{"size":"0"}`,
			}}},
		},
		{attribute: "on_destroy", values: of(`"delete"`, `"retain"`, `"delete"`, ""), facts: untouched("on_destroy")},
		{attribute: "shared", values: of("true", "false", `true`, ""), facts: untouched("shared")},
	}
	for i := range rows {
		rows[i].of = "volume"
	}
	return rows
}
