package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// commandDir is a folder with a configuration, in which the command itself is
// run on a project of the test's own.
type commandDir struct {
	tb      testing.TB
	engine  *testenv.Env
	project string
	dir     string
	env     []string
}

func newCommandDir(tb testing.TB) *commandDir {
	tb.Helper()
	c := &commandDir{tb: tb, engine: testenv.Require(tb), project: testenv.Project(tb), dir: tb.TempDir()}
	c.env = append(os.Environ(), "DOCKER_HOST="+c.engine.Host, "BAYPLAN_KEY="+testKey)
	return c
}

// write makes the resources the configuration.
func (c *commandDir) write(resources string) {
	c.tb.Helper()
	text := fmt.Sprintf("provider \"bayplan\" {\n  project = %q\n}\n%s", c.project, resources)
	if err := os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(text), 0o600); err != nil {
		c.tb.Fatal(err)
	}
}

// run runs the command, which must exit with 0, and returns how long it took
// from its start to its end.
func (c *commandDir) run(args ...string) time.Duration {
	c.tb.Helper()
	return c.measure(args...).took
}

// usage is what a process took: time, of processors too, and at most so many
// bytes of memory.
type usage struct {
	took, cpu time.Duration
	memory    int64
}

// measure is run that tells more.
func (c *commandDir) measure(args ...string) usage {
	c.tb.Helper()
	cmd := exec.CommandContext(c.tb.Context(), filepath.Join(binary, "bayplan"), args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	return measured(c.tb, cmd)
}

// measured runs a program, which must exit with 0.
func measured(tb testing.TB, cmd *exec.Cmd) usage {
	tb.Helper()
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		tb.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	state := cmd.ProcessState
	used := usage{took: took, cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		used.memory = r.Maxrss * 1024
	}
	return used
}

// pairs is how often what takes long is compared.
const pairs = 5

// comparison holds what two ways to the same took, turn by turn.
type comparison struct{ bare, ours []time.Duration }

func (c *comparison) add(bare, ours time.Duration) {
	c.bare, c.ours = append(c.bare, bare), append(c.ours, ours)
}

// medians returns those of ours and of the bare.
func (c *comparison) medians() (ours, bare time.Duration) { return median(c.ours), median(c.bare) }

// ratio is how many times the bare ours took, by the medians.
func (c *comparison) ratio() float64 { return float64(median(c.ours)) / float64(median(c.bare)) }

// within logs the medians, and returns what is not kept of a promise.
func (c *comparison) within(b *testing.B, what string, limit float64) promises {
	b.Helper()
	ours, floor := c.medians()
	said := fmt.Sprintf("%s: %s, at least %s: %.2f times", what, ours.Round(time.Millisecond/10), floor.Round(time.Millisecond/10), c.ratio())
	if b.Log(said); c.ratio() > limit {
		return promises{fmt.Sprintf("%s, more than %g", said, limit)}
	}
	return nil
}

// report reports the medians and their ratio, which must not be above a limit.
func (c *comparison) report(b *testing.B, what string, limit float64) {
	b.Helper()
	ours, bare := c.medians()
	b.ReportMetric(float64(ours.Nanoseconds()), "ns/op")
	b.ReportMetric(float64(bare.Nanoseconds()), "bare-ns/op")
	b.ReportMetric(c.ratio(), "ratio")
	for _, broken := range c.within(b, what, limit) {
		b.Error(broken)
	}
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// best returns the parallelism with the shortest median of a few runs.
func best(of []int, run func(parallel int) time.Duration) int {
	const runs = 3
	took := map[int]time.Duration{}
	for _, parallel := range of {
		var all []time.Duration
		for range runs {
			all = append(all, run(parallel))
		}
		took[parallel] = median(all)
	}
	return slices.MinFunc(of, func(a, b int) int { return int(took[a] - took[b]) })
}

// promises are those that were not kept, each as a sentence. A benchmark that
// fails loses its figures: what has several tells in a last one.
type promises []string

func (p promises) fail(b *testing.B) {
	for _, broken := range p {
		b.Error(broken)
	}
	b.ReportMetric(0, "ns/op")
}
