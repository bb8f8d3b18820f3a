package provider

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// LockFile returns the name of the lock file: as a provider block has it, which
// may be "", as the environment does, or the usual one. Whether it is there or
// not, one that is named is wanted.
func LockFile(configured string) (name string, wanted bool) {
	name = firstOf(configured, os.Getenv("BAYPLAN_LOCK_FILE"))
	return cmp.Or(name, revision.LockName), name != ""
}

// readLock reads the lock file of a provider block. One that is wanted and not
// there is there and has no image.
func readLock(configured string) (revision.Lock, error) {
	name, wanted := LockFile(configured)
	lock, err := revision.ReadLockFile(name)
	lock.Present = lock.Present || wanted
	return lock, err
}

// Locked says of each app and service of a topology whether its image is the one
// that the lock file has, or is named by its digest; nil where there is no lock file.
func (s Session) Locked(ctx context.Context, of topology.Topology) (map[topology.Address]bool, error) {
	if !s.lock.Present {
		return nil, nil
	}
	out := map[topology.Address]bool{}
	for a, w := range of.Workloads {
		var err error
		if out[a], err = s.isLocked(ctx, w); err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
	}
	return out, nil
}

func (s *session) isLocked(ctx context.Context, w topology.Workload) (bool, error) {
	if w.Build != nil {
		return s.lockedBases(ctx, w)
	}
	if revision.Pinned(w.Image) {
		return true, nil
	}
	_, digest, err := s.locked(ctx, w.Image)
	return digest != "" && digest == w.ImageDigest, err
}

// locked returns what the lock file has for a reference: its digest, and the
// reference to just that image. Both are "" where it has none.
func (s *session) locked(ctx context.Context, reference string) (exact, digest string, err error) {
	entry, ok := s.lock.Images[reference]
	if !ok {
		return "", "", nil
	}
	platform := ""
	if entry.Digest == "" {
		if platform, err = s.runtime.Platform(ctx); err != nil {
			return "", "", err
		}
	}
	digest, _ = s.lock.Digest(reference, platform)
	if entry.Digest == "" {
		return digest, digest, nil
	}
	return reference + "@" + digest, digest, nil
}

// lookUp returns what an image stands for: as the lock file has it, else now.
func (s *session) lookUp(ctx context.Context, reference string, pull topology.Pull) (resolved, error) {
	image, err := s.image(ctx, reference, pull)
	if err != nil {
		return resolved{}, err
	}
	return resolved{Reference: reference, Digest: image.Digest, Version: image.Version}, nil
}

// image does so too, and returns all that there is to know of it.
func (s *session) image(ctx context.Context, reference string, pull topology.Pull) (apply.Image, error) {
	exact, digest, err := s.locked(ctx, reference)
	if err != nil {
		return apply.Image{}, err
	}
	ask := s.runtime.ResolveImage
	if pull == topology.PullAlways && exact == "" {
		ask = s.runtime.LatestImage
	}
	image, err := ask(ctx, cmp.Or(exact, reference))
	if pull == topology.PullNever && (apply.IsNotFound(err) || err == nil && !image.Local) {
		return apply.Image{}, absentError{reference}
	}
	if exact != "" && apply.IsNotFound(err) {
		return apply.Image{}, goneError{reference, digest}
	}
	image.Digest = cmp.Or(digest, image.Digest)
	return image, err
}

// absentError is the error for an image that the engine has not and that is not to be pulled.
type absentError struct{ reference string }

func (e absentError) Error() string {
	return fmt.Sprintf("image %q is not on the engine, and pull says never to pull it", e.reference)
}

// NotFound marks the error for apply.IsNotFound.
func (absentError) NotFound() {}

// Hint says how it comes there.
func (absentError) Hint() string { return "Build or load it on the engine, or set pull to missing." }

// goneError is the error for an image that is locked, and not to be had any more.
type goneError struct{ reference, digest string }

func (e goneError) Error() string {
	return fmt.Sprintf("image %q is locked to %s, which is not to be had any more", e.reference, e.digest)
}

// NotFound marks the error for apply.IsNotFound.
func (goneError) NotFound() {}

func (e goneError) hint() string {
	return "Push or load that image again, or lock what the name stands for now: bayplan lock --upgrade " + e.reference + "."
}

// unlocked says that a plan takes an image that the lock file has not.
func (w *workloadDraft) unlocked(ctx context.Context, diags *diag.Diagnostics) error {
	if w.session == nil || w.stateless || !w.lock.Present || !w.makes || w.want.ImageDigest == "" {
		return nil
	}
	locked, err := w.isLocked(ctx, w.want)
	if err == nil && !locked {
		said := fmt.Sprintf("The lock file does not have %s. This plan takes what it stands for now, %s.", w.want.Image, w.want.ImageDigest)
		if w.want.Build != nil {
			said = fmt.Sprintf("The lock file does not have all that it is built on: %s. This plan takes what that stands for now.", list(sorted(w.want.BaseImages)))
		}
		diags.AddAttributeWarning(path.Root(w.imageField()), "Image of "+w.address.String()+" is not locked", said+"\n\nLock it: bayplan lock")
	}
	return err
}
