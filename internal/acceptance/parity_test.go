package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// TestPlansAfterAnApplyAgree applies the configuration under before/ of each
// archive with the command, lets terraform take it over, puts what is under
// after/ in its place, runs the script drift, and compares what terraform and
// the command then plan: what changes, how, what it costs, and all values. What
// only one of them rightly says is in expect.
func TestPlansAfterAnApplyAgree(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"busybox:stable", "redis:7"} {
		testenv.Image(t, tag)
	}
	archives, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("there are no archives")
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			newParity(t, archive).compare()
		})
	}
}

// parity is a directory that terraform and the command both plan.
type parity struct {
	*workspace
	before, after map[string]string // text by file
	drift, expect string
}

func newParity(t *testing.T, archive *txtar.Archive) *parity {
	t.Helper()
	p := &parity{workspace: newWorkspace(t), before: map[string]string{}, after: map[string]string{}}
	for _, file := range archive.Files {
		text := string(file.Data)
		when, name, _ := strings.Cut(file.Name, "/")
		switch when {
		case "before":
			p.before[name] = text
		case "after":
			p.after[name] = text
		case "drift":
			p.drift = text
		case "expect":
			p.expect = text
		default:
			t.Fatalf("what is %s?", file.Name)
		}
	}
	prefix := p.project + "-default"
	p.env = append(p.env, "BAYPLAN_PROJECT="+p.project, "PREFIX="+prefix,
		fmt.Sprintf("TF_VAR_port=%d", p.freePort()), fmt.Sprintf("TF_VAR_other_port=%d", p.freePort()))
	return p
}

func (p *parity) compare() {
	p.t.Helper()
	p.put(p.before)
	p.bayplan("apply", "--auto-approve")
	p.put(map[string]string{"import.tf": p.bayplan("import-blocks")})
	p.apply()
	p.remove("import.tf")
	if len(p.after) > 0 {
		for name := range p.before {
			p.remove(name)
		}
		p.put(p.after)
	}
	p.script(p.drift)
	theirs, ours := p.terraformPlans(), p.commandPlans()
	if differ := theirs.without(ours, "terraform") + ours.without(theirs, "bayplan"); differ != p.expect {
		p.t.Errorf("the plans differ in\n%s\nand should in\n%s", differ, p.expect)
	}
}

// put writes files, and where the provider of each directory comes from.
func (p *parity) put(files map[string]string) {
	p.t.Helper()
	modules := false
	const source = "terraform {\n  required_providers {\n    bayplan = { source = \"bayplan/bayplan\" }\n  }\n}\n"
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		dir := filepath.Dir(path)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			p.t.Fatal(err)
		}
		for path, text := range map[string]string{path: text, filepath.Join(dir, "versions.tf"): source} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				p.t.Fatal(err)
			}
		}
		modules = modules || dir != p.dir
	}
	if !modules {
		return
	}
	if out, code := p.terraform("get"); code != 0 {
		p.t.Fatalf("get exits with %d:\n%s", code, out)
	}
}

func (p *parity) remove(name string) {
	p.t.Helper()
	if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
		p.t.Fatal(err)
	}
}

// script runs a script in the workspace, which must succeed.
func (w *workspace) script(text string) {
	w.t.Helper()
	c := exec.CommandContext(w.ctx(), "/bin/sh", "-ec", text)
	c.Dir, c.Env = w.dir, w.env
	if out, err := c.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v\n%s", text, err, out)
	}
}

// foreseen is what a plan says, whoever made it: a line for each change, with
// what it costs, and one for each planned value.
type foreseen []string

const (
	unknown   = "(unknown)"
	sensitive = "(sensitive)"
)

func (f *foreseen) change(address any, action string, impact any) {
	line := fmt.Sprintf("%v %s", address, action)
	if impact != nil && impact != "" && impact != "nothing restarts" {
		line += ": " + fmt.Sprint(impact)
	}
	*f = append(*f, line)
}

// resource adds the planned values of a resource. The command plans without a
// look at what is live what an apply decides, and Terraform with one.
func (f *foreseen) resource(address string, values any) {
	attributes, _ := values.(map[string]any)
	for name, v := range attributes {
		if !slices.Contains([]string{"impact", "instances", "status"}, name) {
			f.value(address+"."+name, v)
		}
	}
}

func (f *foreseen) value(of string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(err.Error())
	}
	*f = append(*f, fmt.Sprintf("%s = %s", of, text))
}

// without returns the lines that another does not have, sorted, each with whose
// it is.
func (f foreseen) without(other foreseen, whose string) string {
	var out strings.Builder
	for _, line := range slices.Sorted(slices.Values(f)) {
		if !slices.Contains(other, line) {
			fmt.Fprintf(&out, "%s: %s\n", whose, line)
		}
	}
	return out.String()
}

// named returns what was said of the test's own project with one name for all.
func (p *parity) named(text string) []byte {
	return []byte(strings.ReplaceAll(text, p.project, "PROJECT"))
}

func (p *parity) terraformPlans() foreseen {
	p.t.Helper()
	_, text := p.plan()
	var all struct {
		Resources []struct {
			Address string
			Change  plannedChange
		} `json:"resource_changes"`
		Outputs map[string]plannedChange `json:"output_changes"`
	}
	if err := json.Unmarshal(p.named(text), &all); err != nil {
		p.t.Fatal(err)
	}
	var f foreseen
	for _, r := range all.Resources {
		r.Change.tell(&f)
		f.resource(r.Address, r.Change.after())
	}
	for name, o := range all.Outputs {
		if after := o.after(); after != nil {
			f.value("output."+name, after)
		}
	}
	return f
}

// plannedChange is a change in terraform's JSON.
type plannedChange struct {
	Actions        []string
	Before, After  any
	AfterUnknown   any `json:"after_unknown"`
	AfterSensitive any `json:"after_sensitive"`
}

func (c plannedChange) after() any {
	return cover(cover(c.After, c.AfterUnknown, unknown), c.AfterSensitive, sensitive)
}

// tell adds the change of a resource, as the command names and tells it.
func (c plannedChange) tell(f *foreseen) {
	of := func(v any, attribute string) any { attributes, _ := v.(map[string]any); return attributes[attribute] }
	was, is, impact := of(c.Before, "address"), of(c.After, "address"), of(c.After, "impact")
	switch {
	case slices.Equal(c.Actions, []string{"no-op"}):
	case len(c.Actions) == 1 && c.Actions[0] == "delete":
		f.change(was, "delete", nil)
	case len(c.Actions) == 1:
		f.change(is, c.Actions[0], impact)
	case was == is:
		f.change(is, "replace", impact)
	default:
		f.change(was, "delete", nil)
		f.change(is, "create", impact)
	}
}

// cover puts a word in the place of those parts of a value that a tree marks.
func cover(v, marks any, word string) any {
	switch m := marks.(type) {
	case bool:
		if m {
			return word
		}
	case map[string]any:
		inner, ok := v.(map[string]any)
		for key, mark := range m {
			covered := cover(inner[key], mark, word)
			if covered == nil {
				continue
			}
			if !ok {
				inner, ok = map[string]any{}, true
			}
			inner[key] = covered
		}
		if ok {
			return inner
		}
	case []any:
		inner, _ := v.([]any)
		for i, mark := range m {
			if i < len(inner) {
				inner[i] = cover(inner[i], mark, word)
			}
		}
	}
	return v
}
