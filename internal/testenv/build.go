package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"
)

const (
	// StandInLabel is "true" on an image made here in an official image's place.
	StandInLabel = "io.bayplan.stand-in"
	// PackagesLabel lists the packages that such an image was made from.
	PackagesLabel = "io.bayplan.stand-in.packages"
	versionLabel  = "org.opencontainers.image.version"
)

// build makes stand-ins from the distribution's packages. Those that can be made
// are, and the error says which cannot and why.
func build(ctx context.Context, docker *client.Client, dir string, wanted []recipe) error {
	if err := requireDebian(); err != nil {
		return err
	}
	versions, err := offered(ctx, wanted)
	if err != nil {
		return err
	}
	var possible []recipe
	var refused []error
	for _, r := range wanted {
		if v := upstream(versions[r.program]); strings.HasPrefix(v, r.major) {
			possible = append(possible, r)
		} else {
			refused = append(refused, fmt.Errorf("%s: it takes %s %s*, this distribution has %q", r.tag, r.program, r.major, v))
		}
	}
	if len(possible) > 0 {
		refused = append(refused, assemble(ctx, docker, dir, possible, versions))
	}
	return errors.Join(refused...)
}

// offered returns the version of each recipe's program that apt has, once more
// after an update when one is unknown.
func offered(ctx context.Context, wanted []recipe) (map[string]string, error) {
	names := []string{busybox.program}
	for _, r := range wanted {
		names = append(names, r.program)
	}
	versions, err := available(ctx, names)
	if err != nil || !slices.ContainsFunc(names, func(name string) bool { return versions[name] == "" }) {
		return versions, err
	}
	refresh(ctx)
	return available(ctx, names)
}

// assemble unpacks the recipes' packages once and imports an image for each.
func assemble(ctx context.Context, docker *client.Client, dir string, wanted []recipe, versions map[string]string) error {
	// Holding the lock, any other stage is what a killed process left.
	stale, _ := filepath.Glob(filepath.Join(dir, "stage-*"))
	for _, left := range stale {
		_ = os.RemoveAll(left)
	}
	stage, err := os.MkdirTemp(dir, "stage-")
	if err != nil {
		return fmt.Errorf("unpacked packages: %w", err)
	}
	defer os.RemoveAll(stage)
	begun := time.Now()
	packages, err := fetch(ctx, dir, stage, wanted)
	if err != nil {
		return err
	}
	report(ctx, "packages: %d unpacked in %s", len(packages), time.Since(begun).Round(time.Millisecond))
	var imports errgroup.Group
	imports.SetLimit(2)
	failed := make([]error, len(wanted))
	for i, r := range wanted {
		imports.Go(func() error {
			if err := standIn(ctx, docker, r, stage, upstream(versions[r.program])); err != nil {
				failed[i] = fmt.Errorf("%s: %w", r.tag, err)
			}
			return nil
		})
	}
	_ = imports.Wait() // each image's error is in failed
	return errors.Join(failed...)
}

// fetch unpacks into stage all that the recipes need. Lists that are older than
// the mirror name files it no longer has, so it updates them and tries again.
func fetch(ctx context.Context, dir, stage string, wanted []recipe) ([]candidate, error) {
	names := []string{busybox.program}
	for _, r := range wanted {
		names = append(names, r.packages...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	try := func() ([]candidate, error) {
		packages, err := closure(ctx, dir, names)
		if err != nil {
			return nil, err
		}
		report(ctx, "packages: fetching %d", len(packages))
		return packages, unpack(ctx, dir, filepath.Clean(stage), packages)
	}
	packages, err := try()
	if err == nil || ctx.Err() != nil || os.Geteuid() != 0 {
		return packages, err
	}
	refresh(ctx)
	return try()
}

// standIn makes one image of a single layer and loads it into the engine.
func standIn(ctx context.Context, docker *client.Client, r recipe, stage, version string) error {
	begun := time.Now()
	t, err := rootfs(ctx, r, stage)
	if err != nil {
		return err
	}
	sources := append([]string{busybox.program}, r.packages...)
	slices.Sort(sources)
	config := r.config
	config.Labels = map[string]string{
		StandInLabel:  "true",
		PackagesLabel: strings.Join(slices.Compact(sources), " "),
		versionLabel:  version,
	}
	if err := load(ctx, docker, stage, r.tag, t, &config); err != nil {
		return err
	}
	report(ctx, "%s: stand-in of version %s made in %s", r.tag, version, time.Since(begun).Round(time.Millisecond))
	return nil
}
