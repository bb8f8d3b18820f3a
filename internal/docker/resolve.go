package docker

import (
	"context"
	"fmt"

	"github.com/docker/docker/api/types/registry"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

const labelImageVersion = "org.opencontainers.image.version"

// ResolveImage returns what a reference stands for: on the engine, else in its
// registry. All local ones of a plan cost one list call together.
func (e *Engine) ResolveImage(ctx context.Context, ref string) (apply.Image, error) {
	name, err := parseImage(ref)
	if err != nil {
		return apply.Image{}, fmt.Errorf("image %q: %w", ref, err)
	}
	index, err := e.imagesNow(ctx)
	if err != nil {
		return apply.Image{}, fmt.Errorf("image %q: %w", ref, err)
	}
	if found, ok := index.find(name); ok {
		return apply.Image{Digest: identity(found, name), Version: found.Labels[labelImageVersion], Local: true}, nil
	}
	if name.named == nil {
		return apply.Image{}, missingImage(ref, "")
	}
	auth, err := registryAuth(name.named)
	if err != nil {
		return apply.Image{}, fmt.Errorf("image %q: %w", ref, err)
	}
	call := func(ctx context.Context) (registry.DistributionInspect, error) {
		return e.client.DistributionInspect(ctx, name.named.String(), auth)
	}
	remote, err := callRegistry(ctx, e, ref, call)
	return apply.Image{Digest: remote.Descriptor.Digest.String()}, err
}

// callRegistry has the engine ask a registry about an image that it has not.
func callRegistry[T any](ctx context.Context, e *Engine, ref string, ask func(context.Context) (T, error)) (T, error) {
	return call(ctx, e, e.ReadTimeout, fmt.Sprintf("image %q is not on the engine; ask its registry", ref), ask)
}
