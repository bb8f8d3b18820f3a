package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// trial is a way in which tests try to break the product.
type trial struct {
	what   string // one of tallied
	of     string // the story that is killed, the fault, or who races
	engine string // "memory" or "real"
}

// tallied is what make chaos tries, each at least so often.
var tallied = []struct {
	what    string
	all     int
	real    int // of these on the real engine
	heading string
}{
	{"crash points", 500, 100, "Killed in the midst of"},
	{"faults", 2000, 200, "A call that"},
	{"races", 1, 1, "At once"},
	{"hurts to the host", 30, 30, "On a machine of its own"},
}

// tally counts trials, and the tests of each kind that failed.
type tally struct {
	mu         sync.Mutex
	begun      time.Time
	tried      map[trial]int
	violations map[trial]int
}

// chaos is the tally of all tests.
var chaos = tally{begun: time.Now(), tried: map[trial]int{}, violations: map[trial]int{}}

// tried counts n trials that a test makes, and that test as a violation if it fails.
func tried(t *testing.T, kind trial, n int) {
	t.Helper()
	chaos.add(chaos.tried, kind, n)
	t.Cleanup(func() {
		if t.Failed() {
			chaos.add(chaos.violations, kind, 1)
		}
	})
}

func (c *tally) add(to map[trial]int, kind trial, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	to[kind] += n
}

// sum adds up the counts of something; "" is all there is.
func sum(counts map[trial]int, what, of, engine string) (n int) {
	for kind, count := range counts {
		if (what == "" || kind.what == what) && (of == "" || kind.of == of) && (engine == "" || kind.engine == engine) {
			n += count
		}
	}
	return n
}

// report writes to a file what was tried, and whether tests passed. It is an error
// that something failed, or that less was tried than is said.
func (c *tally) report(file string, passed bool) error {
	var out strings.Builder
	violations := sum(c.violations, "", "", "")
	fmt.Fprintf(&out, "chaos: ")
	for _, of := range tallied {
		fmt.Fprintf(&out, "%d %s, ", sum(c.tried, of.what, "", ""), of.what)
	}
	fmt.Fprintf(&out, "%d violations, in %s\n", violations, time.Since(c.begun).Round(time.Second))
	if !passed && violations == 0 {
		fmt.Fprintf(&out, "\nA test failed before it had come to what it tries: see the log.\n")
	}
	for _, of := range tallied {
		fmt.Fprintf(&out, "\n%s", c.table(of.what, of.heading))
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		return err
	}
	if violations > 0 {
		return fmt.Errorf("chaos: %d violations", violations)
	}
	for _, of := range tallied {
		all, onTheReal := sum(c.tried, of.what, "", ""), sum(c.tried, of.what, "", "real")
		if all < of.all || onTheReal < of.real {
			return fmt.Errorf("chaos: %d %s, %d on a real engine; want %d and %d", all, of.what, onTheReal, of.all, of.real)
		}
	}
	return nil
}

// table lists what was tried of something, in Markdown.
func (c *tally) table(what, heading string) string {
	var names []string
	for kind := range c.tried {
		if kind.what == what {
			names = append(names, kind.of)
		}
	}
	slices.Sort(names)
	const row = "| %-34s | %9v | %11v | %10v |\n"
	var out strings.Builder
	fmt.Fprintf(&out, row, heading, "in memory", "real engine", "violations")
	fmt.Fprintf(&out, row, "---", "---:", "---:", "---:")
	for _, of := range append(slices.Compact(names), "") {
		name := of
		if of == "" {
			name = "**all**"
		}
		fmt.Fprintf(&out, row, name, sum(c.tried, what, of, "memory"), sum(c.tried, what, of, "real"), sum(c.violations, what, of, ""))
	}
	return out.String()
}

func TestATallyFailsOnAViolationAndOnTooFewTrials(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "chaos.md")
	counts := func(n int) map[trial]int {
		c := map[trial]int{}
		for _, of := range tallied {
			c[trial{of.what, "one", "real"}] = n
		}
		return c
	}
	enough := tally{tried: counts(2000), violations: counts(0)}
	if err := enough.report(file, true); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !regexp.MustCompile(`(?m)^\| \*\*all\*\* +\| +0 \| +2000 \| +0 \|$`).Match(text) {
		t.Errorf("%v, it reports\n%s", err, text)
	}
	for _, bad := range []*tally{{tried: counts(2000), violations: counts(1)}, {tried: counts(1999), violations: counts(0)}} {
		if bad.report(file, true) == nil {
			t.Errorf("%v is no error", bad.tried)
		}
	}
}
