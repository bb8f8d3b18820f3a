package docker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// source writes a build's files and returns the step that builds the app.
func (b bench) source(t *testing.T, dockerfile string) plan.BuildImage {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
		t.Fatal(err)
	}
	return b.planned(t, topology.Build{Context: dir, Args: map[string]string{"WHO": b.scope.Project}})
}

// planned is the step that builds what is there now.
func (b bench) planned(t *testing.T, of topology.Build) plan.BuildImage {
	t.Helper()
	source, err := build.Open(of)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := source.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	op := plan.BuildImage{Build: of, Image: build.ImageName(b.scope, "web", inputs), Bases: map[string]string{}}
	for _, reference := range source.Bases() {
		found, err := b.ResolveImage(t.Context(), reference)
		if err != nil {
			t.Fatal(err)
		}
		op.Bases[reference] = found.Digest
	}
	op.Digest = build.Digest(inputs, op.Bases)
	return op
}

const sayWho = "FROM busybox:stable\nARG WHO\nRUN echo $WHO > /who\n"

// oneBuildKit keeps builds by BuildKit apart, whose containers do not start beside
// each other on cgroup v1.
var oneBuildKit sync.Mutex

// builders runs a test with each builder that an engine has.
func builders(t *testing.T, test func(t *testing.T, b bench)) {
	for name, kit := range map[string]bool{"classic": false, "BuildKit": true} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if b.buildKit = kit; kit {
				oneBuildKit.Lock()
				defer oneBuildKit.Unlock()
			}
			test(t, b)
		})
	}
}

func TestBuild(t *testing.T) {
	builders(t, func(t *testing.T, b bench) {
		op := b.source(t, sayWho)
		if _, err := b.ResolveImage(t.Context(), op.Digest); !apply.IsNotFound(err) {
			t.Fatalf("before it is built: %v", err)
		}
		var said []string
		if err := b.Perform(t.Context(), b.scope, op, func(p apply.Pulled) { said = append(said, p.Step) }); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "RUN echo ") }) {
			t.Errorf("it said %q", said)
		}
		found, err := b.ResolveImage(t.Context(), op.Digest)
		if err != nil || found.Digest != op.Digest || !found.Local {
			t.Errorf("once it is built: %+v, %v", found, err)
		}
		c := shell("web", `test "$(cat /who)" = `+b.scope.Project+" && sleep 1000")
		c.Image, c.Digest = op.Image, op.Digest
		b.perform(t, plan.StartInstance{Name: b.create(t, c)}, plan.AwaitInstance{Name: b.name("web"), Condition: topology.ConditionHealthy})
		b.succeeds(t, b.name("web"), "grep", "-q", b.scope.Project, "/who")
	})
}

// What is there is not built again, by whoever asks for it under what name.
func TestBuildOnce(t *testing.T) {
	b := newBench(t)
	op := b.source(t, sayWho)
	other := op
	other.Image = strings.Replace(op.Image, "-web:", "-worker:", 1)
	var builds sync.Map
	var all sync.WaitGroup
	for i, op := range []plan.BuildImage{op, other, op, other} {
		all.Go(func() {
			err := b.Perform(t.Context(), b.scope, op, func(apply.Pulled) { builds.Store(i, true) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := 0
	builds.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("it was built %d times", count)
	}
	made, err := b.builds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tags := made[op.Digest].Tags
	if len(tags) != 2 || !slices.Contains(tags, op.Image) || !slices.Contains(tags, other.Image) {
		t.Errorf("it is called %q", tags)
	}
	if err := os.RemoveAll(op.Build.Context); err != nil { // nobody needs it any more
		t.Fatal(err)
	}
	b.perform(t, op)
}

// An image that somebody built on one of ours has its labels, and is not it.
func TestWhatIsBuiltOnABuildIsAnother(t *testing.T) {
	b := newBench(t)
	first := b.source(t, sayWho)
	b.perform(t, first)
	second := b.source(t, "FROM "+first.Image+"\nRUN echo more > /more\n")
	b.perform(t, second)
	builds, err := b.builds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if one, two := builds[first.Digest].ID, builds[second.Digest].ID; one == "" || two == "" || one == two {
		t.Errorf("the first is %q, the second %q", one, two)
	}
	derived := image.Summary{
		ID: "sha256:1", RepoTags: []string{"mine:1"}, Labels: map[string]string{labelBuild: first.Digest, labelInputs: "none"},
	}
	if _, ok := indexBuilds([]image.Summary{derived})[first.Digest]; ok {
		t.Error("an image is taken for a build because of labels that it inherited")
	}
}

func TestAFailedBuildSaysWhy(t *testing.T) {
	builders(t, func(t *testing.T, b bench) {
		op := b.source(t, "FROM busybox:stable\nRUN echo early\nRUN for i in $(seq 30); do echo line $i; done; printf '\\033[31mred\\033[0m\\n'; exit 3\n")
		err := b.refuse(t, op, "its output ends:")
		var failed *BuildError
		if !errors.As(err, &failed) || !strings.Contains(failed.Reason, "3") || len(failed.Output) != logLines {
			t.Fatalf("error %#v", failed)
		}
		if last := strings.Join(failed.Output, "\n"); !strings.Contains(last, "line 30\nred") || strings.Contains(last, "early") {
			t.Errorf("output %q", last)
		}
		if _, err := b.ResolveImage(t.Context(), op.Digest); !apply.IsNotFound(err) {
			t.Errorf("what failed is there: %v", err)
		}
	})
}

func TestABuildIsOfWhatWasPlanned(t *testing.T) {
	b := newBench(t)
	op := b.source(t, sayWho)
	if err := os.WriteFile(filepath.Join(op.Build.Context, "more"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	b.refuse(t, op, "has changed since the plan was made")
	other := b.planned(t, op.Build)
	other.Bases[busybox] = "sha256:" + strings.Repeat("0", 64)
	b.refuse(t, other, "has changed since the plan was made")
}

// A build that is interrupted leaves nothing in the way of the next.
func TestAnInterruptedBuildIsBuiltLater(t *testing.T) {
	builders(t, func(t *testing.T, b bench) {
		op := b.source(t, "FROM busybox:stable\nARG WHO\nRUN for i in $(seq 20); do sleep 0.1; done; echo $WHO > /who\n")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := b.Perform(ctx, b.scope, op, func(p apply.Pulled) {
			if strings.Contains(p.Step, "RUN") {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted: %v", err)
		}
		b.perform(t, op)
		if _, err := b.ResolveImage(t.Context(), op.Digest); err != nil {
			t.Error(err)
		}
	})
}
