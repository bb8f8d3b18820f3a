package provider

import (
	"context"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// resolve returns what an image stands for now. Errors are at the attribute
// that asks for it.
func (w *workloadDraft) resolve(ctx context.Context, reference string) (resolved, error) {
	image, err := w.runtime.ResolveImage(ctx, reference)
	if err == nil {
		return resolved{Reference: reference, Digest: image.Digest, Version: image.Version}, nil
	}
	if w.lenient {
		return resolved{Reference: reference}, nil
	}
	e := &topology.FieldError{Address: w.address, Field: "image", Err: err}
	if w.computed["image"] {
		e.Field = "type"
	}
	if apply.IsNotFound(err) {
		e.Hint = "Check its name and tag, and that you may pull it; or build or load it on the engine."
	}
	return resolved{}, e
}

// refresh returns what the image of something live stands for now. One that is
// nowhere to be had any more goes on standing for what runs.
func (s *session) refresh(ctx context.Context, reference, running string) (resolved, error) {
	image, err := s.runtime.ResolveImage(ctx, reference)
	if apply.IsNotFound(err) {
		return resolved{Reference: reference, Digest: running}, nil
	}
	if err != nil {
		return resolved{}, err
	}
	return resolved{Reference: reference, Digest: image.Digest, Version: image.Version}, nil
}
