package provider

import (
	"context"
	"errors"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// resolve returns what an image stands for. Errors are at the attribute that
// asks for it.
func (w *workloadDraft) resolve(ctx context.Context, reference string) (resolved, error) {
	image, err := w.lookUp(ctx, reference, w.want.Pull)
	switch {
	case err == nil:
		return image, nil
	case w.lenient:
		return resolved{Reference: reference}, nil
	}
	return resolved{}, &topology.FieldError{Address: w.address, Field: w.imageField(), Err: err, Hint: imageHint(err)}
}

// admitImage checks that the policy lets the image run.
func (w *workloadDraft) admitImage(ctx context.Context, of topology.Workload) error {
	if w.lenient {
		return nil
	}
	err := w.admit(ctx, of)
	if err == nil {
		return nil
	}
	return &topology.FieldError{Address: w.address, Field: w.imageField(), Err: err, Hint: imageHint(err)}
}

// refresh returns what the image of something live stands for. One that is
// nowhere to be had any more goes on standing for what runs; where another is
// locked, it stands for nothing, and who plans it says so.
func (s *session) refresh(ctx context.Context, reference string, pull topology.Pull, running string) (resolved, error) {
	image, err := s.lookUp(ctx, reference, pull)
	var gone goneError
	switch {
	case errors.As(err, &gone) && gone.digest != running:
		return resolved{Reference: reference}, nil
	case apply.IsNotFound(err):
		return resolved{Reference: reference, Digest: running}, nil
	}
	return image, err
}

// imageField is the attribute that decides the image.
func (w *workloadDraft) imageField() string {
	switch {
	case w.want.Build != nil:
		return "build"
	case w.computed("image"):
		return "type"
	}
	return "image"
}

// imageHint says what to do about an image that is not to be had.
func imageHint(err error) string {
	var gone goneError
	var absent absentError
	switch {
	case errors.As(err, &gone):
		return gone.hint()
	case errors.As(err, &absent):
		return absent.Hint()
	case apply.IsNotFound(err):
		return "Check its name and tag, and that you may pull it; or build or load it on the engine."
	}
	return apply.Hint(err)
}
