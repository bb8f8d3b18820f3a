package cli_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with")

// TestScripts runs the scripts in testdata/script: the built program against a
// real engine, each in a project of its own.
func TestScripts(t *testing.T) {
	env := testenv.Require(t)
	for _, tag := range []string{"busybox:stable", "redis:7"} {
		testenv.Image(t, tag)
	}
	bin := build(t)
	terraform := testenv.CLIConfig(t, bin)
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Cmds:          map[string]func(ts *testscript.TestScript, neg bool, args []string){"settle": settle, "push": push(env.Busybox(t))},
		Setup: func(e *testscript.Env) error {
			tb, ok := e.T().(testing.TB)
			if !ok {
				return fmt.Errorf("a script's test is a %T", e.T())
			}
			registry := testenv.NewRegistry(tb)
			e.Values[registryKey{}] = registry
			e.Setenv("REGISTRY", registry.Host)
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("BAYPLAN_PROJECT", testenv.Project(tb))
			e.Setenv("BAYPLAN_KEY", "a key that only tests have")
			e.Setenv("DOCKER_HOST", env.Host)
			e.Setenv("ENGINE", env.Host)
			e.Setenv("TF_CLI_CONFIG_FILE", terraform)
			e.Setenv("CHECKPOINT_DISABLE", "1")
			e.Setenv("TERRAFORM", testenv.Terraform(tb))
			e.Setenv("PORT", freePort(tb))
			e.Setenv("TAKEN", takenPort(tb))
			return nil
		},
	})
}

// registryKey is what a script's registry is filed under.
type registryKey struct{}

// push returns the command that puts an image of busybox into a script's
// registry, as a program there: push NAME TAG VERSION. It is another image in
// each registry and version.
func push(busybox []byte) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		registry, ok := ts.Value(registryKey{}).(*testenv.Registry)
		if neg || len(args) != 3 || !ok {
			ts.Fatalf("usage: push NAME TAG VERSION")
		}
		registry.PushFile(args[0], args[1], args[2], "busybox", slices.Concat(busybox, []byte(registry.Host+args[2])))
	}
}

// settle writes to a file what a command wrote, as its reader sees it in the end:
// settle stdout|stderr|ttyout FILE. What differs from run to run is replaced, and
// what went on at once is in the order of addresses.
func settle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: settle stdout|stderr|ttyout FILE")
	}
	text, err := screen(ts.ReadFile(args[0]))
	ts.Check(err)
	text = strings.NewReplacer(ts.Getenv("BAYPLAN_PROJECT"), "myproject", ts.Getenv("DOCKER_HOST"), "ENGINE", "\x1b[", "␛[").Replace(text)
	text = told.ReplaceAllStringFunc(text, byTeller)
	text = regexp.MustCompile(`\b\d+\.\ds\b`).ReplaceAllString(text, "0.0s")
	text = regexp.MustCompile(`sha256:[0-9a-f]{12}`).ReplaceAllString(text, "sha256:0123456789ab")
	text = regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`).ReplaceAllString(text, "2026-01-02 15:04:05 UTC")
	text = strings.ReplaceAll(text, author(ts), "me@here")
	text = regexp.MustCompile(`(UTC  \S+|AUTHOR) {2,}`).ReplaceAllString(text, "$1  ") // as wide as the author is long
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// told are lines that each begin with an address, and who tells of which that is.
var (
	told   = regexp.MustCompile(`(?m)(^(␛\[1m)?(app|service|relationship|volume)\.\S+: .*\n){2,}`)
	teller = regexp.MustCompile(`^(␛\[1m)?\w+\.[a-z0-9-]+`)
)

func byTeller(lines string) string {
	all := slices.Collect(strings.Lines(lines))
	slices.SortStableFunc(all, func(a, b string) int { return strings.Compare(teller.FindString(a), teller.FindString(b)) })
	return strings.Join(all, "")
}

// author is who the program says that applies.
func author(ts *testscript.TestScript) string {
	who, err := user.Current()
	ts.Check(err)
	host, err := os.Hostname()
	ts.Check(err)
	return who.Username + "@" + host
}

var over = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// screen returns what a terminal shows in the end, with its colours: lines that
// were drawn over are gone.
func screen(text string) (string, error) {
	shown := ""
	for text = strings.ReplaceAll(text, "\r\n", "\n"); text != ""; {
		at := over.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		shown += text[:at[0]]
		up, err := strconv.Atoi(text[at[2]:at[3]])
		if err != nil {
			return "", err
		}
		lines := strings.SplitAfter(shown, "\n")
		if len(lines) <= up || lines[len(lines)-1] != "" {
			return "", fmt.Errorf("%d lines are drawn over after %q", up, shown)
		}
		shown, text = strings.Join(lines[:len(lines)-1-up], ""), text[at[1]:]
	}
	return shown + text, nil
}

// build builds the program and returns the directory it is in.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := testenv.Build(dir, "0.0.1"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// freePort returns a port of this machine on which nothing listens.
func freePort(tb testing.TB) string {
	tb.Helper()
	l := listen(tb)
	defer l.Close()
	return portOf(l)
}

// takenPort returns a port on which this program listens until the test ends.
func takenPort(tb testing.TB) string {
	tb.Helper()
	l := listen(tb)
	tb.Cleanup(func() { l.Close() })
	return portOf(l)
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func portOf(l net.Listener) string {
	return l.Addr().String()[strings.LastIndex(l.Addr().String(), ":")+1:]
}
