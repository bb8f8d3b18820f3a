package acceptance

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// witness is a workspace in which every way to give a secret is used, and all that
// was written of it.
type witness struct {
	*series
	began    time.Time
	writings []writing
}

func (w *witness) note(head, what, text string) {
	w.t.Helper()
	if text == "" {
		w.t.Errorf("%s is empty", what)
	}
	w.writings = append(w.writings, writing{head, what, text})
}

// round writes the configuration with the first or the second values of all, further
// resources beside it, and commits it.
func (w *witness) round(n int, of program, more string) {
	w.t.Helper()
	kept := map[string]string{"login": "hushJ1login", "option": "hushI1option"}
	for i, name := range []string{"variable", "setting", "command", "health", "hook", "label", "arg"} {
		kept[name] = fmt.Sprintf("hush%c%d%s", 'B'+i, n, name)
	}
	text, err := json.Marshal(kept)
	if err != nil {
		w.t.Fatal(err)
	}
	w.env = append(w.env, "TF_VAR_kept="+string(text), fmt.Sprintf("TF_VAR_token=hushA%dsecrets", n))
	w.settings = `  registry_auth = { "registry.example" = { username = "a", password = var.kept.login } }`
	w.write(fmt.Sprintf(everyWay, of.token, of.asks, n, of.arg, n, of.more, n) + more)
	w.git("add", "main.tf", "image")
	w.git("commit", "-q", "--allow-empty", "-m", fmt.Sprint("round ", n))
}

// terraformed notes what terraform writes of a change.
func (w *witness) terraformed(what string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "plan")
	out, code := w.terraform("plan", "-out", file)
	if code != 0 {
		w.t.Fatalf("plan exits with %d:\n%s", code, out)
	}
	w.note(nowhere, what+": terraform plan", out)
	w.note(inPlan, what+": the plan file", unzipped(w.t, file))
	shown, _ := w.terraform("show", file)
	w.note(nowhere, what+": terraform show", shown)
	shown, _ = w.terraform("show", "-json", file)
	w.note(inPlan, what+": terraform show -json", shown)
	if err := os.WriteFile(filepath.Join(w.dir, "shown.json"), []byte(shown[strings.Index(shown, "{"):]), 0o600); err != nil {
		w.t.Fatal(err)
	}
	for _, format := range []string{"markdown", "html", "json"} {
		w.note(nowhere, what+": review --terraform as "+format, w.bayplan("review", "--terraform", "shown.json", "--format", format))
	}
	out, code = w.terraform("apply", file)
	if code != 0 {
		w.t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	w.note(nowhere, what+": terraform apply", out)
	w.note(inState, what+": the state", w.state())
	shown, _ = w.terraform("show", "-json")
	w.note(inState, what+": terraform show -json of the state", shown)
	shown, _ = w.terraform("show")
	w.note(nowhere, what+": terraform show of the state", shown)
}

func unzipped(t *testing.T, file string) string {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	for _, f := range r.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, part); err != nil {
			t.Fatal(err)
		}
		part.Close()
	}
	return out.String()
}

