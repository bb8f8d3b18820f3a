package docker

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// An image is kept by a tag of the scope's own, once, and let go of alone.
func TestKeptImagesAreTagged(t *testing.T) {
	env := testenv.Require(t)
	testenv.Image(t, busybox)
	e, err := New(Options{Host: env.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	scope := topology.Scope{Project: testenv.Project(t), Environment: "default"}
	other := topology.Scope{Project: scope.Project, Environment: "other"}
	found, err := e.ResolveImage(t.Context(), busybox)
	if err != nil {
		t.Fatal(err)
	}
	short := strings.TrimPrefix(found.Digest, "sha256:")[:12]
	tag := func(s topology.Scope) string { return "bayplan-kept/" + s.Project + "/" + s.Environment + ":" + short }
	ours := []apply.ImageID{{Image: busybox, Digest: found.Digest}}
	for _, step := range []struct {
		scope  topology.Scope
		images []apply.ImageID
		want   []string
	}{
		{scope, ours, []string{tag(scope)}},
		{scope, append(ours, ours...), []string{tag(scope)}},
		{other, ours, []string{tag(scope), tag(other)}},
		{scope, nil, []string{tag(other)}},
		{other, nil, nil},
	} {
		if err := e.KeepImages(t.Context(), step.scope, step.images); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, keptFor(t, env, scope.Project)); diff != "" {
			t.Errorf("tags after %v for %v (-want +got):\n%s", step.images, step.scope, diff)
		}
	}
}

// keptFor returns the tags of kept images of a project, sorted.
func keptFor(t *testing.T, env *testenv.Env, project string) []string {
	t.Helper()
	found, err := env.Docker.ImageList(context.Background(), image.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range found {
		for _, tag := range i.RepoTags {
			if strings.HasPrefix(tag, "bayplan-kept/"+project+"/") {
				out = append(out, tag)
			}
		}
	}
	slices.Sort(out)
	return out
}
