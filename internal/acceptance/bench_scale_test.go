package acceptance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
)

const (
	// growthLimit is the largest exponent of a growth that passes for N log N.
	growthLimit = 1.15
	// timeLimit and memoryLimit are what a plan of ten thousand instances may take:
	// seconds of processors, and megabytes.
	timeLimit, memoryLimit = 3, 500
)

// BenchmarkScale makes many instances on an engine in memory and plans for them, as
// a whole process behind the real client: when there is nothing to do, after one
// change, and when the image of all has another digest. That last plan is applied,
// too, where there are not too many of them to wait for.
func BenchmarkScale(b *testing.B) {
	charts := scaleCharts{
		times:   chart{title: "Processor time of a plan, on an engine in memory", unit: "seconds", of: "instances"},
		memory:  chart{title: "Memory of a plan, on an engine in memory", unit: "megabytes", of: "instances"},
		applies: chart{title: "Processor time of an apply, on an engine in memory", unit: "seconds", of: "instances"},
	}
	for _, size := range []struct {
		apps, replicas int
		apply          bool
	}{{25, 20, true}, {75, 20, true}, {250, 20, false}, {500, 20, false}} {
		b.Run(fmt.Sprintf("%d-instances", size.apps*size.replicas), func(b *testing.B) {
			s := newScaleBench(b, size.apps, size.replicas, &charts)
			s.plans(b, "nothing", s.config(0))
			s.plans(b, "change", s.config(1))
			s.memory.AddImage("busybox:stable", engine.Ordinary)
			s.plans(b, "image", s.config(0))
			if size.apply {
				s.applies(b, "new image")
				s.run("plan", "--detailed-exitcode")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("growth", charts.growth)
	b.Run("promises", charts.broken.fail)
	charts.times.draw(b, "memory-plan-time")
	charts.memory.draw(b, "memory-plan-memory")
	charts.applies.draw(b, "memory-apply-time")
}

// scaleCharts holds what plans and applies took, by the number of instances.
type scaleCharts struct {
	times, memory, applies chart
	broken                 promises
}

// growth reports the exponents of what plans and applies take.
func (c *scaleCharts) growth(b *testing.B) {
	for i, of := range []string{"time", "memory", "apply"} {
		for _, l := range []*chart{&c.times, &c.memory, &c.applies}[i].lines {
			if len(l.values) < 2 {
				continue // of one size only
			}
			exponent := l.exponent()
			b.ReportMetric(exponent, strings.ReplaceAll(l.name, " ", "-")+"-"+of+"-exponent")
			if exponent > growthLimit {
				c.broken = append(c.broken, fmt.Sprintf("%s: %s grows with the power %.2f of the instances, more than %g", l.name, of, exponent, growthLimit))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

// scaleBench is a project with many instances, on an engine in memory.
type scaleBench struct {
	*commandDir
	memory         *engine.Engine
	apps, replicas int
	charts         *scaleCharts
}

func newScaleBench(b *testing.B, apps, replicas int, charts *scaleCharts) *scaleBench {
	b.Helper()
	memory := engine.New()
	memory.AddImage("busybox:stable", engine.Ordinary)
	env := testenv.At(b, testenv.Serve(b, memory))
	s := &scaleBench{&commandDir{tb: b, engine: env, project: "scale", dir: b.TempDir()}, memory, apps, replicas, charts}
	s.env = append(os.Environ(), "DOCKER_HOST="+env.Host, "BAYPLAN_KEY="+testKey)
	s.write(s.config(0))
	s.applies(b, "all new")
	return s
}

// applies reports what an apply takes, once.
func (s *scaleBench) applies(b *testing.B, name string) {
	b.Helper()
	used := s.measure("apply", "--auto-approve", "--parallelism", "64")
	s.charts.applies.add(name, s.apps*s.replicas, used.cpu.Seconds())
	name = strings.ReplaceAll(name, " ", "-") + "-apply"
	b.ReportMetric(used.took.Seconds(), name+"-s")
	b.ReportMetric(used.cpu.Seconds(), name+"-cpu-s")
	b.ReportMetric(float64(used.memory)/1e6, name+"-MB")
}

// config is the apps, each of which but the first needs another, with so many of
// them changed. Four need the same, so that they are told in waves.
func (s *scaleBench) config(changed int) string {
	var out strings.Builder
	for i := range s.apps {
		turn, needs := 1, ""
		if i >= s.apps-changed {
			turn = 2
		}
		if i > 0 {
			needs = fmt.Sprintf("relationships = { upstream = bayplan_app.a%d }", (i-1)/4)
		}
		fmt.Fprintf(&out, `
resource "bayplan_app" "a%[1]d" {
  name        = "a%[1]d"
  image       = "busybox:stable"
  command     = ["httpd", "-f", "-p", "8080"]
  port        = 8080
  replicas    = %[2]d
  env         = { TURN = "%[3]d" }
  %[4]s
  healthcheck = { test = ["true"] }
}
`, i, s.replicas, turn, needs)
	}
	return out.String()
}

// plans reports the medians of what a plan takes: time, processor time and
// memory, and the calls that it makes and the bytes that it reads.
func (s *scaleBench) plans(b *testing.B, name, config string) {
	b.Helper()
	const runs = 3
	s.write(config)
	var took, cpu []time.Duration
	var most int64
	for range runs {
		used := s.measure("plan")
		took, cpu, most = append(took, used.took), append(cpu, used.cpu), max(most, used.memory)
	}
	proxy := testenv.ProxyTo(b, s.engine.Host, nil)
	through := *s.commandDir
	through.env = append(slices.Clone(s.env), "DOCKER_HOST="+proxy.Host())
	through.run("plan")
	b.ReportMetric(median(took).Seconds(), name+"-s")
	b.ReportMetric(median(cpu).Seconds(), name+"-cpu-s")
	b.ReportMetric(float64(most)/1e6, name+"-MB")
	b.ReportMetric(float64(len(proxy.Calls())), name+"-calls")
	b.ReportMetric(float64(proxy.Bytes())/1e6, name+"-MB-read")
	instances := s.apps * s.replicas
	s.charts.times.add(name, instances, median(cpu).Seconds())
	s.charts.memory.add(name, instances, float64(most)/1e6)
	if seconds := median(cpu).Seconds(); seconds > timeLimit || float64(most)/1e6 > memoryLimit {
		s.charts.broken = append(s.charts.broken, fmt.Sprintf("a plan of %d instances (%s) takes %.1f s of processors and %.0f MB, more than %d or %d",
			instances, name, seconds, float64(most)/1e6, timeLimit, memoryLimit))
	}
}
