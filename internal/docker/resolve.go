package docker

import (
	"context"
	"fmt"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

const labelImageVersion = "org.opencontainers.image.version"

// Platform returns the operating system and processor of the engine.
func (e *Engine) Platform(ctx context.Context) (string, error) {
	return e.platform.get(ctx, func(ctx context.Context) (string, error) {
		v, err := call(ctx, e, e.ReadTimeout, "ask the engine for its version", func(ctx context.Context) (types.Version, error) {
			return e.client.ServerVersion(ctx)
		})
		return v.Os + "/" + v.Arch, err
	})
}

// ResolveImage returns what a reference stands for: on the engine, else in its
// registry. All local ones of a plan cost one list call together.
func (e *Engine) ResolveImage(ctx context.Context, ref string) (apply.Image, error) {
	name, local, there, err := e.findImage(ctx, ref)
	switch {
	case err != nil:
		return apply.Image{}, err
	case there:
		return localImage(local, name), nil
	case name.named == nil:
		return apply.Image{}, missingImage(ref, "")
	}
	return e.askRegistry(ctx, name, fmt.Sprintf("image %q is not on the engine; ask its registry", ref))
}

// LatestImage returns what the registry has of a reference now. The engine's own
// counts where the registry has none, and where it was made here and no registry
// answers.
func (e *Engine) LatestImage(ctx context.Context, ref string) (apply.Image, error) {
	name, local, there, err := e.findImage(ctx, ref)
	if err != nil {
		return apply.Image{}, err
	}
	if name.named == nil {
		return e.ResolveImage(ctx, ref)
	}
	latest, err := e.askRegistry(ctx, name, fmt.Sprintf("image %q: ask its registry", ref))
	_, pulled := published(local, name)
	if err != nil && there && (!pulled || errdefs.IsNotFound(err)) {
		return localImage(local, name), nil
	}
	return latest, err
}

// ImageUser returns whom an image runs as, as apply.Runtime says.
func (e *Engine) ImageUser(ctx context.Context, ref, digest string) (user string, known bool, err error) {
	name, err := parseImage(ref)
	if err != nil {
		return "", false, fmt.Errorf("image %q: %w", ref, err)
	}
	index, err := e.imagesNow(ctx)
	if err != nil {
		return "", false, err
	}
	exact, there := index.findDigest(name, digest)
	if !there {
		return "", false, nil
	}
	found, err := call(ctx, e, e.ReadTimeout, fmt.Sprintf("inspect image %q", exact), func(ctx context.Context) (image.InspectResponse, error) {
		return e.client.ImageInspect(ctx, exact)
	})
	if errdefs.IsNotFound(err) || err == nil && found.Config == nil {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return found.Config.User, true, nil
}

// findImage reads a reference, and finds what the engine has of that name.
func (e *Engine) findImage(ctx context.Context, ref string) (name imageName, local image.Summary, there bool, err error) {
	name, err = parseImage(ref)
	if err != nil {
		return name, local, false, fmt.Errorf("image %q: %w", ref, err)
	}
	index, err := e.imagesNow(ctx)
	if err != nil {
		return name, local, false, fmt.Errorf("image %q: %w", ref, err)
	}
	local, there = index.find(name)
	return name, local, there, nil
}

func localImage(found image.Summary, name imageName) apply.Image {
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
