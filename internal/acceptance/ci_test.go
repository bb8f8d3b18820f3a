package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	yaml "github.com/zclconf/go-cty-yaml"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// The jobs for GitLab, in a shell, against what stands for its API: one remark that
// is kept up to date, among those of others; after the merge the plan that was
// reviewed, and no other.
func TestGitLabJobs(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	c := newPipeline(t)
	c.commit(idle("web", `memory = "32m"`) + idle("old", ""))
	c.bayplan("apply", "--auto-approve")

	c.commit(idle("web", `memory = "48m"`))
	c.job("review")
	c.commit(idle("web", `memory = "56m"`) + idle("new", ""))
	c.job("review")
	if notes := c.gitlab.of(pipelineUser); len(notes) != 1 || !strings.Contains(notes[0].Body, `"32m" -> "56m"`) || strings.Contains(notes[0].Body, "48m") {
		t.Errorf("the notes are %+v", notes)
	}

	c.git("commit", "-q", "--allow-empty", "-m", "merged") // the same files
	c.job("apply")
	if limit := c.only("web").HostConfig.Memory; limit != 56<<20 {
		t.Errorf("the limit is %d", limit)
	}
	c.bayplan("plan", "--detailed-exitcode")
	if said := c.fails("apply"); !strings.Contains(said, "what is live has moved since the plan was made, and nothing was changed") {
		t.Errorf("once more it says\n%s", said)
	}
	c.commit(idle("web", `memory = "64m"`))
	if said := c.fails("apply"); !strings.Contains(said, "No plan of exactly these files was reviewed.") {
		t.Errorf("of other files it says\n%s", said)
	}
	if limit := c.only("web").HostConfig.Memory; limit != 56<<20 {
		t.Errorf("the limit is %d", limit)
	}
}

// pipeline is a workspace in a repository with what runs its jobs.
type pipeline struct {
	*workspace
	gitlab *gitlab
	env    []string
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	c := &pipeline{workspace: newWorkspace(t), gitlab: newGitLab()}
	server := httptest.NewServer(c.gitlab)
	t.Cleanup(server.Close)
	programs := t.TempDir() // conftest is not there to be run; the policy has tests of its own
	if err := os.WriteFile(filepath.Join(programs, "conftest"), []byte("#!/bin/sh\ntest -s review.json\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.env = append(c.workspace.env, "CI_API_V4_URL="+server.URL, "CI_PROJECT_ID=5", "CI_MERGE_REQUEST_IID=7", "CI_JOB_TOKEN=job", "REVIEW_TOKEN=review",
		"CI_JOB_URL=https://gitlab.example/1", "PLANS="+server.URL+"/projects/5/packages/generic/plans",
		"PATH="+strings.Join([]string{programs, binary, os.Getenv("PATH")}, string(filepath.ListSeparator)))
	c.git("init", "-q", "-b", "main", ".")
	return c
}

func (c *pipeline) git(args ...string) {
	c.t.Helper()
	(&series{workspace: c.workspace}).git(args...)
}

// commit commits a configuration.
func (c *pipeline) commit(resources string) {
	c.t.Helper()
	c.write(resources)
	c.git("add", "main.tf")
	c.git("commit", "-q", "-m", "a change")
}

// job runs a job, which must succeed.
func (c *pipeline) job(name string) {
	c.t.Helper()
	if out, err := c.run(name); err != nil {
		c.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// fails runs a job, which must fail, and returns what it says.
func (c *pipeline) fails(name string) string {
	c.t.Helper()
	out, err := c.run(name)
	if err == nil {
		c.t.Fatalf("%s should fail, but says\n%s", name, out)
	}
	return out
}

// run runs the script of a job as a runner does.
func (c *pipeline) run(name string) (string, error) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "ci", "gitlab", ".gitlab-ci.yml"))
	if err != nil {
		c.t.Fatal(err)
	}
	of, err := yaml.Standard.ImpliedType(text)
	if err != nil {
		c.t.Fatal(err)
	}
	jobs, err := yaml.Standard.Unmarshal(text, of)
	if err != nil {
		c.t.Fatal(err)
	}
	var script strings.Builder
	for _, line := range jobs.GetAttr(name).GetAttr("script").AsValueSlice() {
		fmt.Fprintln(&script, line.AsString())
	}
	shell := exec.Command("bash", "-eo", "pipefail", "-c", script.String())
	shell.Dir, shell.Env = c.dir, c.env
	out, err := shell.CombinedOutput()
	return string(out), err
}

// pipelineUser is whom the token for notes is of.
const pipelineUser = 42

// gitlab is of GitLab's API what the jobs ask: notes of a merge request and
// packages of files.
type gitlab struct {
	sync.Mutex
	notes []remark
	files map[string][]byte
}

type remark struct {
	ID     int            `json:"id"`
	Author map[string]int `json:"author"`
	Body   string         `json:"body"`
}

// newGitLab has notes of somebody else's on more than a page, and one that is
// spelled like a review.
func newGitLab() *gitlab {
	g := &gitlab{files: map[string][]byte{}}
	for range 120 {
		g.add(1, "<!-- bayplan review -->\nall is well")
	}
	return g
}

func (g *gitlab) add(author int, body string) remark {
	n := remark{ID: len(g.notes) + 1, Author: map[string]int{"id": author}, Body: body}
	g.notes = append(g.notes, n)
	return n
}

// of returns the notes of an author.
func (g *gitlab) of(author int) []remark {
	g.Lock()
	defer g.Unlock()
	return slices.DeleteFunc(slices.Clone(g.notes), func(n remark) bool { return n.Author["id"] != author })
}

func (g *gitlab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.Lock()
	defer g.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/projects/5/packages/generic/plans/"); ok && r.Header.Get("JOB-TOKEN") == "job" {
		g.file(w, r.Method, path, body)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/projects/5/merge_requests/7/notes")
	switch {
	case r.Header.Get("PRIVATE-TOKEN") != "review":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/user":
		reply(w, map[string]int{"id": pipelineUser})
	case ok && r.Method == http.MethodGet:
		reply(w, g.page(r))
	case ok:
		g.write(w, r.Method, path, body)
	default:
		http.NotFound(w, r)
	}
}

// file takes or gives a file of a package.
func (g *gitlab) file(w http.ResponseWriter, method, path string, body []byte) {
	content, there := g.files[path]
	switch {
	case method == http.MethodPut:
		g.files[path] = body
	case there:
		_, _ = w.Write(content)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// page returns the notes of a page.
func (g *gitlab) page(r *http.Request) []remark {
	size, err := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, none := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || none != nil {
		return nil
	}
	return g.notes[min((page-1)*size, len(g.notes)):min(page*size, len(g.notes))]
}

// write makes a remark, or changes one.
func (g *gitlab) write(w http.ResponseWriter, method, path string, body []byte) {
	var said remark
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&said); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if method == http.MethodPost {
		reply(w, g.add(pipelineUser, said.Body))
		return
	}
	id, err := strconv.Atoi(strings.TrimPrefix(path, "/"))
	if err != nil || id < 1 || id > len(g.notes) || g.notes[id-1].Author["id"] != pipelineUser {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	g.notes[id-1].Body = said.Body
	reply(w, g.notes[id-1])
}

func reply(w http.ResponseWriter, value any) { _ = json.NewEncoder(w).Encode(value) }
