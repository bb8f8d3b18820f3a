package acceptance

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// chapter is a configuration and what it is committed for.
type chapter struct{ subject, resources string }

// stages is a series of configurations, each a change of the one before.
// IMAGE stands for a tag of the test's own.
var stages = []chapter{
	{"the site", site("web", "", "")},
	{"web: at most 32 MB", site("web", `memory = "32m"`, "")},
	{"web: 48 MB and 50 processes, and tell more", site("web", `memory = "48m"
  pids = 50`, `env = { LOG = "debug", TOKEN = sensitive("hunter2") }`)},
	{"web: files that stay", site("web", "", withFiles) + files},
	{"a cache, and web twice", site("web", `replicas = 2`, withFiles) + files + cache("")},
	{"web asks the cache", site("web", "", `relationships = { cache = bayplan_service.cache }`) + files + cache("")},
	{"by a relationship of its own", site("web", "", `relationships = { cache = bayplan_relationship.cache }`) + files + cache(`memory = "64m"`) + related},
	{"a job beside it", site("web", `cpus = 0.5`, `relationships = { cache = bayplan_relationship.cache }`) + cache("") + related + small("job")},
	{"no cache, and another image", ours(site("web", "", "")) + small("job") + small("other")},
	{"the image as it is now", ours(site("web", `memory = "96m"`, `labels = { team = "shop" }`)) + small("other")},
	{"web is called site", site("site", `memory = "96m"
  renamed_from = "web"`, `mounts = { "/tmp" = { tmpfs = "1m" } }`) + cache("")},
	{"the cache is called store", site("site", `memory = "96m"`, `relationships = { cache = bayplan_service.cache }`) + store},
	{"no store", site("site", `memory = "96m"`, "")},
}

const withFiles = `mounts = { "/files" = { volume = bayplan_volume.files.id } }`

// The stages at which something happens beside.
const (
	beforeMove = 7 // the tag moves then, and an apply fails
	upgraded   = 9 // takes what the tag leads to now
)

// broken is the stage before the tag moves, with an app that ends at once.
var broken = strings.Replace(stages[beforeMove].resources, "0.5", "0.25", 1) + `
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

// ours makes an app run the test's own image.
func ours(app string) string { return strings.Replace(app, "busybox:stable", "IMAGE", 1) }

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

// store is the cache under another name.
var store = strings.Replace(cache(`renamed_from = "cache"`), `name = "cache"`, `name = "store"`, 1)

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

// series is a workspace in a repository, with what was made of each stage.
type series struct {
	*workspace
	number []int    // of the ledger
	commit []string // of git
	told   []string // by the engine
	review []string // of the commit, from the one before
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
	c := exec.Command("git", append([]string{"-c", "user.name=Kim Doe", "-c", "user.email=kim@example.com"}, args...)...)
	c.Dir = s.dir
	out, err := c.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// make writes a stage, locks its images, commits, reviews and applies it.
func (s *series) make(i int) {
	s.t.Helper()
	s.write(strings.ReplaceAll(stages[i].resources, "IMAGE", s.image()))
	s.bayplan("lock")
	if i == upgraded {
		s.bayplan("lock", "--upgrade", s.image())
	}
	s.git("add", "main.tf", "bayplan.lock.hcl")
	s.git("commit", "-q", "-m", stages[i].subject)
	if len(s.commit) > 0 {
		s.review = append(s.review, s.reviewed())
	}
	s.bayplan("apply", "--auto-approve", "--allow", "removes,downtime")
	s.commit = append(s.commit, s.git("rev-parse", "HEAD"))
	s.number = append(s.number, s.last())
	s.told = append(s.told, s.instances())
}

// reviewed returns the review of the last commit, where there is no engine.
func (s *series) reviewed() string {
	s.t.Helper()
	c, stdout, stderr := s.prepare("review", "--base", "HEAD~1")
	c.Env = append(c.Env, "DOCKER_HOST=unix:///nowhere", "BAYPLAN_KEY=")
	if err := c.Run(); err != nil {
		s.t.Fatalf("review: %v\n%s", err, stderr)
	}
	return stdout.String()
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
