package view

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

var (
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	old   = topology.Address{Kind: topology.KindApp, Name: "old"}
	cache = topology.Address{Kind: topology.KindService, Name: "cache"}
	data  = topology.Address{Kind: topology.KindVolume, Name: "data"}
	logs  = topology.Address{Kind: topology.KindVolume, Name: "logs"}
	scope = topology.Scope{Project: "shop", Environment: "default"}
)

// example is a plan with a change of each kind.
func example() Plan {
	toCache := topology.Reference{Address: cache, TargetAddress: cache, Host: "cache.internal", Port: 6379}
	moved := toCache
	moved.Port = 6380
	outside := topology.Reference{Host: "api.example.org", Port: 443}
	return Plan{
		Scope: scope, Engine: "unix:///var/run/docker.sock",
		Plan: plan.Plan{
			Changes: []plan.Change{
				{Address: cache, Action: plan.ActionCreate, Impact: plan.Impact{Create: 1, Unlocked: "redis:7@sha256:0123456789abcdef", Root: true}, Fields: []plan.FieldDiff{
					{Field: "name", New: "cache", Effect: plan.EffectReplace},
					{Field: "type", New: "redis:7"},
					{Field: "read_only", Old: false, New: true, Effect: plan.EffectReplace},
					{Field: "command", New: []string{"redis-server", "--save", ""}, Effect: plan.EffectReplace},
				}},
				{
					Address: web, Action: plan.ActionUpdate,
					Impact: plan.Impact{Replace: 1, Because: []string{"env[\"A\"]"}, Down: "both publish host port 80", Seconds: 21, Hits: []topology.Address{old}},
					Fields: []plan.FieldDiff{
						{Field: "image", Old: "web:1", New: "web:2"},
						{Field: "image_digest", Old: "web@sha256:0123456789abcdef", New: "web@sha256:fedcba9876543210", Effect: plan.EffectReplace},
						{Field: "env", Key: "A", Old: "1", New: "2", Effect: plan.EffectReplace},
						{Field: "env", Key: "PASSWORD", Old: "hunter2", New: "hunter3", Effect: plan.EffectReplace},
						{Field: "env", Key: "NEW", New: "hunter4", Effect: plan.EffectReplace},
						{Field: "relationships", Key: "api", Old: outside, New: toCache, Effect: plan.EffectReplace},
						{Field: "relationships", Key: "cache", Old: toCache, New: moved, Effect: plan.EffectReplace},
						{Field: "memory", Old: topology.Size("64m"), Effect: plan.EffectLive},
						{
							Field: "healthcheck", Old: &topology.Healthcheck{HTTP: ":80/", Interval: "5s"},
							New: &topology.Healthcheck{TCP: ":80", Interval: "5s"}, Effect: plan.EffectReplace,
						},
					},
				},
				{
					Address: data, Action: plan.ActionReplace, Impact: plan.Impact{DeletesData: []string{"shop-default-data"}},
					Fields: []plan.FieldDiff{{Field: "driver", Old: "local", New: "nfs", Effect: plan.EffectRenew}},
				},
				{Address: old, Action: plan.ActionDelete, Impact: plan.Impact{Remove: 2, KeepsData: []string{"shop-default-old.data"}}},
			},
			Steps: []plan.Step{
				{Address: cache, Op: plan.EnsureImage{Image: "redis:7"}},
				{Address: cache, Op: plan.CreateInstance{
					Name: "shop-default-cache-1-1", Container: plan.Container{Health: &plan.ContainerHealth{}},
				}, Needs: []int{0}},
				{Address: cache, Op: plan.StartInstance{Name: "shop-default-cache-1-1"}, Needs: []int{1}},
				{Address: cache, Op: plan.AwaitInstance{Name: "shop-default-cache-1-1", Condition: topology.ConditionHealthy}, Needs: []int{2}},
				{Address: web, Op: plan.CreateInstance{Name: "shop-default-web-2-1"}, Needs: []int{3}},
				{Address: web, Op: plan.StartInstance{Name: "shop-default-web-2-1"}, Needs: []int{4}},
				{Address: web, Op: plan.AwaitInstance{Name: "shop-default-web-2-1", Condition: topology.ConditionHealthy}, Needs: []int{5}},
				{Address: data, Op: plan.RemoveVolume{Name: "shop-default-data"}},
				{Address: old, Op: plan.StopInstance{Name: "shop-default-old-1-1"}},
			},
		},
		Kept: []topology.LiveVolume{
			{Name: "shop-default-logs", Address: logs}, {Name: "shop-default-old.data", Address: old}, // of which a change tells
		},
		Background: background(),
	}
}

