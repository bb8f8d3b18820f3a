package config_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// failed is what an expression comes to that is an error.
const failed = "<error>"

// TestFunctions evaluates each line of testdata/functions.txt here and in one
// terraform console. What is compared is the value as JSON, and whether it is a
// list, set, tuple, map or object.
func TestFunctions(t *testing.T) {
	text, err := os.ReadFile("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string]string{
		"a.txt": "hello\n", "b.txt": "bye", "sub/c.json": `{"a": [1, 2]}`, "greet.tftpl": "Hello, ${name}!%{ for x in list } ${upper(x)}%{ endfor }\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	want := console(t, dir, lines)
	for i, line := range lines {
		got := failed
		if v, err := config.Evaluate(dir, probe(line)); err == nil && v.IsKnown() && !v.IsNull() {
			got = v.AsString()
		} else if err == nil {
			got = v.GoString()
		}
		if got != want[i] {
			_, err := config.Evaluate(dir, line)
			t.Errorf("%s\nterraform: %s\nbayplan:   %s (%v)", line, want[i], got, err)
		}
	}
	t.Logf("%d expressions", len(lines))
}

// probe wraps an expression such that its value and what it is of can be told.
// That no list is a set and no map an object shows in what converts to what.
func probe(expr string) string {
	return `try(jsonencode([` + expr + `, can(setunion(` + expr + `, [])), can(index(` + expr + `, "")), can(regex("x", ` + expr + `))]), "<error>")`
}

// console evaluates expressions with terraform console. What it reads from a pipe
// it answers only once, and in one line of limited length: many expressions are
// made one.
func console(t *testing.T, dir string, lines []string) []string {
	t.Helper()
	var all []string
	for some := range slices.Chunk(lines, 100) {
		var probes []string
		for _, line := range some {
			probes = append(probes, probe(line))
		}
		run := exec.CommandContext(t.Context(), testenv.Terraform(t), "console")
		run.Dir, run.Stdin = dir, strings.NewReader("jsonencode(["+strings.Join(probes, ", ")+"])\n")
		run.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+testenv.CLIConfig(t, binary))
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("terraform console: %v\n%s", err, out)
		}
		quoted, err := strconv.Unquote(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatalf("terraform console: %v: %s", err, out)
		}
		var answers []string
		if err := json.Unmarshal([]byte(quoted), &answers); err != nil || len(answers) != len(some) {
			t.Fatalf("terraform console: %v: %d answers to %d expressions", err, len(answers), len(some))
		}
		all = append(all, answers...)
	}
	return all
}

// TestEveryFunctionIsCompared fails for a function that no line of the table calls.
func TestEveryFunctionIsCompared(t *testing.T) {
	text, err := os.ReadFile("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	apart := " timestamp uuid bcrypt plantimestamp " // differ each time
	for name := range config.Library() {
		if !strings.Contains(string(text), name+"(") && !strings.Contains(apart, " "+name+" ") && !strings.HasPrefix(name, "core::") {
			t.Errorf("%s is in no line of the table", name)
		}
	}
}
