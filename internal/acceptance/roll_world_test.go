package acceptance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// trafficRate is how many requests a second the gateway gets.
const trafficRate = 220

// exhaustive says that the tests under traffic try everything, and for longer.
var exhaustive = os.Getenv("BAYPLAN_CHAOS") == "full"

// rollout is a project that changes while requests come.
type rollout struct {
	*workspace
	address string // where requests go
	load    *traffic
	// byTerraform says that terraform plans and applies, not the command.
	byTerraform bool
}

// command returns the program that the test is about with arguments, ready to be run.
func (r *rollout) command(args ...string) *exec.Cmd {
	if r.byTerraform {
		return r.workspace.command(args...)
	}
	return r.bayplanCommand(args...)
}

// bayplanCommand returns the command with arguments, ready to be run in the workspace.
func (w *workspace) bayplanCommand(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	w.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, filepath.Join(binary, "bayplan"), args...)
	c.Dir, c.Env = w.dir, w.env
	return c
}

// run runs the program and returns what it printed, and its exit code.
func (r *rollout) run(args ...string) (string, int) {
	r.t.Helper()
	c := r.command(args...)
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		r.t.Fatalf("%v: %v", c.Args, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// apply applies what is configured, also where it costs downtime.
func (r *rollout) apply() (string, int) {
	r.t.Helper()
	if r.byTerraform {
		return r.run("apply", "-auto-approve")
	}
	return r.run("apply", "--auto-approve", "--allow", "downtime")
}

// applies applies what is configured, which must succeed and leave nothing to do.
func (r *rollout) applies() {
	r.t.Helper()
	if out, code := r.apply(); code != 0 {
		r.t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	r.nothingToDo()
}

// nothingToDo checks that a plan is empty.
func (r *rollout) nothingToDo() {
	r.t.Helper()
	if out, code := r.run("plan", "--detailed-exitcode"); code != 0 {
		r.t.Errorf("a plan that should be empty exits with %d:\n%s", code, out)
	}
}

// since checks that no request has failed since before, and logs how many there were.
func (r *rollout) since(before trafficReport, what string) {
	r.t.Helper()
	now := r.load.so()
	r.t.Logf("%s: %d requests, %d failed", what, now.requests-before.requests, now.failed-before.failed)
	if now.failed > before.failed {
		r.t.Errorf("%s: %s", what, now)
	}
}

// served waits until there have been so many requests, ends the traffic and
// checks that none failed.
func (r *rollout) served(requests int) trafficReport {
	r.t.Helper()
	r.load.await(r.t, requests)
	report := r.load.stop()
	r.t.Logf("in all: %s", report)
	if report.failed > 0 {
		r.t.Errorf("requests failed from %s to %s", report.first, report.last)
	}
	return report
}

var forceUnlock = regexp.MustCompile(`force-unlock ([a-z0-9]{8})\.`)

// recovers applies once more, after it has given back the lock of a command that
// was killed, if that held it.
func (r *rollout) recovers() {
	r.t.Helper()
	out, _ := r.apply()
	if id := forceUnlock.FindStringSubmatch(out); id != nil {
		if out, code := r.run("force-unlock", id[1]); code != 0 {
			r.t.Errorf("force-unlock exits with %d:\n%s", code, out)
		}
	}
	r.applies()
}
