package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/registry"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

const labelImageVersion = "org.opencontainers.image.version"

// Platform returns the operating system and processor of the engine.
func (e *Engine) Platform(ctx context.Context) (string, error) {
	v, err := e.serverVersion(ctx)
	return v.Os + "/" + v.Arch, err
}

func (e *Engine) serverVersion(ctx context.Context) (types.Version, error) {
	return e.version.get(ctx, func(ctx context.Context) (types.Version, error) {
		return call(ctx, e, e.ReadTimeout, "ask the engine for its version", func(ctx context.Context) (types.Version, error) {
			return e.client.ServerVersion(ctx)
		})
	})
}

// ResolveImage returns what a reference stands for: on the engine, else in its
// registry. A local one costs one inspect, however many ask.
func (e *Engine) ResolveImage(ctx context.Context, ref string) (apply.Image, error) {
	name, local, err := e.findImage(ctx, ref)
	switch {
	case err != nil:
		return apply.Image{}, err
	case local != nil:
		return localImage(*local, name), nil
	case name.named == nil:
		return apply.Image{}, missingImage(ref, "")
	}
	return e.askRegistry(ctx, name, fmt.Sprintf("image %q is not on the engine; ask its registry", ref))
}

// LatestImage returns what the registry has of a reference now. The engine's own
// counts where the registry has none, and where it was made here and no registry
// answers.
func (e *Engine) LatestImage(ctx context.Context, ref string) (apply.Image, error) {
	name, local, err := e.findImage(ctx, ref)
	if err != nil {
		return apply.Image{}, err
	}
	if name.named == nil {
		return e.ResolveImage(ctx, ref)
	}
	latest, err := e.askRegistry(ctx, name, fmt.Sprintf("image %q: ask its registry", ref))
	if err == nil || local == nil {
		return latest, err
	}
	if _, pulled := published(*local, name); pulled && !errdefs.IsNotFound(err) {
		return apply.Image{}, err
	}
	return localImage(*local, name), nil
}

// ImageUser returns whom an image runs as, as apply.Runtime says.
func (e *Engine) ImageUser(ctx context.Context, ref, digest string) (user string, known bool, err error) {
	name, err := parseImage(ref)
	if err != nil {
		return "", false, fmt.Errorf("image %q: %w", ref, err)
	}
	exact, err := e.findDigest(ctx, name, digest)
	if err != nil || exact == "" {
		return "", false, err
	}
	found, err := e.stored(ctx, exact)
	if err != nil || found == nil {
		return "", false, err
	}
	return found.User, true, nil
}

// findImage reads a reference, and finds what the engine has of that name, nil
// when that is nothing.
func (e *Engine) findImage(ctx context.Context, ref string) (name imageName, local *storedImage, err error) {
	name, err = parseImage(ref)
	if err == nil {
		local, err = e.find(ctx, name)
	}
	if err != nil {
		return name, nil, fmt.Errorf("image %q: %w", ref, err)
	}
	return name, local, nil
}

func localImage(found storedImage, name imageName) apply.Image {
	_, pulled := published(found, name)
	return apply.Image{
		Digest: identity(found, name), Published: pulled, Version: found.Labels[labelImageVersion], Local: true, ID: found.ID, Labels: found.Labels,
	}
}

// askRegistry has the engine ask the registry of a name about it.
func (e *Engine) askRegistry(ctx context.Context, name imageName, doing string) (apply.Image, error) {
	credentials, header, err := e.login(name.named)
	if err != nil {
		return apply.Image{}, fmt.Errorf("image %q: %w", name.given, err)
	}
	told, err := call(ctx, e, e.ReadTimeout, doing, func(ctx context.Context) (registry.DistributionInspect, error) {
		return e.client.DistributionInspect(ctx, name.named.String(), header)
	})
	if err != nil {
		return apply.Image{}, denied(err, name.named, credentials)
	}
	return apply.Image{Digest: told.Descriptor.Digest.String(), Published: true, Platforms: platforms(told)}, nil
}

// platforms returns those that a registry told of, as sorted text; the version
// of an operating system aside.
func platforms(told registry.DistributionInspect) []string {
	var out []string
	for _, p := range told.Platforms {
		if p.OS == "" || p.OS == "unknown" { // what is beside the image, such as who built it
			continue
		}
		text := p.OS + "/" + p.Architecture
		if p.Variant != "" {
			text += "/" + p.Variant
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