// background tells of the example all that there can be.
func background() map[topology.Address]Background {
	at := func(line int) Cause { return Cause{Kind: plan.CauseConfiguration, Place: Place{"main.tf", line}} }
	return map[topology.Address]Background{
		cache: {Place: Place{"main.tf", 1}, Fields: map[string]Field{"read_only": {Default: true}}},
		web: {
			Place: Place{"main.tf", 7}, NeededBy: []topology.Address{old},
			Fields: map[string]Field{
				"image":                  {Cause: at(9)},
				"image_digest":           {Cause: Cause{Kind: plan.CauseTag, Place: Place{"main.tf", 9}}},
				`env["A"]`:               {Cause: at(12), Hidden: HiddenOld},
				`env["PASSWORD"]`:        {Cause: at(13), Hidden: HiddenBoth},
				`env["NEW"]`:             {Cause: at(14), Hidden: HiddenBoth},
				`relationships["api"]`:   {Cause: at(16)},
				`relationships["cache"]`: {Cause: Cause{Kind: plan.CauseChange, Address: cache, Place: Place{"main.tf", 3}}},
				"memory":                 {Cause: at(7)},
				"healthcheck":            {Cause: Cause{Kind: plan.CauseDrift}},
			},
		},
		data: {Fields: map[string]Field{"driver": {Cause: at(20)}}},
	}
}

func TestWritePlan(t *testing.T) {
	var plain, coloured, machine, empty bytes.Buffer
	WritePlan(&plain, Style{}, example())
	golden(t, "plan.txt", plain.Bytes())
	WritePlan(&coloured, Style{Colour: true}, example())
	golden(t, "plan_coloured.txt", coloured.Bytes())
	err := WritePlanJSON(&machine, example(), []Resource{{Address: "bayplan_app.web", Type: "bayplan_app"}}, map[string]Output{"url": {Value: "http://"}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.json", machine.Bytes())
	WritePlan(&empty, Style{}, Plan{Scope: scope, Engine: "tcp://far:2376"})
	WritePlan(&empty, Style{}, Plan{Scope: scope, Engine: "tcp://far:2376", Destroy: true})
	WritePlan(&empty, Style{}, Plan{Scope: scope, Engine: "tcp://far:2376", Drift: true})
	drift := example()
	drift.Drift, drift.Changes, drift.Kept = true, drift.Changes[1:2], nil
	WritePlan(&empty, Style{}, drift)
	golden(t, "plan_empty.txt", empty.Bytes())
	for _, out := range []*bytes.Buffer{&plain, &coloured, &machine} {
		if bytes.Contains(out.Bytes(), []byte("hunter")) {
			t.Error("a secret is shown")
		}
	}
}

func TestWriteOutcome(t *testing.T) {
	var out bytes.Buffer
	WriteOutcome(&out, Style{}, example(), apply.Result{}, 1500*time.Millisecond, false)
	result := apply.Result{web: apply.OutcomeFailed, old: apply.OutcomeAbandoned, cache: apply.OutcomeDone}
	WriteOutcome(&out, Style{}, example(), result, time.Second, false)
	WriteOutcome(&out, Style{}, example(), result, time.Second, true)
	back := example()
	back.Back = true
	WriteOutcome(&out, Style{}, back, apply.Result{}, time.Second, false)
	if err := WriteOutcomeJSON(&out, example(), result, apply.Result{cache: apply.OutcomeDone}, []string{"app.web: it failed"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "outcome.txt", out.Bytes())
}

func TestWriteStatus(t *testing.T) {
	status := Status{Scope: scope, Rows: []StatusRow{
		{Address: web, Configured: true, State: "healthy", Wanted: 2, Live: 2, Runs: "shop:1.0", Ports: []string{"8080:80"}},
		{Address: cache, Configured: true, State: "running", Wanted: 1, Live: 1, Runs: "redis:7", Differs: []string{"memory"}, Impact: "changes memory live"},
		{Address: data, Configured: true, State: "absent", Impact: "to be applied", Differs: []string{"driver"}},
		{Address: old, State: "running", Live: 1, Runs: "shop:0.9", Impact: "removes 1 instance"},
		{Address: logs, State: "present", Runs: "shop-default-logs"},
	}}
	var out bytes.Buffer
	for _, s := range []Status{status, {Scope: scope}} {
		if err := WriteStatus(&out, Style{}, s); err != nil {
			t.Fatal(err)
		}
		if err := WriteStatusJSON(&out, s); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "status.txt", out.Bytes())
}
