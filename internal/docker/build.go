package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	dockerbuild "github.com/docker/docker/api/types/build"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// buildImage builds an image, unless one of that digest is there. Several who
// want the same wait for the one that builds it.
func (e *Engine) buildImage(ctx context.Context, op plan.BuildImage, report func(apply.Pulled)) error {
	defer e.alone(op.Digest)()
	e.images.drop() // it may be there since
	builds, err := e.builds(ctx)
	if err != nil {
		return err
	}
	if built, ok := builds[op.Digest]; ok {
		if slices.Contains(built.Tags, op.Image) {
			return nil
		}
		defer e.images.drop()
		return e.do(ctx, e.ReadTimeout, "tag the image that is there", func(ctx context.Context) error {
			return e.client.ImageTag(ctx, built.ID, op.Image)
		})
	}
	source, err := build.Open(op.Build)
	if err != nil {
		return err
	}
	inputs, err := source.Inputs()
	if err != nil {
		return err
	}
	if build.Digest(inputs, op.Bases) != op.Digest {
		return classed{"what it is built from has changed since the plan was made; plan again", errdefs.ErrFailedPrecondition}
	}
	pinned, err := e.pinned(ctx, op, report)
	if err != nil {
		return err
	}
	if report == nil {
		report = func(apply.Pulled) {}
	}
	defer e.images.drop()
	err = e.do(ctx, e.BuildTimeout, "", func(ctx context.Context) error {
		send := func(w io.Writer) error { return source.Tar(w, pinned, inputs) }
		return e.send(ctx, op, send, report)
	})
	var failed *BuildError
	if errors.As(err, &failed) {
		return failed // which has lines
	}
	return err
}

// pinned makes the images available that a build is on, and returns the
// references to just those that a registry has. The others have only their names,
// which have to stand for them now.
func (e *Engine) pinned(ctx context.Context, op plan.BuildImage, report func(apply.Pulled)) (map[string]string, error) {
	out := map[string]string{}
	for _, base := range slices.Sorted(maps.Keys(op.Bases)) {
		digest := op.Bases[base]
		if err := e.ensureImage(ctx, plan.EnsureImage{Image: base, Digest: digest, Never: op.Never}, report); err != nil {
			return nil, err
		}
		name, now, err := e.findImage(ctx, base)
		if err != nil {
			return nil, err
		}
		exact, err := e.findDigest(ctx, name, digest)
		switch {
		case err != nil:
			return nil, err
		case exact != "" && exact != digest && !e.onlyHere(ctx, name, now, digest):
			out[base] = exact
		case now == nil:
			return nil, missingImage(base, digest)
		case identity(*now, name) != digest:
			return nil, movedImage(base, identity(*now, name), digest)
		}
	}
	return out, nil
}

// onlyHere reports whether a build finds the image of a digest by its name alone. A
// store in which an image is its digest calls what was made here as if a registry had
// it, and BuildKit would ask that for the digest; by name it takes what the engine has,
// unless the registry has one of that name.
func (e *Engine) onlyHere(ctx context.Context, name imageName, now *storedImage, digest string) bool {
	if _, exact := name.named.(reference.Canonical); exact || now == nil || now.ID != digest {
		return false
	}
	_, err := e.askRegistry(ctx, name, "ask its registry")
	return err != nil
}

// send has the engine build what is sent, and waits until it has.
func (e *Engine) send(ctx context.Context, op plan.BuildImage, send func(io.Writer) error, report func(apply.Pulled)) error {
	from, to := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := send(to)
		to.CloseWithError(err)
		sent <- err
	}()
	_, tag, _ := strings.Cut(op.Image, ":")
	args := map[string]*string{}
	for name, value := range op.Build.Args {
		args[name] = &value
	}
	options := dockerbuild.ImageBuildOptions{
		Tags: []string{op.Image}, Dockerfile: op.Build.Dockerfile, Target: op.Build.Target, BuildArgs: args,
		Labels: map[string]string{labelBuild: op.Digest, labelInputs: tag},
		Remove: true, ForceRemove: true, Version: e.builder(),
	}
	answer, err := e.client.ImageBuild(ctx, from, options)
	if err == nil {
		err = followBuild(answer.Body, report)
		answer.Body.Close()
	}
	from.Close() // who is still sending need not
	if broken := <-sent; broken != nil && !errors.Is(broken, io.ErrClosedPipe) {
		return broken
	}
	return err
}

// usesBuildKit reports whether images are built with BuildKit: as the environment
// says, as it does to the docker command, else where the engine prefers it.
func usesBuildKit(preferred dockerbuild.BuilderVersion) bool {
	asked, err := strconv.ParseBool(os.Getenv("DOCKER_BUILDKIT"))
	if err != nil {
		return preferred == dockerbuild.BuilderBuildKit
	}
	return asked
}

func (e *Engine) builder() dockerbuild.BuilderVersion {
	if e.buildKit {
		return dockerbuild.BuilderBuildKit
	}
	return dockerbuild.BuilderV1
}

// BuildError says why an image was not built.
type BuildError struct {
	Reason string
	Output []string // the last lines of the build's output, at most 20, without control characters
}

func (e *BuildError) Error() string {
	if len(e.Output) == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s; its output ends:\n  %s", e.Reason, strings.Join(e.Output, "\n  "))
}
