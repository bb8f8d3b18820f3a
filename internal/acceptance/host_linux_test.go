package acceptance

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// hostStage tells stories on a machine that is hurt in the midst of them, one
// after the other and each in a project of its own.
type hostStage struct{ machine *testenv.Machine }

func newHostStage(t *testing.T, args ...string) hostStage {
	t.Helper()
	return hostStage{testenv.NewMachine(t, []string{"busybox:stable", "redis:7"}, args...)}
}

// run returns a run in a project that is removed when the test ends.
func (h hostStage) run(t *testing.T) *chaosRun {
	t.Helper()
	w := &chaosRun{
		workspace: &workspace{t: t, engine: h.machine.Env, project: "t" + strings.ToLower(rand.Text()[:8]), dir: t.TempDir()},
		proxy:     testenv.ProxyTo(t, h.machine.Host, nil),
	}
	w.env = append(os.Environ(), "BAYPLAN_KEY="+testKey)
	w.through(w.proxy)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		if err := h.machine.RemoveProject(ctx, w.project); err != nil {
			t.Errorf("clean up project %s: %v", w.project, err)
		}
	})
	return w
}

func (h hostStage) enter(t *testing.T, s crashStory) *chaosRun {
	t.Helper()
	w := h.run(t)
	w.come(s)
	return w
}

// hurt is what becomes of a machine in the midst of a deed.
type hurt struct {
	name string
	// around is what is done around a write of the deed. It says when that is over.
	around func(p *testenv.Proxy, over chan<- error) testenv.Action
	// heals is done after the deed, nil for nothing.
	heals func() error
	says  string // what is said where the deed fails by it
	// ends says that the engine itself leaves down what it did not before.
	ends bool
}

// hurts does the deed of a story on a machine that is hurt around the n-th write
// and then heals, and does the deed again.
func (h hostStage) hurts(t *testing.T, s crashStory, by hurt, n int, undisturbed peace) {
	w := h.enter(t, s)
	before := w.scene()
	var writes atomic.Int32
	over := make(chan error, 1)
	w.proxy.SetHook(func(c testenv.Call) testenv.Action {
		if !isWrite(c) || int(writes.Add(1)) != n {
			return testenv.Forward()
		}
		return by.around(w.proxy, over)
	})
	deed, stdout, stderr := w.prepare(s.deed...)
	err := deed.Run()
	w.proxy.SetHook(nil)
	if int(writes.Load()) < n {
		t.Fatalf("it makes %d writes, not %d: %v\n%s%s", writes.Load(), n, err, stdout, stderr)
	}
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	if !by.ends {
		w.keeps(undisturbed.promise, before, w.scene(), undisturbed.after)
	}
	if by.heals != nil {
		if err := by.heals(); err != nil {
			t.Fatal(err)
		}
	}
	w.released(stderr.String())
	switch code := deed.ProcessState.ExitCode(); {
	case err == nil && !by.ends:
		if diff := cmp.Diff(undisturbed.shape, w.form()); diff != "" {
			t.Errorf("it succeeds, and is not as after an undisturbed one (-undisturbed +disturbed):\n%s", diff)
		}
	case err != nil && (code != 1 || !regexp.MustCompile(`^(bayplan: |Error: ).*(`+by.says+`)`).MatchString(flat(stderr.String()))):
		t.Errorf("it exits with %d and says\n%s", code, stderr)
	}
	t.Logf("it ended with %v\n%s", err, stderr)
	cut := w.cutShort(s)
	w.lostCount(s)
	w.unlocked(s)
	h.cutStarts(w, s.again)
	w.recovers(s, undisturbed)
	if !cut {
		w.whole()
	}
}

// cutShort removes, as it is said to, the volumes that the engine has made and not
// labelled, since it ended meanwhile, and reports whether there were any.
func (w *chaosRun) cutShort(s crashStory) bool {
	w.t.Helper()
	all, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	cut := false
	for _, v := range all.Volumes {
		if !strings.HasPrefix(v.Name, w.project) || len(v.Labels) > 0 {
			continue
		}
		cut = true
		// A revision of that number is left out; all else is in the way, and that is said.
		if !strings.Contains(v.Name, "-revision.") && !strings.Contains(w.bayplanRefuses(s.again...), v.Name) {
			w.t.Errorf("the volume %s has no labels, and nothing says so", v.Name)
		}
		if err := w.engine.Docker.VolumeRemove(w.ctx(), v.Name, false); err != nil {
			w.t.Fatal(err)
		}
	}
	return cut
}

