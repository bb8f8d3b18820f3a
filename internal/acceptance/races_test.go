package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// racing says how many race, and with which build of the program.
type racing struct {
	commands, terraforms, projects int
	flags                          []string
}

// atOnce is what races: an ordinary test has few of the ordinary program.
var atOnce = map[bool]racing{
	true:  {commands: 4, terraforms: 1, projects: 3},
	false: {commands: 20, terraforms: 2, projects: 20, flags: []string{"-race"}},
}[os.Getenv("BAYPLAN_CHAOS") == ""]

// racers builds the program that races and returns its folder.
var racers = sync.OnceValues(func() (string, error) {
	if len(atOnce.flags) == 0 {
		return binary, nil
	}
	dir := filepath.Join(binary, "race")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, testenv.Build(dir, "0.0.1", atOnce.flags...)
})

// track is a workspace whose programs are those that race.
type track struct {
	*workspace
	program string // the command
}

func newTrack(t *testing.T) *track {
	t.Helper()
	dir, err := racers()
	if err != nil {
		t.Fatal(err)
	}
	r := &track{newWorkspace(t), filepath.Join(dir, "bayplan")}
	reports := filepath.Join(t.TempDir(), "race")
	r.env = append(r.env, "TF_CLI_CONFIG_FILE="+testenv.CLIConfig(t, dir), "GORACE=log_path="+reports)
	t.Cleanup(func() {
		found, _ := filepath.Glob(reports + ".*")
		for _, file := range found {
			text, _ := os.ReadFile(file)
			t.Errorf("a race:\n%s", text)
		}
	})
	return r
}

// racer returns a program with arguments, ready to be run.
func (r *track) racer(program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(r.t.Context(), program, args...)
	c.Dir, c.Env = r.dir, r.env
	out := new(bytes.Buffer)
	c.Stdout, c.Stderr = out, out
	return c
}

// finish is how one that raced ended.
type finish struct {
	name, said string
	won        bool
}

// start runs programs at once and returns how they ended.
func start(programs map[string]*exec.Cmd) []finish {
	ends := make([]finish, 0, len(programs))
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, c := range programs {
		all.Go(func() {
			out := c.Stdout.(*bytes.Buffer)
			err := c.Run()
			mu.Lock()
			defer mu.Unlock()
			ends = append(ends, finish{name, out.String(), err == nil})
		})
	}
	all.Wait()
	return ends
}

// turns is an app whose instances are replaced at each turn, and one whose limit is changed.
const turns = `
variable "turn" { default = 0 }
resource "bayplan_app" "base" {
  name        = "base"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  port        = 80
  memory      = "${32 + var.turn}m"
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  env           = { TURN = var.turn }
  relationships = { base = bayplan_app.base }
}
`

// lost is what one says that has applied nothing, or not all: who holds a lock, or
// what another one did meanwhile.
var lost = regexp.MustCompile(`locked by \S+@\S+, process \d+ for \w+ since |Error acquiring the state lock|has moved since the plan was made`)

// Many that apply one project at once, with different changes, either do it or say
// who is at it or what has moved. All that was done is recorded, and what the last
// one wants is what is there.
func TestRacesOnOneProject(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	w := newTrack(t)
	tried(t, trial{"races", fmt.Sprintf("%d commands and %d of terraform, one project", atOnce.commands, atOnce.terraforms), "real"}, 1)
	w.write(turns)
	w.settled()
	programs := map[string]*exec.Cmd{}
	for i := range atOnce.commands {
		args := []string{"apply", "--auto-approve", "--var", fmt.Sprintf("turn=%d", i+1)}
		if i%2 == 0 {
			args = append(args, "--lock-timeout", "5m")
		}
		programs[fmt.Sprintf("command %d", i+1)] = w.racer(w.program, args...)
	}
	for i := range atOnce.terraforms {
		programs[fmt.Sprintf("terraform %d", i+1)] = w.racer(testenv.Terraform(t), "apply", "-auto-approve", "-var", fmt.Sprintf("turn=%d", 101+i))
	}
	done := 0
	for _, f := range start(programs) {
		if f.won && strings.HasPrefix(f.name, "command") {
			done++
		}
		if !f.won && !lost.MatchString(flat(f.said)) {
			t.Errorf("%s neither applies nor says who does:\n%s", f.name, f.said)
		}
		t.Logf("%s: %v %s", f.name, f.won, f.said[max(0, len(f.said)-300):])
	}
	if done < atOnce.commands/2 {
		t.Errorf("%d commands applied, and more waited for the lock", done)
	}
	statuses := w.statuses()
	if recorded := len(slices.DeleteFunc(statuses, func(s string) bool { return !strings.HasSuffix(s, " done") })); recorded != done {
		t.Errorf("%d commands applied, and %d revisions are done", done, recorded)
	}
	w.bayplan("apply", "--auto-approve")
	w.bayplan("plan", "--detailed-exitcode")
	w.settled()
	(&chaosRun{workspace: w.workspace}).whole()
	w.bayplan("destroy", "--auto-approve")
	if left := w.objects(); len(left) > 0 {
		t.Errorf("there is left %v", left)
	}
}

// Many projects that are applied at once do not get in each other's way.
func TestRacesOfProjects(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	tried(t, trial{"races", fmt.Sprintf("%d projects", atOnce.projects), "real"}, 1)
	tracks := map[string]*track{}
	for i := range atOnce.projects {
		w := newTrack(t)
		w.write(turns)
		tracks[fmt.Sprintf("project %d", i+1)] = w
	}
	for _, args := range [][]string{
		{"apply", "--auto-approve", "--var", "turn=1"},
		{"apply", "--auto-approve", "--var", "turn=2"},
		{"plan", "--detailed-exitcode", "--var", "turn=2"},
		{"destroy", "--auto-approve", "--var", "turn=2"},
	} {
		programs := map[string]*exec.Cmd{}
		for name, w := range tracks {
			programs[name] = w.racer(w.program, args...)
		}
		for _, f := range start(programs) {
			if !f.won {
				t.Errorf("%s: %v fails:\n%s", f.name, args, f.said)
			}
		}
	}
	for name, w := range tracks {
		if got := w.statuses(); !slices.Equal(got, []string{"1 done", "2 done", "3 done"}) {
			t.Errorf("%s: revisions %v", name, got)
		}
		if left := w.objects(); len(left) > 0 {
			t.Errorf("%s: there is left %v", name, left)
		}
	}
}
