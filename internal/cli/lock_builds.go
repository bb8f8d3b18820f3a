package cli

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// sourceOf returns what a resource is built from, nil where it is not built.
func sourceOf(r *config.Resource) (name string, source *build.Source, err error) {
	found, err := provider.SourceOf(r.Attributes())
	if err == nil && found.Build != nil {
		source, err = build.Open(*found.Build)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", r.Address, err)
	}
	return found.Name, source, err
}

// record makes the builds of next those of the configuration, on the images that
// are locked there.
func (l *locking) record(ctx context.Context, rt apply.Runtime, loaded *config.Config) error {
	platform, err := rt.Platform(ctx)
	if err != nil {
		return err
	}
	l.next.Builds = map[string]revision.LockedBuild{}
	for _, r := range loaded.Resources {
		name, source, err := sourceOf(r)
		if err != nil {
			return err
		}
		if source == nil {
			continue
		}
		at := topology.Address{Kind: topology.KindApp, Name: name}.String()
		if l.next.Builds[at], err = l.build(ctx, rt, source, l.old.Builds[at], platform); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

// build returns what a build is, and what it came to on this engine and before.
func (l *locking) build(ctx context.Context, rt apply.Runtime, source *build.Source, had revision.LockedBuild, platform string) (revision.LockedBuild, error) {
	inputs, err := source.Inputs()
	if err != nil {
		return had, err
	}
	images := map[string]string{}
	for _, reference := range source.Bases() {
		images[reference], _ = l.next.Digest(reference, platform)
		if _, digest, pinned := strings.Cut(reference, "@"); pinned {
			images[reference] = digest
		}
	}
	out := revision.LockedBuild{Digest: build.Digest(inputs, images), Images: map[string]string{}}
	if had.Digest == out.Digest {
		maps.Copy(out.Images, had.Images)
	}
	found, err := rt.ResolveImage(ctx, out.Digest)
	switch {
	case err == nil:
		out.Images[platform] = found.ID
	case !apply.IsNotFound(err):
		return had, err
	}
	return out, nil
}