// planned notes what the command writes before a change, and what it writes of it to files.
func (w *witness) planned(what string, flags ...string) {
	w.t.Helper()
	for _, args := range [][]string{
		{"plan"},
		{"plan", "--json"},
		{"plan", "--refresh-only"},
		{"review", "--live"},
		{"review", "--format", "html"},
		{"review", "--live", "--format", "json"},
		{"review"},
		{"status"},
		{"status", "--json"},
		{"graph"},
		{"graph", "--format", "svg", "--live"},
		{"import-blocks"},
		{"output"},
		{"validate"},
	} {
		out, _ := w.said(args...)
		w.note(nowhere, what+": bayplan "+strings.Join(args, " "), out)
	}
	w.bayplan("plan", "--out", "next.plan")
	saved, err := os.ReadFile(filepath.Join(w.dir, "next.plan"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.note(nowhere, what+": a saved plan", string(saved))
	w.note(nowhere, what+": the review of a saved plan", w.bayplan("review", "next.plan"))
	out, code := w.said(append([]string{"apply", "--auto-approve"}, flags...)...)
	if code != 0 {
		w.t.Fatalf("%s: apply exits with %d:\n%s", what, code, out)
	}
	w.note(nowhere, what+": bayplan apply", out)
	for _, args := range [][]string{
		{"history"},
		{"history", "--json"},
		{"diff", "HEAD~1", "HEAD"},
		{"diff", "HEAD~1", "--json"},
		{"diff", "HEAD~1", "live"},
		{"blame", "app.web"},
		{"blame", "app.web", "--json"},
		{"blame", "service.db"},
	} {
		out, _ := w.said(args...)
		w.note(nowhere, what+": bayplan "+strings.Join(args, " "), out)
	}
}

// said runs the command and returns all that it prints, and its exit code.
func (w *witness) said(args ...string) (string, int) {
	w.t.Helper()
	c, stdout, stderr := w.prepare(args...)
	if err := c.Run(); err != nil && c.ProcessState == nil {
		w.t.Fatal(err)
	}
	return stdout.String() + stderr.String(), c.ProcessState.ExitCode()
}

// engine notes what is to be read from the engine.
func (w *witness) inspected(what string) {
	w.t.Helper()
	docker, text := w.engine.Docker, func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		return string(out)
	}
	for name, c := range w.containers() {
		w.note(inLabel, what+": labels of "+name, text(c.Config.Labels))
		c.Config.Labels = nil
		w.note(inObject, what+": "+name, text(c))
		history, err := docker.ImageHistory(w.ctx(), c.Image)
		if err != nil {
			w.t.Fatal(err)
		}
		w.note(inObject, what+": the image of "+name, text(history))
	}
	networks, err := docker.NetworkList(w.ctx(), network.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range networks {
		w.note(inLabel, what+": network "+n.Name, text(n))
	}
	volumes, err := docker.VolumeList(w.ctx(), volume.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		w.note(inLabel, what+": labels of volume "+v.Name, text(v.Labels))
		w.note(inObject, what+": volume "+v.Name, text(v.Options))
	}
	images, err := docker.ImageList(w.ctx(), image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", w.project+"-*"))})
	if err != nil {
		w.t.Fatal(err)
	}
	w.note(inLabel, what+": labels of images", text(images))
}

// recorded notes what the engine's daemon has logged, and what it would not have
// without --debug.
func (w *witness) recorded(machine *testenv.Machine) {
	w.t.Helper()
	all, err := machine.Log()
	if err != nil {
		w.t.Fatal(err)
	}
	var always, debugging strings.Builder
	for line := range strings.Lines(all) {
		if strings.Contains(line, "level=debug") {
			debugging.WriteString(line)
		} else {
			always.WriteString(line)
		}
	}
	w.note(inLog, "the log of the engine", always.String())
	w.note(inDebug, "the debug log of the engine", debugging.String())
}

// happened notes which events the engine tells of, labels aside.
func (w *witness) happened() {
	w.t.Helper()
	told, errs := w.engine.Docker.Events(w.ctx(), events.ListOptions{
		Since: fmt.Sprint(w.began.Unix()), Until: fmt.Sprint(time.Now().Unix()), Filters: w.ours(),
	})
	var all []string
	for {
		select {
		case e := <-told:
			all = append(all, string(e.Action))
			continue
		case err := <-errs:
			if err != nil && !errors.Is(err, io.EOF) {
				w.t.Fatal(err)
			}
		}
		break
	}
	w.note(inObject, "events of the engine", strings.Join(all, "\n"))
}

// failed notes what is said of an app that tells all it knows and ends.
func (w *witness) failed() {
	w.t.Helper()
	tells := sleeper("teller", "busybox:stable", `env = { LOGIN_TOKEN = var.kept.variable }`,
		`secrets = { TOKEN = var.token }`, `relationships = { db = bayplan_service.db }`)
	tells = strings.Replace(tells, `["sleep", "3600"]`, `["sh", "-c", "env; cat /run/secrets/TOKEN; echo cannot reach $DB_URL; exit 3"]`, 1)
	w.round(1, forTerraform, tells)
	out, code := w.terraform("apply", "-auto-approve")
	if code == 0 || !strings.Contains(out, "cannot reach postgresql://main:(hidden)@db.internal") {
		w.t.Errorf("a failing apply says: %s", out)
	}
	w.note(nowhere, "a failing terraform apply", out)
	w.round(1, forBayplan, tells)
	for _, args := range [][]string{{"apply", "--auto-approve"}, {"apply", "--auto-approve", "--json"}} {
		if out, code = w.said(args...); code == 0 {
			w.t.Errorf("bayplan %v should fail: %s", args, out)
		}
		w.note(nowhere, "a failing bayplan "+strings.Join(args, " "), out)
	}
	w.note(nowhere, "the history of what failed", w.bayplan("history", "--json"))
}

// crashed notes what the command writes when it crashes in the midst of an apply, which
// leaves the container of a hook.
func (w *witness) crashed() {
	w.t.Helper()
	p := testenv.ProxyTo(w.t, w.engine.Host, nil)
	w.round(2, forBayplan, sleeper("late", "busybox:stable", `env = { LOGIN_TOKEN = var.kept.variable }`, `secrets = { TOKEN = var.token }`))
	c, stdout, stderr := w.prepare("apply", "--auto-approve", "--allow", "downtime,removes")
	c.Env = append(c.Env, "DOCKER_HOST="+p.Host(), "GOTRACEBACK=all")
	p.SetHook(func(call testenv.Call) testenv.Action {
		if call.Key() != "POST /containers/create" || !strings.HasSuffix(call.Query, "-deploy") {
			return testenv.Forward()
		}
		return testenv.DropAfter().After(func() { _ = c.Process.Signal(syscall.SIGQUIT) })
	})
	if err := c.Run(); err == nil || !strings.Contains(stderr.String(), "goroutine ") {
		w.t.Fatalf("it does not crash: %v\n%s", err, stderr)
	}
	w.note(nowhere, "what a crash of bayplan says", stdout.String()+stderr.String())
	_, id, _ := strings.Cut(w.bayplanRefuses("apply", "--auto-approve"), "force-unlock ")
	w.bayplan("force-unlock", strings.TrimRight(strings.Fields(id)[0], "."))
	w.note(nowhere, "the history of what crashed", w.bayplan("history", "--json"))
}
