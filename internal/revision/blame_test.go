package revision

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// made returns a revision that made web what the workload says.
func made(number int, w topology.Workload, changed ...string) Opened {
	c := NewContent(scope)
	c.Topology.Workloads[web] = w
	c.Hidden[web] = []string{`env["TOKEN"]`}
	return Opened{Content: c, Revision: Revision{
		Begun: Begun{Number: number, Changes: []Change{{Address: web, Action: "update", Fields: changed}}},
		Ended: Ended{Status: StatusDone, Ended: time.Unix(int64(number), 0), Outcomes: map[topology.Address]Outcome{web: {Outcome: OutcomeDone}}},
	}}
}

func TestBlame(t *testing.T) {
	env := func(log string) map[string]string { return map[string]string{"LOG": log, "TOKEN": "hunter2"} }
	failed := made(7, topology.Workload{Memory: "1g", Replicas: 1, Env: env("debug")}, "memory")
	failed.Outcomes[web] = Outcome{Outcome: "failed"}
	killed := made(8, topology.Workload{Memory: "2g", Replicas: 1}, "memory")
	killed.Ended = Ended{Status: StatusInterrupted}
	back := made(9, topology.Workload{Memory: "3g", Replicas: 1}, "memory")
	back.TakenBack = map[topology.Address]Outcome{web: {Outcome: OutcomeDone}}
	history := []Opened{
		made(3, topology.Workload{Memory: "64m", Replicas: 1, Restart: "no", Env: env("info")}, "replicas"),
		made(4, topology.Workload{Memory: "128m", Replicas: 1, Restart: "no", Env: env("info")}, "memory"),
		made(5, topology.Workload{Memory: "64m", Replicas: 1, Restart: "no", Env: env("debug")}, "memory", `env["LOG"]`),
		made(6, topology.Workload{Memory: "65536k", Replicas: 1, Env: env("debug")}, "restart"),
		failed, killed, back,
	}
	for field, want := range map[string][]string{
		"":          {`env["LOG"] 5`, `env["TOKEN"] 3 or before, hidden`, "replicas 3", "memory 5"},
		"memory":    {"memory 5"},
		"env":       {`env["LOG"] 5`, `env["TOKEN"] 3 or before, hidden`},
		"env.LOG":   {`env["LOG"] 5`},
		`env["LO"]`: nil,
		"restart":   nil,
	} {
		var got []string
		for _, set := range Blame(history, web, field) {
			line := fmt.Sprintf("%s %d", set.Name(), set.By.Number)
			if set.OrBefore {
				line += " or before"
			}
			if set.Hidden {
				line += ", hidden"
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("blame of %q (-want +got):\n%s", field, diff)
		}
	}
	renamed := made(10, topology.Workload{Name: "web", Memory: "64m"}, "name")
	renamed.Topology.Workloads = map[topology.Address]topology.Workload{site: {Name: "site", RenamedFrom: "web", Memory: "64m"}}
	for field, want := range map[string]int{"memory": 5, "name": 10} {
		if sets := Blame(append(history[:4:4], renamed), site, field); len(sets) != 1 || sets[0].By.Number != want {
			t.Errorf("blame of the %s of what was renamed: %v", field, sets)
		}
	}
	if sets := Blame(history, db, ""); sets != nil {
		t.Errorf("blame of what is not there: %v", sets)
	}
}
