package docker

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// ownImage makes an image of the test's own from busybox and returns its id.
func (b bench) ownImage(t *testing.T, tag, version string) string {
	t.Helper()
	made := b.create(t, shell("base-"+version, "true"))
	commit, err := b.client.ContainerCommit(t.Context(), made, container.CommitOptions{
		Reference: tag, Changes: []string{"LABEL " + labelImageVersion + "=" + version},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := b.client.ImageRemove(context.WithoutCancel(t.Context()), commit.ID, image.RemoveOptions{Force: true})
		if err != nil && !errdefs.IsNotFound(err) {
			t.Error(err)
		}
	})
	b.images.drop()
	return commit.ID
}

func TestLocalImage(t *testing.T) {
	b := newBench(t)
	tag := "bayplan-test/" + b.scope.Project + ":1"
	first := b.ownImage(t, tag, "1.1")
	made := apply.Image{Digest: first, Version: "1.1", Local: true}
	b.resolves(t, b.ResolveImage, tag, made)
	b.resolves(t, b.LatestImage, tag, made) // no registry has it
	if got, err := b.ResolveImage(t.Context(), first); err != nil || got.Digest != first {
		t.Errorf("by its id: got %+v, error %v", got, err)
	}
	second := b.ownImage(t, tag, "1.2") // the tag moves
	b.perform(t, plan.EnsureImage{Image: tag}, plan.EnsureImage{Image: tag, Digest: second})
	b.perform(t, plan.EnsureImage{Image: tag, Digest: first}) // which is still there
	c := sleeper("web")
	c.Image, c.Digest = tag, first
	if c, err := b.inspect(t.Context(), b.create(t, c)); err != nil || c.Image != first {
		t.Errorf("the container is of %s, error %v, want %s", c.Image, err, first)
	}
	never := "sha256:" + strings.Repeat("0", 64)
	err := b.refuse(t, plan.EnsureImage{Image: tag, Digest: never}, "is now "+second+", the plan was made for "+never+"; plan again")
	if !errdefs.IsFailedPrecondition(err) {
		t.Errorf("class of %v", err)
	}
	b.refuse(t, plan.EnsureImage{Image: "Not A Name"}, "invalid reference format")
}

func TestRegistryImage(t *testing.T) {
	b := newBench(t)
	r := testenv.NewRegistry(t)
	tag := r.Host + "/" + b.scope.Project + ":1"
	if _, err := b.ResolveImage(t.Context(), tag); !errdefs.IsNotFound(err) {
		t.Errorf("an image that its registry has not: %v", err)
	}
	first := r.Push(b.scope.Project, "1", "2.1")
	platforms := []string{"linux/" + runtime.GOARCH}
	b.resolves(t, b.ResolveImage, tag, apply.Image{Digest: first, Published: true, Platforms: platforms})
	second := r.Push(b.scope.Project, "1", "2.2") // the tag moves
	b.refuse(t, plan.EnsureImage{Image: tag, Digest: first, Never: true}, "is not on the engine")
	b.refuse(t, plan.EnsureImage{Image: tag, Never: true}, "is not on the engine")
	b.perform(t, plan.EnsureImage{Image: tag, Digest: first})
	c := plan.Container{Address: app("web"), Image: tag, Digest: first, Hash: "h"}
	c.Settings = []plan.Setting{{Path: "Config.Cmd", Value: []string{"/x"}}}
	b.create(t, c)
	if i := b.instance(t, b.name("web")); i.Status != topology.StatusCreated {
		t.Errorf("it is %s", i.Status)
	}
	b.perform(t, plan.EnsureImage{Image: tag}) // which is not here yet
	pulled := apply.Image{Digest: second, Published: true, Version: "2.2", Local: true}
	b.resolves(t, b.ResolveImage, tag, pulled)
	b.resolves(t, b.ResolveImage, tag+"@"+first, apply.Image{Digest: first, Published: true, Version: "2.1", Local: true})
	third := r.Push(b.scope.Project, "1", "2.3") // it moves again
	b.resolves(t, b.ResolveImage, tag, pulled)
	b.resolves(t, b.LatestImage, tag, apply.Image{Digest: third, Published: true, Platforms: platforms})
	r.Remove(third)
	b.resolves(t, b.LatestImage, tag, pulled) // its registry has none
	r.Push(b.scope.Project, "1", "2.2")       // and back
	never := "sha256:" + strings.Repeat("0", 64)
	b.refuse(t, plan.EnsureImage{Image: tag, Digest: never}, "is now "+second)
	b.refuse(t, plan.EnsureImage{Image: r.Host + "/" + b.scope.Project + "/none:1"}, "none")
	r.Break()
	fourth := r.Push(b.scope.Project, "3", "2.4")
	b.refuse(t, plan.EnsureImage{Image: r.Host + "/" + b.scope.Project + ":3", Digest: fourth}, "pull image")
}

// The digest counts, also where its tag was given to an image that was made here.
func TestDigestBesideAnotherTag(t *testing.T) {
	b := newBench(t)
	r := testenv.NewRegistry(t)
	tag := r.Host + "/" + b.scope.Project + ":1"
	planned := r.Push(b.scope.Project, "1", "3.1")
	made := b.ownImage(t, tag, "3.2")
	b.perform(t, plan.EnsureImage{Image: tag, Digest: planned})
	b.resolves(t, b.ResolveImage, tag+"@"+planned, apply.Image{Digest: planned, Published: true, Version: "3.1", Local: true})
	b.resolves(t, b.ResolveImage, tag, apply.Image{Digest: made, Version: "3.2", Local: true}) // which nobody moved
	b.resolves(t, b.LatestImage, tag, apply.Image{Digest: planned, Published: true, Platforms: []string{"linux/" + runtime.GOARCH}})
	r.Remove(planned)
	b.resolves(t, b.LatestImage, tag, apply.Image{Digest: made, Version: "3.2", Local: true})
}

// resolves checks what a reference stands for.
func (b bench) resolves(t *testing.T, resolve func(context.Context, string) (apply.Image, error), ref string, want apply.Image) {
	t.Helper()
	got, err := resolve(t.Context(), ref)
	if told := got.Labels[labelImageVersion]; want.Local && told != want.Version {
		t.Errorf("%s: it has the version %q in its labels; want %q", ref, told, want.Version)
	}
	if want.Local != (got.ID != "") {
		t.Errorf("%s: it has the id %q", ref, got.ID)
	}
	got.Labels, got.ID = nil, "" // and those of who made it
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%s: error %v, -want +got:\n%s", ref, err, diff)
	}
}
