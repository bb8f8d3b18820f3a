package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// ensureImage pulls what the plan was made for, or says that it is no longer
// to be had under that name.
func (e *Engine) ensureImage(ctx context.Context, op plan.EnsureImage, report func(apply.Pulled)) error {
	name, local, err := e.findImage(ctx, op.Image)
	if err != nil {
		return err
	}
	if op.Digest == "" {
		switch {
		case local != nil:
			return nil
		case op.Never:
			return missingImage(op.Image, "")
		}
		return e.pull(ctx, name, name.named, report)
	}
	if there, err := e.findDigest(ctx, name, op.Digest); err != nil || there != "" {
		return err
	}
	if name.named == nil || op.Never {
		return missingImage(op.Image, op.Digest)
	}
	byName := local == nil
	if local != nil {
		_, byName = published(*local, name)
	}
	return e.pullDigest(ctx, name, op, byName, report)
}

// pullDigest pulls by digest. When the registry has no such digest, or the
// digest is no registry's, it pulls by the name as given, where it may: not when
// that is the name of an image that was made here.
func (e *Engine) pullDigest(ctx context.Context, name imageName, op plan.EnsureImage, byName bool, report func(apply.Pulled)) error {
	exact, err := reference.ParseNormalizedNamed(name.withDigest(op.Digest))
	if err != nil {
		return err
	}
	refused := e.pull(ctx, name, exact, report)
	if refused != nil && byName {
		if err := e.pull(ctx, name, name.named, report); err != nil {
			return refused
		}
	}
	if there, err := e.findDigest(ctx, name, op.Digest); err != nil || there != "" {
		return err
	}
	local, err := e.find(ctx, name)
	switch {
	case err != nil:
		return err
	case local != nil:
		return movedImage(op.Image, identity(*local, name), op.Digest)
	}
	return errors.Join(refused, missingImage(op.Image, op.Digest))
}

// pull has the engine pull an image and waits until it has.
func (e *Engine) pull(ctx context.Context, name imageName, ref reference.Named, report func(apply.Pulled)) error {
	if ref == nil {
		return missingImage(name.given, "")
	}
	defer e.images.drop()
	call := fmt.Sprintf("pull image %q", reference.FamiliarString(ref))
	credentials, header, err := e.login(ref)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	err = e.do(ctx, e.PullTimeout, call, func(ctx context.Context) error {
		stream, err := e.client.ImagePull(ctx, ref.String(), image.PullOptions{RegistryAuth: header})
		if err != nil {
			return err
		}
		defer stream.Close()
		return follow(stream, report)
	})
	return denied(err, ref, credentials)
}

// runnable returns the reference that a container of an image is made from.
func (e *Engine) runnable(ctx context.Context, given, digest string) (string, error) {
	if digest == "" {
		return given, nil
	}
	name, err := parseImage(given)
	if err != nil {
		return "", fmt.Errorf("image %q: %w", given, err)
	}
	for range 2 {
		ref, err := e.findDigest(ctx, name, digest)
		if err != nil {
			return "", fmt.Errorf("image %q: %w", given, err)
		}
		if ref != "" {
			return ref, nil
		}
		e.images.drop() // it may be there since
	}
	return "", missingImage(given, digest)
}

// anyOf returns the id of an image of that name, or of its repository when the
// name itself was not pulled.
func (e *Engine) anyOf(ctx context.Context, given string) (id string, err error) {
	name, found, err := e.findImage(ctx, given)
	switch {
	case err != nil:
		return "", err
	case found != nil:
		return found.ID, nil
	case name.named == nil:
		return "", missingImage(given, "")
	}
	all, err := e.listImages(ctx, filters.Arg("reference", reference.FamiliarName(name.named)))
	if err != nil {
		return "", fmt.Errorf("image %q: %w", given, err)
	}
	if len(all) == 0 {
		return "", missingImage(given, "")
	}
	return slices.MinFunc(all, func(x, y image.Summary) int { return strings.Compare(x.ID, y.ID) }).ID, nil
}

// movedImage is the error for a name that stands for another image than when
// it was planned.
func movedImage(image, now, planned string) error {
	return classed{
		fmt.Sprintf("image %q is now %s, the plan was made for %s; plan again", image, now, planned),
		errdefs.ErrFailedPrecondition,
	}
}

// missingImage is the error for an image that the engine has not.
func missingImage(image, digest string) error {
	if digest != "" {
		digest = " (" + digest + ")"
	}
	return classed{fmt.Sprintf("image %q%s is not on the engine", image, digest), errdefs.ErrNotFound}
}