// lostCount restarts, as it is said to, the containers that the engine takes for
// members of the network of none and has no endpoint of, since it ended meanwhile.
func (w *chaosRun) lostCount(s crashStory) {
	w.t.Helper()
	none, err := w.engine.Docker.NetworkInspect(w.ctx(), "none", network.InspectOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for name, c := range w.containers() {
		_, in := c.NetworkSettings.Networks["none"]
		if _, counted := none.Containers[c.ID]; !in || counted || !c.State.Running {
			continue
		}
		w.t.Logf("the engine has lost where %s is", name)
		if said := flat(w.bayplanRefuses(s.again...)); !strings.Contains(said, "docker restart "+name+", then apply again") {
			w.t.Errorf("the engine has lost where %s is, and nothing says so:\n%s", name, said)
		}
		if err := w.engine.Docker.ContainerRestart(w.ctx(), c.ID, container.StopOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// remedy is what is to be done about a container that can be started no more.
var remedy = regexp.MustCompile(`cannot start it any more(?:, and its process runs: (ctr --namespace moby tasks kill --signal KILL \w+) and |: )docker rm --force (\S+), then apply again`)

// bundles is where the runtime keeps what a container is started with.
const bundles = "/run/containerd/io.containerd.runtime.v2.task/moby/"

// cutStarts applies where something is left of starts that were cut short, does what
// is said to let the engine go on, and returns how many it was about.
func (h hostStage) cutStarts(w *chaosRun, apply []string) (found int) {
	w.t.Helper()
	for _, c := range w.containers() {
		if c.State.Running || h.machine.Inside("test", "-e", bundles+c.ID).Run() != nil {
			continue
		}
		again, stdout, stderr := w.prepare(apply...)
		if again.Run() == nil {
			return found // it was not needed any more
		}
		said := remedy.FindStringSubmatch(flat(stderr.String()))
		if said == nil {
			w.t.Fatalf("something is left of a start that was cut short, and nothing says so:\n%s%s", stdout, stderr)
		}
		found++
		if said[1] != "" {
			if text, err := h.machine.Inside(strings.Fields(said[1])...).CombinedOutput(); err != nil {
				w.t.Fatalf("%s: %v\n%s", said[1], err, text)
			}
		}
		testenv.Eventually(w.t, callLimit, "the removal of "+said[2], func() error { // the engine may be about to start it again
			return w.engine.Docker.ContainerRemove(w.ctx(), said[2], container.RemoveOptions{Force: true})
		})
	}
	return found
}

// hurtSample returns how many times each story is told on a machine, "" when an
// ordinary test does.
func hurtSample(counts map[string]map[string]int) map[string]int {
	return counts[os.Getenv("BAYPLAN_CHAOS")]
}

// each tells the stories of a sample, hurt in each of some ways in turn.
func (h hostStage) each(t *testing.T, sample map[string]int, by []hurt) {
	k := 0
	for _, s := range crashStories {
		if sample[s.name] == 0 {
			continue
		}
		undisturbed := peaceful(t, newMemoryStage(t, s), s)
		// On a real engine some images have been kept already.
		for _, p := range chosenPoints(2*(undisturbed.writes-2), sample[s.name]) {
			way := by[k%len(by)]
			k++
			t.Run(fmt.Sprintf("%s/%02d-%s", s.name, p.n, way.name), func(t *testing.T) {
				tried(t, trial{"hurts to the host", way.name, "real"}, 1)
				h.hurts(t, s, way, p.n, undisturbed)
			})
		}
	}
}

// daemonEnds are the ways in which a daemon ends and the next one starts: before
// a call, while it is made, and when it is done and nobody knows.
func (h hostStage) daemonEnds(liveRestore bool) (ends []hurt) {
	for _, when := range []string{"while a call is made", "after a call", "before a call"} {
		for what, end := range map[string]func() error{"killed": h.machine.Kill, "restarted": h.machine.Stop} {
			replace := func(p *testenv.Proxy, over chan<- error) {
				over <- p.Without(func() error {
					if err := end(); err != nil {
						return err
					}
					return h.machine.Start(context.Background())
				})
			}
			ends = append(ends, hurt{
				name: "daemon " + what + " " + when,
				around: func(p *testenv.Proxy, over chan<- error) testenv.Action {
					switch when {
					case "before a call":
						return testenv.Forward().Before(func() { replace(p, over) })
					case "after a call":
						return testenv.DropAfter().After(func() { replace(p, over) })
					}
					return testenv.Forward().Before(func() { go replace(p, over) })
				},
				says: ".",
				// A 20.10 that was killed takes what it finds running and has to stop for
				// stopped by hand, which unless-stopped then holds for good.
				ends: what == "killed" && !liveRestore,
			})
		}
	}
	slices.SortFunc(ends, func(a, b hurt) int { return strings.Compare(a.name, b.name) })
	return ends
}

// TestHurtDaemon restarts and kills the daemon of an engine while the command applies,
// with and without containers that live on meanwhile.
func TestHurtDaemon(t *testing.T) {
	t.Parallel()
	sample := hurtSample(map[string]map[string]int{
		"":       {"roll": 1},
		"memory": {"create": 3, "roll": 3, "recreate": 3, "hook": 2, "everything": 3},
		"full":   {"create": 12, "roll": 12, "recreate": 12, "hook": 12, "everything": 12, "move": 12, "revert": 12, "destroy": 12},
	})
	for _, options := range [][]string{nil, {"--live-restore"}} {
		t.Run(strings.Join(append([]string{"daemon"}, options...), ""), func(t *testing.T) {
			t.Parallel()
			h := newHostStage(t, options...)
			h.each(t, sample, h.daemonEnds(options != nil))
		})
	}
}

// TestHurtStart starts what the engine cannot, since a daemon with --live-restore ended
// while it started it: of which only something is left, or which runs unknown to it.
func TestHurtStart(t *testing.T) {
	t.Parallel()
	h := newHostStage(t, "--live-restore")
	w := h.run(t)
	w.write(idle("base", ""))
	apply := []string{"apply", "--auto-approve"}
	w.bayplan(apply...)
	for name, left := range map[string]string{
		"shim left":       "mkdir -p " + bundles + "%s",
		"process unknown": `sed -i 's/"Running":true/"Running":false/' containers/%s/config.v2.json`,
	} {
		tried(t, trial{"hurts to the host", "start cut short: " + name, "real"}, 1)
		was := w.only("base")
		if name == "shim left" {
			if err := w.engine.Docker.ContainerStop(w.ctx(), was.ID, container.StopOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.machine.Kill(); err != nil {
			t.Fatal(err)
		}
		leaves := h.machine.Inside("sh", "-c", "cd "+h.machine.Dir(testenv.Store)+" && "+fmt.Sprintf(left, was.ID))
		if text, err := leaves.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if err := h.machine.Start(w.ctx()); err != nil {
			t.Fatal(err)
		}
		if found := h.cutStarts(w, apply); found != 1 {
			t.Fatalf("%s: %d starts were cut short", name, found)
		}
		w.bayplan(apply...)
		w.bayplan("plan", "--detailed-exitcode")
		if now := w.only("base"); now.ID == was.ID || !now.State.Running {
			t.Errorf("%s: it is %+v", name, now.State)
		}
	}
}

// fills is that a disk has no room left.
func (h hostStage) fills(name string, d testenv.Disk) hurt {
	return hurt{
		name: name,
		around: func(_ *testenv.Proxy, over chan<- error) testenv.Action {
			return testenv.Forward().Before(func() { over <- h.machine.Fill(d) })
		},
		heals: func() error { return h.machine.Clear(d) },
		says:  "no space left on device",
	}
}

// TestHurtDisks fills the disk of images and containers, and that of volumes, while
// the command applies.
func TestHurtDisks(t *testing.T) {
	t.Parallel()
	sample := hurtSample(map[string]map[string]int{
		"":       {"roll": 1},
		"memory": {"create": 3, "roll": 2, "recreate": 2, "everything": 3},
		"full":   {"create": 12, "roll": 12, "recreate": 12, "hook": 12, "everything": 12, "move": 12, "revert": 12, "destroy": 12},
	})
	h := newHostStage(t)
	h.each(t, sample, []hurt{h.fills("image store full", testenv.Store), h.fills("disk of volumes full", testenv.Volumes)})
}
