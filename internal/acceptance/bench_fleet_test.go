package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

const (
	// teamSize is how many apps there are of each team.
	teamSize = 16
	// promised is how many times what it takes at least a plan may take, where there is much to plan.
	promised = 1.5
	// many is from how many apps on that is so.
	many = 500
)

// BenchmarkFleet applies, plans, changes and destroys many apps on the real
// engine, and compares that with the bare calls that do the same, and plans of
// terraform with those through a provider that does nothing.
func BenchmarkFleet(b *testing.B) {
	testenv.Image(b, "busybox:stable")
	charts := fleetCharts{
		applies:    chart{title: "Apply of all, on Docker", unit: "seconds", of: "apps"},
		plans:      chart{title: "Plan with nothing to do, on Docker", unit: "milliseconds", of: "apps"},
		terraforms: chart{title: "terraform plan with nothing to do, on Docker", unit: "seconds", of: "apps"},
		memory:     chart{title: "Memory of a plan with nothing to do, on Docker", unit: "megabytes", of: "apps"},
	}
	parallel := 0
	for _, apps := range []int{64, 128, 256, 512} {
		b.Run(fmt.Sprintf("%d-apps", apps), func(b *testing.B) {
			f := &fleetBench{newCommandDir(b), &charts, apps}
			if parallel == 0 {
				parallel = bestParallel(b)
			}
			f.applies(b, parallel)
			f.plans(b)
			f.terraforms(b)
			f.changes(b)
			b.ReportMetric(f.destroy().Seconds(), "destroy-s")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("promises", charts.broken.fail)
	charts.applies.draw(b, "docker-apply")
	charts.plans.draw(b, "docker-plan")
	charts.terraforms.draw(b, "docker-terraform")
	charts.memory.draw(b, "docker-memory")
}

type fleetCharts struct {
	applies, plans, terraforms, memory chart
	broken                             promises
}

// fleetBench is a project with many apps on the real engine.
type fleetBench struct {
	*commandDir
	charts *fleetCharts
	apps   int
}

// teams is the configuration of the apps, the last of them with another
// variable. The first of each team is what the others of it need, and needs the
// first of another team, of which four need the same.
func (f *fleetBench) teams(turn int) string {
	var out strings.Builder
	out.WriteString("terraform {\n  required_providers {\n    bayplan = { source = \"bayplan/bayplan\" }\n  }\n}\n")
	for i := range f.apps {
		team := i / teamSize
		rest := fmt.Sprintf("relationships = { first = bayplan_relationship.team%d }", team)
		if i%teamSize == 0 {
			rest = "port = 80"
			if team > 0 {
				rest += fmt.Sprintf("\n  relationships = { upstream = bayplan_relationship.team%d }", (team-1)/4)
			}
			fmt.Fprintf(&out, "resource \"bayplan_relationship\" \"team%[1]d\" {\n  name = \"team%[1]d\"\n  target = bayplan_app.app%[2]d\n}\n", team, i)
		}
		if i == f.apps-1 {
			rest += fmt.Sprintf("\n  env = { TURN = \"%d\" }", turn)
		}
		fmt.Fprintf(&out, `
resource "bayplan_app" "app%[1]d" {
  name        = "app%[1]d"
  image       = "busybox:stable"
  command     = ["sleep", "86400"]
  stop_signal = "SIGKILL"
  memory      = "16m"
  egress      = false
  %[2]s
}
`, i, rest)
	}
	return out.String()
}

func (f *fleetBench) apply() time.Duration { return f.run("apply", "--auto-approve") }

// destroy removes the apps, few at once: of many that leave a network at the same time,
// an engine may count one too few, and keep the network (moby#42119).
func (f *fleetBench) destroy() time.Duration {
	return f.run("destroy", "--auto-approve", "--allow", "removes,downtime", "--parallelism", "2")
}

// bestParallel returns how many bare calls at once are fastest, for the least of the fleets.
func bestParallel(b *testing.B) int {
	b.Helper()
	f := &fleetBench{newCommandDir(b), nil, 64}
	f.write(f.teams(1))
	f.apply()
	copied := newBareCopy(f.commandDir)
	f.destroy()
	return best([]int{4, 8, 16}, copied.up)
}

// applies compares one apply with one making of the same by bare calls, either
// where nothing else is of the project, and leaves what it has applied.
func (f *fleetBench) applies(b *testing.B, parallel int) {
	b.Helper()
	f.write(f.teams(1))
	f.apply()
	copied := newBareCopy(f.commandDir)
	f.destroy()
	bare := copied.up(parallel)
	ours := f.apply()
	f.charts.applies.add("bayplan apply", f.apps, ours.Seconds())
	f.charts.applies.add("bare calls", f.apps, bare.Seconds())
	b.ReportMetric(ours.Seconds(), "apply-s")
	b.ReportMetric(bare.Seconds(), "bare-apply-s")
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "apply-ratio")
}

// plans compares plans that find nothing to do with reading what is live.
func (f *fleetBench) plans(b *testing.B) {
	b.Helper()
	read := func(parallel int) time.Duration { return f.read(b.Context(), parallel) }
	parallel := best([]int{1, 2, 4, 8, 16}, read)
	var took comparison
	for range pairs {
		took.add(read(parallel), f.run("plan"))
	}
	ours, bare := took.medians()
	memory := float64(f.measure("plan").memory) / 1e6
	f.charts.plans.add("bayplan plan", f.apps, 1e3*ours.Seconds())
	f.charts.plans.add("bare calls", f.apps, 1e3*bare.Seconds())
	f.charts.memory.add("bayplan plan", f.apps, memory)
	b.ReportMetric(1e3*ours.Seconds(), "plan-ms")
	b.ReportMetric(1e3*bare.Seconds(), "bare-plan-ms")
	b.ReportMetric(took.ratio(), "plan-ratio")
	b.ReportMetric(memory, "plan-MB")
	if f.apps >= many {
		f.charts.broken = append(f.charts.broken, took.within(b, fmt.Sprintf("a plan of %d apps", f.apps), promised)...)
	}
}

// changes reports what a plan takes when one of the apps has changed, and its apply.
func (f *fleetBench) changes(b *testing.B) {
	b.Helper()
	f.write(f.teams(2))
	var took []time.Duration
	for range pairs {
		took = append(took, f.run("plan"))
	}
	b.ReportMetric(1e3*median(took).Seconds(), "change-plan-ms")
	b.ReportMetric(f.apply().Seconds(), "change-apply-s")
	f.run("plan", "--detailed-exitcode")
}
