package acceptance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// evil is a text that would be more than text to a shell, a terminal, a page, a
// graph, a template or a path.
const evil = "a\nb\tc\r\x1b[31m\x1b]0;t\a\u009b2J\u202e\"'<script>`$(x)${y}%{z}\\ é@b [c](d) ../../e; --f | g #1"

// spelled writes a text as a literal of the Terraform language.
func spelled(s string) string {
	var out strings.Builder
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			out.WriteString(`\` + string(c))
		case unicode.IsPrint(c):
			out.WriteRune(c)
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return `"` + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(out.String()) + `"`
}

// programs run what is to be the same in both; each returns all that was said.
func (w *workspace) programs() map[string]func(apply bool) (said string, done bool) {
	return map[string]func(bool) (string, bool){
		"terraform": func(apply bool) (string, bool) {
			args := []string{"plan"}
			if apply {
				args = []string{"apply", "-auto-approve"}
			}
			out, code := w.terraform(args...)
			return out, code == 0
		},
		"bayplan": func(apply bool) (string, bool) {
			args := []string{"plan"}
			if apply {
				args = []string{"apply", "--auto-approve", "--allow", "unlocked-image"}
			}
			c, stdout, stderr := w.prepare(args...)
			err := c.Run()
			return stdout.String() + stderr.String(), err == nil
		},
	}
}

// inert checks that what was said can do nothing but be read.
func inert(t *testing.T, said string) {
	t.Helper()
	live := func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c)
	}
	if i := strings.IndexFunc(said, live); i >= 0 {
		t.Errorf("what is said can do something: %q", said[max(0, i-200):min(len(said), i+200)])
	}
}

func TestHostileTextIsCarriedExactly(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	longest := strings.Repeat("x", 128<<10-len("LONGEST=")-1)
	megabyte := strings.Repeat("y", 1<<20)
	config := fmt.Sprintf(`
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  entrypoint    = ["sh", "-c", "sleep 3600 & wait", %[1]s]
  stop_signal   = "SIGKILL"
  env           = { EVIL = %[1]s, (%[1]s) = "name", LONGEST = %[2]s }
  labels        = { (%[1]s) = %[1]s, megabyte = %[3]s }
  mounts        = { "/tmp/\u001b[31m\n\"<b>" = { tmpfs = "1m" } }
  relationships = { pay = { host = "pay.example", scheme = "https", path = %[1]s } }
}
resource "bayplan_volume" "data" {
  name        = "data"
  on_destroy  = "delete"
  labels      = { (%[1]s) = %[1]s }
  driver_opts = { type = "none", o = "bind", device = %[1]s }
}
`, spelled(evil), strconv.Quote(longest), strconv.Quote(megabyte))
	for _, program := range []string{"terraform", "bayplan"} {
		t.Run(program, func(t *testing.T) {
			w := newWorkspace(t)
			w.write(config)
			run := w.programs()[program]
			said, done := run(true)
			if !done {
				t.Fatal(said)
			}
			if program == "bayplan" { // terraform writes values of its own accord
				inert(t, said)
			}
			c := w.only("web")
			for _, want := range []string{"EVIL=" + evil, evil + "=name", "LONGEST=" + longest, "PAY_PATH=" + evil} {
				if !slices.Contains(c.Config.Env, want) {
					t.Errorf("the engine has no variable %.200q", want)
				}
			}
			if got := c.Config.Entrypoint; got[len(got)-1] != evil {
				t.Errorf("the engine has the arguments %q", got)
			}
			if c.Config.Labels[evil] != evil || c.Config.Labels["megabyte"] != megabyte {
				t.Errorf("the engine has the labels %.2000q", c.Config.Labels)
			}
			if _, ok := c.HostConfig.Tmpfs["/tmp/\x1b[31m\n\"<b>"]; !ok {
				t.Errorf("the engine mounts %q", c.HostConfig.Tmpfs)
			}
			environ, _ := w.exec(c.ID, "cat", "/proc/1/environ")
			arguments, _ := w.exec(c.ID, "cat", "/proc/1/cmdline")
			for text, want := range map[string]string{environ: "EVIL=" + evil + "\x00", arguments: "\x00" + evil + "\x00"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %.2000q", want, text)
				}
			}
			found, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{Filters: w.ours()})
			if err != nil || !slices.ContainsFunc(found.Volumes, func(v *volume.Volume) bool { return v.Labels[evil] == evil && v.Options["device"] == evil }) {
				t.Errorf("no volume has the label and the device, %v", err)
			}
			if said, _ = run(false); !strings.Contains(said, "No changes") {
				t.Errorf("what is carried exactly differs: %.2000s", said)
			}
		})
	}
}

// What a container, the engine and objects of others say is shown as text.
func TestWhatIsSaidElsewhereIsInert(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	for _, tt := range []struct{ what, config, want string }{
		{
			"a log", strings.Replace(sleeper("web", "busybox:stable"), `["sleep", "3600"]`, `["printf", "a\\033[31m\\033]0;t\\a\\r\\302\\233<b>\\377"]`, 1),
			"a[31m]0;t<b>",
		},
		{
			"a health check", sleeper("web", "busybox:stable",
				`healthcheck = { test = ["sh", "-c", "printf '\\033[31mred\\033]0;t\\a' >&2; exit 1"], interval = "100ms", retries = 1 }`),
			"red",
		},
		{
			"the engine", strings.Replace(sleeper("web", "busybox:stable"), `["sleep", "3600"]`, `["/\u001b[2J\u202enone"]`, 1),
			"none",
		},
	} {
		for _, program := range []string{"terraform", "bayplan"} {
			t.Run(tt.what+" to "+program, func(t *testing.T) {
				w := newWorkspace(t)
				w.write(tt.config)
				said, done := w.programs()[program](true)
				if done || !strings.Contains(strings.Join(strings.Fields(said), " "), tt.want) {
					t.Errorf("%q is not in %s", tt.want, said)
				}
				inert(t, said)
			})
		}
	}
}

// A container that says to be the project's is told by its name, and nothing else of it is.
func TestLabelsOfOthersAreInert(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	for _, program := range []string{"terraform", "bayplan"} {
		t.Run(program, func(t *testing.T) {
			w := newWorkspace(t)
			w.write(sleeper("web", "busybox:stable"))
			name := w.project + "-posing"
			_, err := w.engine.Docker.ContainerCreate(w.ctx(), &container.Config{
				Image: "busybox:stable", Entrypoint: []string{"true"},
				Labels: map[string]string{
					testenv.ProjectLabel: w.project, "io.bayplan.environment": "default", "io.bayplan.kind": "app",
					"io.bayplan.name": evil, "io.bayplan.owner": "app.web",
				},
			}, nil, nil, nil, name)
			if err != nil {
				t.Fatal(err)
			}
			said, done := w.programs()[program](program == "terraform") // whose plan of what is new asks nobody
			if done || !strings.Contains(said, name) || !strings.Contains(said, "no address") {
				t.Errorf("it is not named in %s", said)
			}
			inert(t, said)
		})
	}
}
