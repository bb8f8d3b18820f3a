package acceptance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// chaosChain is a chain of three services, top -> middle -> base, and a volume
// under the last. Top has two more relationships, of which the second turn
// leads one elsewhere and removes the other.
const chaosChain = `
resource "bayplan_volume" "data" {
  name = "data"
}
resource "bayplan_service" "base" {
  name        = "base"
  type        = "redis:7"
  stop_signal = "SIGKILL"
  env         = { TURN = "@TURN" }
  mounts      = { "/data" = { volume = bayplan_volume.data.id } }
  healthcheck = { test = ["redis-cli", "ping"], interval = "5s", retries = 100 }
}
resource "bayplan_relationship" "first" {
  name   = "first"
  target = bayplan_service.base
}
resource "bayplan_service" "middle" {
  name          = "middle"
  image         = "busybox:stable"
  command       = ["httpd", "-f", "-p", "8080", "-h", "/etc"]
  stop_signal   = "SIGKILL"
  port          = 8080
  env           = { TURN = "@TURN" }
  relationships = { base = bayplan_relationship.first }
  healthcheck   = { test = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/passwd"], interval = "5s", retries = 100 }
}
resource "bayplan_relationship" "second" {
  name   = "second"
  target = bayplan_service.@TARGET
}
@THIRD
resource "bayplan_service" "top" {
  name          = "top"
  image         = "busybox:stable"
  command       = ["httpd", "-f", "-p", "8080", "-h", "/etc"]
  stop_signal   = "SIGKILL"
  port          = 8080
  env           = { TURN = "@TURN" }
  relationships = { middle = bayplan_service.middle, second = bayplan_relationship.second, @NEEDS }
  healthcheck   = { test = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/passwd"], interval = "5s", retries = 100 }
}
`

const chaosThird = `
resource "bayplan_relationship" "third" {
  name   = "third"
  target = bayplan_service.base
}
`

// chaosTurn returns the configuration of the first or of the second turn.
func chaosTurn(n int) string {
	if n == 1 {
		return strings.NewReplacer("@TURN", "1", "@TARGET", "middle", "@THIRD", chaosThird, "@NEEDS", "third = bayplan_relationship.third").Replace(chaosChain)
	}
	return strings.NewReplacer("@TURN", "2", "@TARGET", "base", "@THIRD", "", "@NEEDS", "").Replace(chaosChain)
}

// chaosDeed is what an apply is killed in the midst of.
type chaosDeed struct {
	name  string
	begin func(w *chaosRun) // brings about what the apply finds
	last  func(w *chaosRun) // writes the configuration that is applied
	args  []string          // of that apply
	check func(w *chaosRun) // looks at what users would, once it is applied
	// sample is at how many points it is killed when not all are tried.
	sample int
}

var chaosDeeds = []chaosDeed{
	{
		name: "create", sample: 5,
		begin: func(*chaosRun) {},
		last:  func(w *chaosRun) { w.write(chaosTurn(1)) },
		check: func(w *chaosRun) { w.top("wget -q -O - http://second.internal:8080/passwd", "root:") },
	},
	{
		name: "update", sample: 5,
		begin: func(w *chaosRun) {
			w.write(chaosTurn(1))
			w.apply()
			w.in("base", "echo precious >/data/file", "")
		},
		last: func(w *chaosRun) { w.write(chaosTurn(2)) },
		check: func(w *chaosRun) {
			w.top("echo PING | nc -w 2 second.internal 6379", "+PONG")
			w.in("base", "cat /data/file", "precious")
		},
	},
	{
		name: "replace", sample: 3,
		begin: func(w *chaosRun) {
			w.write(chaosTurn(1) + chaosFirst)
			w.apply()
			w.in("base", "echo precious >/data/file", "")
		},
		last: func(*chaosRun) {},
		args: replacing("bayplan_volume.data", "bayplan_service.base", "bayplan_service.middle", "bayplan_relationship.second", "bayplan_service.top"),
		check: func(w *chaosRun) {
			w.top("wget -q -O - http://second.internal:8080/passwd", "root:")
			w.in("base", "cat /data/file", "precious")
		},
	},
}

// chaosFirst is an app that, with all it needs, is created before it is
// destroyed when it is replaced.
const chaosFirst = `
resource "bayplan_app" "first" {
  name          = "first"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { top = bayplan_service.top }
  lifecycle {
    create_before_destroy = true
  }
}
`

// TestChaos kills terraform and the provider before and after each write to the
// engine, with BAYPLAN_CHAOS=full, or at a sample of these points. The next
// apply must bring about exactly what an undisturbed one does.
func TestChaos(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	others := newChaosOthers(t)
	t.Run("of", func(t *testing.T) {
		for _, d := range chaosDeeds {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				shape, writes := inPeace(t, d)
				size := d.sample
				if os.Getenv("BAYPLAN_CHAOS") == "full" {
					size = 2 * writes
				}
				for _, p := range chosenPoints(2*writes, size) {
					t.Run(p.String(), func(t *testing.T) {
						t.Parallel()
						disturbed(t, d, p, shape)
					})
				}
			})
		}
	})
	others.untouched(t)
}

// chaosPoint is a moment in an apply: before or after the n-th write, from 1.
type chaosPoint struct {
	after bool
	n     int
}

func (p chaosPoint) String() string {
	if p.after {
		return fmt.Sprintf("after-%02d", p.n)
	}
	return fmt.Sprintf("before-%02d", p.n)
}

// chosenPoints returns as many of all points as a sample has, spread evenly from
// the first to the last; of one the middle.
func chosenPoints(count, size int) []chaosPoint {
	size = min(size, count)
	var out []chaosPoint
	for k := range size {
		i := count / 2
		if size > 1 {
			i = k * (count - 1) / (size - 1)
		}
		out = append(out, chaosPoint{after: i%2 == 1, n: i/2 + 1})
	}
	return out
}

// inPeace does a deed in peace and returns what it brings about, and with
// how many writes.
func inPeace(t *testing.T, d chaosDeed) (shape []string, writes int) {
	w := newChaosRun(t)
	d.begin(w)
	d.last(w)
	w.proxy.Reset()
	w.apply(d.args...)
	writes = len(slices.DeleteFunc(w.proxy.Writes(), func(c testenv.Call) bool { return !isWrite(c) }))
	w.empty()
	d.check(w)
	shape = w.shape()
	w.leave()
	return shape, writes
}

// disturbed kills a deed at a point, and then does it again in peace.
func disturbed(t *testing.T, d chaosDeed, p chaosPoint, shape []string) {
	w := newChaosRun(t)
	d.begin(w)
	d.last(w)
	if w.killed(p, d.args...) {
		tried(t, trial{"crash points", "terraform: " + d.name, w.where()}, 1)
	}
	kept := w.keep()
	w.settled()
	d.check(w)
	if diff := cmp.Diff(shape, w.shape()); diff != "" {
		t.Errorf("it is not as after an undisturbed apply (-undisturbed +killed):\n%s", diff)
	}
	w.current()
	if kept {
		w.in("base", "cat /data/kept", "precious")
	}
	w.destroy()
	left := slices.DeleteFunc(w.objects(), isMarker)
	data := "volume " + w.project + "-default-data"
	if want := []string{data, data + ".written.1"}; !slices.Equal(left, want) {
		t.Errorf("destroy leaves %v, not %v", left, want)
	}
}

func isMarker(object string) bool { return strings.Contains(object, ".marker.") }
