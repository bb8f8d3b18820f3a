package acceptance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/google/go-cmp/cmp"
)

// A series of changes is told as it was: by the history, by what differs between
// any two, by who set a value, and by the review of each. A revert brings back
// every instance as it was, in whatever order revisions are gone back to, by number
// and by commit, though a tag was moved twice and an apply failed in between.
func TestRevertIsPrecise(t *testing.T) {
	t.Parallel()
	s := newSeries(t)
	for i := range stages {
		s.make(i)
		if i > 0 && s.told[i] == s.told[i-1] {
			t.Errorf("stage %d cannot be told from the one before", i)
		}
		if i == beforeMove {
			s.variant("busybox:stable", "two")
			s.retag("two")
			s.fails()
		}
	}
	s.variant("busybox:stable", "three")
	s.retag("three")
	s.reads()
	for n, i := range []int{2, 8, 0, 10, 6, 11, 4, 7, 1, 9, 5, 3} {
		by := []string{fmt.Sprint(s.number[i]), s.commit[i]}
		s.revert(i, by[n%2], by[1-n%2])
	}
	s.bayplan("revert", "-1", "--auto-approve", "--allow", "removes,downtime")
	s.is(5, "-1")
	s.blames()
}

// told is a revision as the command writes it for programs.
type toldRevision struct {
	Number   int
	Status   string
	Outcomes map[string]struct{ Outcome string }
}

// history returns the revisions, the newest first.
func (s *series) history() []toldRevision {
	s.t.Helper()
	var out struct{ Revisions []toldRevision }
	if err := json.Unmarshal([]byte(s.bayplan("history", "--json")), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Revisions
}

func (s *series) last() int { return s.history()[0].Number }

// revert goes back to a stage, and checks that all instances are as they were: by
// what it is called there, and what else it is called.
func (s *series) revert(i int, to string, others ...string) {
	s.t.Helper()
	s.bayplan("revert", to, "--auto-approve", "--allow", "removes,downtime")
	s.is(i, to)
	for _, name := range append(others, to) {
		if out := s.bayplan("revert", name, "--plan"); !strings.Contains(out, "No changes.") {
			s.t.Errorf("stage %d by %s: there is something left for %s:\n%s", i, to, name, out)
		}
	}
}

// is checks that all instances are as they were at a stage.
func (s *series) is(i int, by string) {
	s.t.Helper()
	if diff := cmp.Diff(s.told[i], s.instances()); diff != "" {
		s.t.Errorf("stage %d by %s (-then +now):\n%s", i, by, diff)
	}
}

// generation matches what of an instance's name counts its replacements.
var generation = regexp.MustCompile(`-\d+-(\d+)$`)

// instances tells of all instances and networks what they are made of, but for ids,
// times, addresses and how often they were replaced.
func (s *series) instances() string {
	s.t.Helper()
	out := map[string]any{}
	for name, c := range s.containers() {
		c.Config.Hostname = strings.ReplaceAll(c.Config.Hostname, c.ID[:12], "")
		networks := map[string][]string{}
		delete(c.NetworkSettings.Networks, "none") // that of what was made to be in no other
		for network, e := range c.NetworkSettings.Networks {
			aliases := slices.DeleteFunc(slices.Clone(e.Aliases), func(alias string) bool { return alias == c.ID[:12] })
			slices.Sort(aliases)
			networks[network] = aliases
		}
		slices.SortFunc(c.Mounts, func(x, y container.MountPoint) int { return strings.Compare(x.Destination, y.Destination) })
		slices.Sort(c.Config.Env)
		delete(c.Config.Labels, "io.bayplan.declared") // as of its creation, also of what changed live
		c.HostConfig.NetworkMode = ""                  // which it was in first; those that it is in are below
		if c.HostConfig.Memory >= 1<<62 {              // how a limit is taken away live
			c.HostConfig.Memory, c.HostConfig.MemorySwap = 0, 0
		}
		out[generation.ReplaceAllString(name, "-G-$1")] = map[string]any{
			"config": c.Config, "host": c.HostConfig, "image": c.Image, "networks": networks, "mounts": c.Mounts, "status": c.State.Status,
		}
	}
	networks, err := s.engine.Docker.NetworkList(s.ctx(), network.ListOptions{Filters: s.ours()})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, n := range networks {
		out["network "+n.Name] = map[string]any{"driver": n.Driver, "internal": n.Internal, "options": n.Options, "labels": n.Labels}
	}
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// blames checks whom a limit and a variable are put down to.
func (s *series) blames() {
	s.t.Helper()
	s.revert(2, fmt.Sprint(s.number[2]))
	var out struct {
		Values []struct {
			Field, Commit, Message string
			Revision               int
		}
	}
	if err := json.Unmarshal([]byte(s.bayplan("blame", "app.web.memory", "--json")), &out); err != nil {
		s.t.Fatal(err)
	}
	want := fmt.Sprintf("revert of #%d", s.number[2])
	if len(out.Values) != 1 || out.Values[0].Commit != s.commit[2] || out.Values[0].Message != want || out.Values[0].Revision != s.last() {
		s.t.Errorf("the limit is put down to %+v", out.Values)
	}
}

// An image that is gone fails a revert before anything is changed, and by name.
func TestRevertWithoutItsImageChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSeries(t)
	old, err := s.engine.Docker.ImageInspect(s.ctx(), s.image())
	if err != nil {
		t.Fatal(err)
	}
	s.make(8)
	s.variant("busybox:stable", "two")
	s.retag("two")
	s.bayplan("lock", "--upgrade")
	s.bayplan("apply", "--auto-approve")
	if got, want := s.bayplan("revert", "1", "--plan"), "image_digest"; !strings.Contains(got, want) {
		t.Fatalf("a revert to what is kept does not plan %s:\n%s", want, got)
	}
	if _, err := s.engine.Docker.ImageRemove(s.ctx(), old.ID, image.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	tag := variantOf(s.project, "busybox:stable", "one") // which is forgotten when the test ends
	if err := s.engine.Docker.ImageTag(s.ctx(), s.image(), tag); err != nil {
		t.Fatal(err)
	}
	before := s.lives()
	said := s.bayplanRefuses("revert", "1", "--auto-approve")
	if want := fmt.Sprintf("bayplan: app.job, app.other, app.web: image %s (%s) is not to be had any more", s.image(), old.ID); !strings.HasPrefix(said, want) {
		t.Errorf("it does not say %q:\n%s", want, said)
	}
	if diff := cmp.Diff(before, s.lives()); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
	if revisions := s.history(); len(revisions) != 2 {
		t.Errorf("%d revisions are recorded, and nothing was done: %+v", len(revisions), revisions)
	}
}

// A volume that was deleted meanwhile is made empty, and a revert says so.
func TestRevertSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	s := newSeries(t)
	s.make(3)
	s.write(site("web", "", ""))
	s.bayplan("apply", "--auto-approve")
	if out, want := s.bayplan("revert", "1", "--plan"), "Data stays as it is now, with what was written since: "+s.project+"-default-files.\n"; !strings.HasSuffix(out, want) {
		t.Errorf("it does not say %q:\n%s", want, out)
	}
	if err := s.engine.Docker.VolumeRemove(s.ctx(), s.project+"-default-files", true); err != nil {
		t.Fatal(err)
	}
	if out, want := s.bayplan("revert", "1", "--plan"), "Data is not brought back, and these start empty: "+s.project+"-default-files.\n"; !strings.HasSuffix(out, want) {
		t.Errorf("it does not say %q:\n%s", want, out)
	}
}
