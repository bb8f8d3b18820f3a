package runtimetest

import (
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var readingPromises = []promise{
	{"a workload reads back as it was declared", workloadReadsBack},
	{"what was not declared is not read", undeclaredIsNotRead},
	{"memory is set, changed and taken away", updates("memory", topology.Size("32m"), topology.Size("64m"), topology.Size(""))},
	{"processors are set, changed and taken away", updates("cpus", 0.5, 0.25, 0.0)},
	{"the number of processes is set, changed and taken away", updates("pids", topology.Limit(64), topology.Limit(128), topology.Unlimited)},
	{"the restart policy is set and changed", updates("restart", topology.Restart("always"), topology.Restart("on-failure:3"), topology.Restart("no"))},
	{"an instance that is not there is not updated", func(b *bench) {
		b.fails(plan.UpdateInstance{Name: b.scope.InstanceName(web, 1, 1), Settings: []plan.Setting{
			{Path: "HostConfig.Memory", Value: topology.Size("64m")},
		}})
	}},
}

// full has something in every field that an app or service can have.
func (b *bench) full() topology.Workload {
	w := b.workload("3600")
	w.RenamedFrom = "site"
	w.Type, w.Version = "busybox:1", "1.36"
	w.Entrypoint, w.User, w.WorkingDir = []string{"sleep"}, "1000:1000", "/"
	w.Build = &topology.Build{Context: "app", Dockerfile: "Dockerfile", Target: "run", Args: map[string]string{"A": "1"}}
	w.BaseImages = map[string]string{"debian:12": "sha256:" + zeros}
	w.Env = map[string]string{"A": "1", "EMPTY": "", "TEXT": "a=b c\nd \"e\" ${f} é"}
	w.CredentialsVersion = 2
	w.Configuration = map[string]string{"max_connections": "33"}
	w.Labels = map[string]string{"team": "shop", "note": "a \"b\" \\ é"}
	w.Secrets, w.SecretsVersion = map[string]topology.Secret{"token": {Print: "print"}}, "3"
	w.Relationships = map[string]topology.Reference{"database": {
		Address: topology.Address{Kind: topology.KindRelationship, Name: "db"}, TargetAddress: db,
		Host: "db.internal", Port: 5432, Scheme: "postgresql", Path: "main", Username: "main", Database: "main",
		Version: "15", Condition: topology.ConditionHealthy,
		Endpoints: map[string]topology.Endpoint{"default": {Port: 5432, Scheme: "postgresql", Path: "main"}},
	}, "outside": {Host: "example.com", Port: 443}}
	w.Mounts = map[string]topology.Mount{
		"/data": {Volume: b.scope.Environment + "/data", ReadOnly: true}, "/scratch": {Tmpfs: "1.5m"},
	}
	w.ReadOnly, w.Init, w.Egress, w.Job, w.DeletionProtection, w.AllowDowngrade = true, true, true, true, true, true
	w.Capabilities, w.SecurityOpt = []string{"CHOWN", "NET_RAW"}, []string{"seccomp=unconfined"}
	w.Ports = []string{"18080:8080", "0.0.0.0:18443:8443/udp"}
	w.CPUs, w.Memory, w.Pids, w.Restart = 0.5, "64m", 32, "on-failure:2"
	w.Healthcheck = &topology.Healthcheck{
		Test: []string{"true"}, Interval: "1.5s", Timeout: "900ms", Retries: 2, StartPeriod: "1m",
	}
	w.StopGracePeriod = "1m30s"
	w.Strategy, w.FreezeTimeout, w.Pull = topology.StrategyRolling, "20s", topology.PullMissing
	w.Hooks = &topology.HookCommands{Deploy: []string{"true"}, PostDeploy: []string{"echo", "done"}}
	w.Timeouts = &topology.Timeouts{Create: "3m", Update: "90s", Delete: "1h"}
	w.Port, w.Scheme, w.DataVolume = 8080, "http", b.scope.DataVolumeName("web")
	w.Endpoints = map[string]topology.Endpoint{"admin": {Port: 9000, Scheme: "http", Path: "/admin"}}
	return w
}

func workloadReadsBack(b *bench) {
	w := b.full()
	for _, f := range plan.WorkloadFields {
		if f.Get(&w).IsZero() {
			b.Errorf("field %s has no value to read back", f.Name)
		}
	}
	name := b.scope.InstanceName(web, 1, 1)
	b.do(plan.CreateInstance{Name: name, Container: b.container(w)})
	b.same("workload", b.instance(name).Workload, meant(w))
	b.do(plan.StartInstance{Name: name})
	b.same("workload once started", b.instance(name).Workload, meant(w))
}

// meant spells what the engine keeps as a number as reading it back does.
func meant(w topology.Workload) topology.Workload {
	if bytes, err := w.Memory.Bytes(); err == nil {
		w.Memory = topology.SizeOf(bytes)
	}
	if d, err := w.StopGracePeriod.Value(); err == nil && d > 0 {
		w.StopGracePeriod = topology.Duration(d.String())
	}
	return w
}

// undeclaredIsNotRead gives a container what a catalog would, beyond what was
// declared.
func undeclaredIsNotRead(b *bench) {
	w := b.workload()
	c := b.container(w)
	c.Settings = append(c.Settings,
		plan.Setting{Path: "Config.User", Value: "1000"}, plan.Setting{Path: "HostConfig.ReadonlyRootfs", Value: true})
	c.Env = append(c.Env, "SECRET=generated")
	c.Labels = map[string]string{"of": "the catalog"}
	c.Health = healthTest("true")
	name := b.scope.InstanceName(web, 1, 1)
	b.do(plan.CreateInstance{Name: name, Container: c})
	b.same("workload", b.instance(name).Workload, w)
}

// updates checks that a field which can change on a live container does, to
// each of the values in turn, before the first start and while it runs.
func updates(field string, values ...any) func(*bench) {
	return func(b *bench) {
		w := b.workload()
		created, running := b.create(1, 1), b.run(1, 2)
		id := b.instance(running).ID
		for _, name := range []string{created, running} {
			for _, value := range values {
				b.twice(plan.UpdateInstance{Name: name, Settings: []plan.Setting{{Path: pathOf(field), Value: value}}})
				i := b.instance(name)
				got := fieldOf(field).Get(&i.Workload).Interface()
				b.same(field+" of "+name, got, value)
			}
			b.same("all else of "+name, b.instance(name).Workload, w)
		}
		if i := b.instance(running); i.ID != id || i.Status != topology.StatusRunning {
			b.Errorf("the running instance is now %s, and %s was %s", i.Status, i.ID, id)
		}
	}
}

func pathOf(field string) string { return fieldOf(field).Path }

func fieldOf(name string) plan.Field {
	for _, f := range plan.WorkloadFields {
		if f.Name == name {
			return f
		}
	}
	panic("runtimetest: no field " + name)
}
