package docker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
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
	got, err := b.ResolveImage(t.Context(), tag)
	if want := (apply.Image{Digest: first, Version: "1.1", Local: true}); err != nil || got != want {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
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
	err = b.refuse(t, plan.EnsureImage{Image: tag, Digest: never}, "is now "+second+", the plan was made for "+never+"; plan again")
	if !errdefs.IsFailedPrecondition(err) {
		t.Errorf("class of %v", err)
	}
	b.refuse(t, plan.EnsureImage{Image: "Not A Name"}, "invalid reference format")
}

func TestRegistryImage(t *testing.T) {
	b := newBench(t)
	r := newRegistry(t)
	tag := r.host + "/" + b.scope.Project + ":1"
	if _, err := b.ResolveImage(t.Context(), tag); !errdefs.IsNotFound(err) {
		t.Errorf("an image that its registry has not: %v", err)
	}
	first := r.push(b.scope.Project, "1", "2.1")
	got, err := b.ResolveImage(t.Context(), tag)
	if want := (apply.Image{Digest: first}); err != nil || got != want {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	second := r.push(b.scope.Project, "1", "2.2") // the tag moves
	b.perform(t, plan.EnsureImage{Image: tag, Digest: first})
	t.Cleanup(func() { b.removeImages(t, r.host+"/"+b.scope.Project) })
	c := plan.Container{Address: app("web"), Image: tag, Digest: first, Hash: "h"}
	c.Settings = []plan.Setting{{Path: "Config.Cmd", Value: []string{"/x"}}}
	b.create(t, c)
	if i := b.instance(t, b.name("web")); i.Status != topology.StatusCreated {
		t.Errorf("it is %s", i.Status)
	}
	b.perform(t, plan.EnsureImage{Image: tag}) // which is not here yet
	got, err = b.ResolveImage(t.Context(), tag)
	if want := (apply.Image{Digest: second, Version: "2.2", Local: true}); err != nil || got != want {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	never := "sha256:" + strings.Repeat("0", 64)
	b.refuse(t, plan.EnsureImage{Image: tag, Digest: never}, "is now "+second)
	b.refuse(t, plan.EnsureImage{Image: r.host + "/" + b.scope.Project + "/none:1"}, "none")
	r.broken = true
	third := r.push(b.scope.Project, "3", "2.3")
	b.refuse(t, plan.EnsureImage{Image: r.host + "/" + b.scope.Project + ":3", Digest: third}, "pull image")
}

// removeImages removes the images of a repository, which no container uses any more.
func (b bench) removeImages(t *testing.T, repository string) {
	ctx := context.WithoutCancel(t.Context())
	found, err := b.client.ImageList(ctx, image.ListOptions{})
	for _, i := range found {
		if slices.ContainsFunc(i.RepoDigests, func(d string) bool { return strings.HasPrefix(d, repository+"@") }) {
			_, removal := b.client.ImageRemove(ctx, i.ID, image.RemoveOptions{Force: true})
			err = errors.Join(err, removal)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
