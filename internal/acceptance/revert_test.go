package acceptance

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// stages is a series of configurations, each a change of the one before.
// IMAGE stands for a tag of the test's own.
var stages = []string{
	site("web", "", ""),
	site("web", `memory = "32m"`, ""),
	site("web", `memory = "48m"
  pids = 50`, `env = { LOG = "debug", TOKEN = sensitive("hunter2") }`),
	site("web", "", `mounts = { "/files" = { volume = bayplan_volume.files.id } }`) + files,
	site("web", `replicas = 2`, `mounts = { "/files" = { volume = bayplan_volume.files.id } }`) + files + cache(""),
	site("web", "", `relationships = { cache = bayplan_service.cache }`) + files + cache(""),
	site("web", "", `relationships = { cache = bayplan_relationship.cache }`) + files + cache(`memory = "64m"`) + related,
	site("web", `cpus = 0.5`, `relationships = { cache = bayplan_relationship.cache }`) + cache("") + related + small("job"),
	strings.Replace(site("web", "", ""), "busybox:stable", "IMAGE", 1) + small("job") + small("other"),
	strings.Replace(site("web", "", `labels = { team = "shop" }`), "busybox:stable", "IMAGE", 1) + small("other"),
	site("site", `renamed_from = "web"`, `mounts = { "/tmp" = { tmpfs = "1m" } }`) + cache(""),
	site("site", "", ""),
}

// broken is the stage before the tag moves, with an app that ends at once.
var broken = strings.Replace(stages[7], "0.5", "0.25", 1) + `
resource "bayplan_app" "ends" {
  name    = "ends"
  image   = "busybox:stable"
  command = ["false"]
  restart = "no"
}
`

func site(name, more, shape string) string {
	return fmt.Sprintf(`
resource "bayplan_app" "web" {
  name        = %q
  image       = "busybox:stable"
  command     = ["sleep", "1d"]
  stop_signal = "SIGKILL"
  %s
  %s
}
`, name, more, shape)
}

func small(name string) string {
	return fmt.Sprintf(`
resource "bayplan_app" %[1]q {
  name        = %[1]q
  image       = "IMAGE"
  command     = ["sleep", "1d"]
  stop_signal = "SIGKILL"
}
`, name)
}

func cache(more string) string {
	return fmt.Sprintf(`
resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
  %s
}
`, more)
}

const files = `
resource "bayplan_volume" "files" {
  name   = "files"
  shared = true
}
`

const related = `
resource "bayplan_relationship" "cache" {
  name   = "cache"
  target = bayplan_service.cache
}
`

// A revert brings back every instance as it was, in whatever order revisions are
// gone back to, by number and by commit, though a tag was moved and an apply
// failed in between.
func TestRevertIsPrecise(t *testing.T) {
	t.Parallel()
	s := newSeries(t)
	for i := range stages {
		s.make(i)
		if i == 7 {
			s.variant("busybox:stable", "two") // the tag of the later ones moves
			s.retag("two")
			s.fails()
		}
	}
	for n, i := range []int{2, 8, 0, 10, 6, 4, 7, 1, 9, 5, 3} {
		if n%2 == 0 {
			s.revert(i, fmt.Sprint(s.number[i]))
		} else {
			s.revert(i, s.commit[i])
		}
	}
	s.bayplan("revert", "-1", "--auto-approve", "--allow", "removes,downtime")
	s.is(5, "-1")
	s.blames()
}

// series is a workspace in a repository, with what was made of each stage.
type series struct {
	*workspace
	number []int    // of the ledger
	commit []string // of git
	told   []string // by the engine
}

func newSeries(t *testing.T) *series {
	t.Helper()
	for _, tag := range []string{"busybox:stable", "redis:7"} {
		testenv.Image(t, tag)
	}
	s := &series{workspace: newWorkspace(t)}
	s.git("init", "-q", "-b", "main", ".")
	s.variant("busybox:stable", "one")
	s.retag("one")
	s.forget(s.image())
	return s
}

func (s *series) image() string { return variantOf(s.project, "busybox:stable", "latest") }

// retag moves the tag to one of the variants.
func (s *series) retag(variant string) {
	s.t.Helper()
	if err := s.engine.Docker.ImageTag(s.ctx(), variantOf(s.project, "busybox:stable", variant), s.image()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *series) git(args ...string) string {
	s.t.Helper()
	c := exec.Command("git", append([]string{"-c", "user.name=kim", "-c", "user.email=kim@example.com"}, args...)...)
	c.Dir = s.dir
	out, err := c.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// make writes a stage, locks its images, commits and applies it.
func (s *series) make(i int) {
	s.t.Helper()
	s.write(strings.ReplaceAll(stages[i], "IMAGE", s.image()))
	s.bayplan("lock")
	s.git("add", "main.tf", "bayplan.lock.hcl")
	s.git("commit", "-q", "-m", fmt.Sprintf("stage %d", i))
	s.bayplan("apply", "--auto-approve", "--allow", "removes,downtime")
	s.commit = append(s.commit, s.git("rev-parse", "HEAD"))
	s.number = append(s.number, s.last())
	s.told = append(s.told, s.instances())
}

// fails applies what comes to nothing but in a part.
func (s *series) fails() {
	s.t.Helper()
	s.write(strings.ReplaceAll(broken, "IMAGE", s.image()))
	s.bayplanRefuses("apply", "--auto-approve")
	if of := s.history()[0]; of.Status != "failed" || of.Outcomes["app.ends"].Outcome != "failed" || of.Outcomes["app.web"].Outcome != "done" {
		s.t.Errorf("the failed apply is recorded as %+v", of)
	}
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

// revert goes back to a stage, and checks that all instances are as they were.
func (s *series) revert(i int, to string) {
	s.t.Helper()
	s.bayplan("revert", to, "--auto-approve", "--allow", "removes,downtime")
	s.is(i, to)
	if out := s.bayplan("revert", to, "--plan"); !strings.Contains(out, "No changes.") {
		s.t.Errorf("stage %d by %s: there is something left:\n%s", i, to, out)
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

// instances tells of all instances what they are made of, but for ids, times,
// addresses and how often they were replaced.
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
		if c.HostConfig.NetworkMode.IsUserDefined() {
			c.HostConfig.NetworkMode = "by id"
		}
		if c.HostConfig.Memory >= 1<<62 { // how a limit is taken away live
			c.HostConfig.Memory, c.HostConfig.MemorySwap = 0, 0
		}
		out[generation.ReplaceAllString(name, "-G-$1")] = map[string]any{
			"config": c.Config, "host": c.HostConfig, "image": c.Image, "networks": networks, "mounts": c.Mounts, "status": c.State.Status,
		}
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
