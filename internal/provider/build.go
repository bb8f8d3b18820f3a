package provider

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// sourceError is what is wrong with the files of a build.
type sourceError struct{ error }

func (e sourceError) Unwrap() error { return e.error }

// inPlace returns a build with its context where it is: what a copy of the
// configuration names by the original's place is in the copy.
func (s *session) inPlace(b topology.Build) topology.Build {
	if inside, err := filepath.Rel(s.copyOf, b.Context); err == nil && s.copyOf != "" && filepath.IsAbs(b.Context) && filepath.IsLocal(inside) {
		b.Context = inside
	}
	return b
}

// lookUpBuild returns what the build of an app stands for: its image's name, and
// the digest that tells it from builds of other inputs or on other images. With an
// error it is what is known of that.
func (s *session) lookUpBuild(ctx context.Context, w topology.Workload) (resolved, error) {
	out := resolved{Reference: s.scope.Prefix() + w.Name}
	source, err := build.Open(s.inPlace(*w.Build))
	if err != nil {
		return out, sourceError{err}
	}
	inputs, err := source.Inputs()
	if err != nil {
		return out, sourceError{err}
	}
	out.Reference, out.Bases = build.ImageName(s.scope, w.Name, inputs), map[string]string{}
	known := true
	for _, reference := range source.Bases() {
		image, err := s.lookUp(ctx, reference, w.Pull)
		if err != nil {
			return out, fmt.Errorf("it is built on another image: %w", err)
		}
		if _, pinned, is := strings.Cut(reference, "@"); is {
			image.Digest = pinned
		}
		out.Bases[reference] = image.Digest
		known = known && image.Digest != reference
	}
	if out.Digest = out.Reference; known {
		out.Digest = build.Digest(inputs, out.Bases)
	}
	return out, nil
}

// resolveBuild sets the image of the wanted build: as Read found it where the
// build is the one that the state has.
func (w *workloadDraft) resolveBuild(ctx context.Context) error {
	if w.create || w.renamed() || w.kept.Image.Digest == "" || w.prior.Pull != w.want.Pull || !reflect.DeepEqual(w.prior.Build, w.want.Build) {
		image, err := w.lookUpBuild(ctx, w.want)
		if err != nil && !w.lenient {
			return &topology.FieldError{Address: w.address, Field: "build", Err: err, Hint: buildHint(err)}
		}
		w.kept.Image = image
	}
	w.want.Image, w.want.ImageDigest, w.want.BaseImages = w.kept.Image.Reference, w.kept.Image.Digest, w.kept.Image.Bases
	return w.admitImage(ctx, w.want)
}

func buildHint(err error) string {
	var source sourceError
	if errors.As(err, &source) {
		return "Names are those of the directory that the command or Terraform runs in: ${path.module} is the configuration's own."
	}
	return imageHint(err)
}

// refreshBuild returns what the build of something live stands for. Where an
// image that it builds on is nowhere to be had any more, that is what runs; where
// its files cannot be read it is nothing, and who plans it says so.
func (s *session) refreshBuild(ctx context.Context, w topology.Workload) (resolved, error) {
	image, err := s.lookUpBuild(ctx, w)
	var source sourceError
	switch {
	case errors.As(err, &source):
		return resolved{}, nil
	case apply.IsNotFound(err):
		return resolved{Reference: w.Image, Digest: w.ImageDigest, Bases: w.BaseImages}, nil
	}
	return image, err
}

// lockedBases reports whether all images that a build is on are those of the lock
// file, or named by their digests.
func (s *session) lockedBases(ctx context.Context, w topology.Workload) (bool, error) {
	for reference, digest := range w.BaseImages {
		if revision.Pinned(reference) {
			continue
		}
		if _, has, err := s.locked(ctx, reference); err != nil || has != digest {
			return false, err
		}
	}
	return true, nil
}

// Built says of the digests of a topology's builds whether the engine has their
// images. It has none of what is not known to the end.
func (s Session) Built(ctx context.Context, of topology.Topology) (map[string]bool, error) {
	out := map[string]bool{}
	for a, w := range of.Workloads {
		if w.Build == nil || !strings.HasPrefix(w.ImageDigest, build.DigestPrefix) {
			continue
		}
		_, err := s.runtime.ResolveImage(ctx, w.ImageDigest)
		if err != nil && !apply.IsNotFound(err) {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
		out[w.ImageDigest] = err == nil
	}
	return out, nil
}

// Buildable returns an error for each step that would build something else than
// was planned: its files have changed since.
func (s Session) Buildable(ctx context.Context, steps []plan.Step) error {
	return s.buildable(ctx, steps)
}

func (s *session) buildable(ctx context.Context, steps []plan.Step) error {
	var errs []error
	for _, step := range steps {
		op, builds := step.Op.(plan.BuildImage)
		if !builds {
			continue
		}
		_, err := s.runtime.ResolveImage(ctx, op.Digest)
		if apply.IsNotFound(err) {
			err = sameSource(op)
		}
		if err != nil {
			errs = append(errs, &topology.FieldError{Address: step.Address, Field: "build", Err: err, Hint: "Plan again."})
		}
	}
	return errors.Join(errs...)
}

// sameSource returns an error when the files of a build are not those that it was
// planned with.
func sameSource(op plan.BuildImage) error {
	source, err := build.Open(op.Build)
	if err != nil {
		return err
	}
	inputs, err := source.Inputs()
	if err == nil && build.Digest(inputs, op.Bases) != op.Digest {
		err = fmt.Errorf("what %s is built from has changed since the plan was made, and nothing was changed", op.Image)
	}
	return err
}

// Source is the build of an app, as far as a configuration alone tells.
type Source struct {
	Name  string          `attr:"name"`
	Build *topology.Build `attr:"build"`
}

// SourceOf returns the build of a planned resource, nil where it has none.
func SourceOf(planned map[string]tftypes.Value) (Source, error) {
	var s Source
	unknown, err := decodeAttributes(planned, &s)
	if err == nil && unknown.has("build", "") {
		err = errors.New("its build follows from what only an apply decides")
	}
	return s, err
}

// ImageOf returns the image of a planned resource, "" where it has none.
func ImageOf(planned map[string]tftypes.Value) (string, error) {
	var s struct {
		Image string `attr:"image"`
	}
	unknown, err := decodeAttributes(planned, &s)
	if err == nil && unknown.has("image", "") {
		err = errors.New("its image follows from what only an apply decides")
	}
	return s.Image, err
}
