package cli_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
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
		Setup: func(e *testscript.Env) error {
			tb, ok := e.T().(testing.TB)
			if !ok {
				return fmt.Errorf("a script's test is a %T", e.T())
			}
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("BAYPLAN_PROJECT", testenv.Project(tb))
			e.Setenv("BAYPLAN_KEY", "a key that only tests have")
			e.Setenv("DOCKER_HOST", env.Host)
			e.Setenv("TF_CLI_CONFIG_FILE", terraform)
			e.Setenv("CHECKPOINT_DISABLE", "1")
			e.Setenv("TERRAFORM", testenv.Terraform(tb))
			e.Setenv("PORT", freePort(tb))
			e.Setenv("TAKEN", takenPort(tb))
			return nil
		},
	})
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
