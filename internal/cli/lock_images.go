package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// lockFlags are the arguments of lock.
type lockFlags struct{ upgrade, check bool }

func (c *command) lockCommand() *cobra.Command {
	var f lockFlags
	cmd := &cobra.Command{
		Use:   "lock [IMAGE...]",
		Short: "Keep images as they are, wherever their tags lead",
		Long: `Lock writes into bayplan.lock.hcl which image each name in the configuration, such
as redis:7, stands for: by its digest, as the engine has it or, where the engine
has none, its registry. From then on every plan takes that image, Terraform's too,
wherever the tag leads. The file is for git.

What is locked stays as it is, and what the configuration does not name is dropped.
With IMAGE only that one is locked, and nothing is dropped: for a configuration
whose variables decide which images there are.

An image that no registry has is locked by its id, for the engine's platform. Of a
build those images are locked that it is built on, and what it is is written down.`,
		Example: `  bayplan lock
  bayplan lock --upgrade redis:7
  bayplan lock --check   exits with 1 when something is not locked; needs no engine`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.lockImages(cmd.Context(), args, f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.upgrade, "upgrade", false, "lock what the registries have now")
	flags.BoolVar(&f.check, "check", false, "only check that everything is locked")
	cmd.MarkFlagsMutuallyExclusive("upgrade", "check")
	return cmd
}

func (c *command) lockImages(ctx context.Context, named []string, f lockFlags) error {
	loaded, err := c.evaluate(ctx)
	if err != nil {
		return err
	}
	configured, err := imagesOf(loaded)
	if err != nil {
		return err
	}
	wanted, err := among(configured, named)
	if err != nil {
		return err
	}
	settings, err := provider.DecodeSettings(loaded.Provider.Raw())
	if err != nil {
		return err
	}
	l := locking{images: wanted, upgrade: f.upgrade}
	l.name, _ = provider.LockFile(settings.LockFile)
	if l.old, err = revision.ReadLockFile(l.name); err != nil {
		return withHint("Take it as it was from git, or remove it and lock again.", "%w", err)
	}
	if f.check {
		return c.checkLocked(l)
	}
	session, err := provider.NewCommand(c.Version, c.NewRuntime).Open(settings)
	if err != nil {
		return err
	}
	if err := l.resolve(ctx, session.Runtime); err != nil {
		return err
	}
	if len(named) == 0 {
		l.drop(configured)
		err = l.record(ctx, session.Runtime, loaded)
	}
	if err != nil {
		return err
	}
	if !l.old.Present && len(l.next.Images)+len(l.next.Builds) == 0 {
		fmt.Fprintln(c.out(), "There is no image to lock.")
		return nil
	}
	if err := l.write(); err != nil {
		return err
	}
	view.WriteLock(c.out(), c.style(c.Out), l.name, l.old, l.next)
	return nil
}

// evaluate evaluates the directory without an engine.
func (c *command) evaluate(ctx context.Context) (*config.Config, error) {
	server := provider.NewCommand(c.Version, c.NewRuntime).Server(ctx)
	loaded, diags := config.Load(ctx, ".", server, config.Options{Inputs: c.flags.inputs, Workspace: workspace(), Env: os.LookupEnv})
	if diags.HasErrors() {
		return nil, &diagnosed{loaded.Files, diags}
	}
	return loaded, nil
}

// imagesOf returns the images that a configuration and what it builds name, and
// that a lock can hold, sorted.
func imagesOf(loaded *config.Config) ([]string, error) {
	images := map[string]bool{}
	add := func(reference string) {
		if !revision.Pinned(reference) {
			images[reference] = true
		}
	}
	for _, r := range loaded.Resources {
		_, source, err := sourceOf(r)
		if err != nil {
			return nil, err
		}
		if source != nil {
			for _, reference := range source.Bases() {
				add(reference)
			}
			continue
		}
		image, err := provider.ImageOf(r.Attributes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Address, err)
		}
		if image != "" {
			add(image)
		}
	}
	return slices.Sorted(maps.Keys(images)), nil
}

// among returns the named of the configured images, all when none is named.
func among(configured, named []string) ([]string, error) {
	if len(named) == 0 {
		return configured, nil
	}
	for _, image := range named {
		switch {
		case revision.Pinned(image):
			return nil, fmt.Errorf("%s is always the same image, and needs no lock", image)
		case !slices.Contains(configured, image):
			return nil, withHint("To be locked there are: "+strings.Join(configured, ", ")+".", "the configuration does not name the image %s", image)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(named))), nil
}

func (c *command) checkLocked(l locking) error {
	missing := slices.DeleteFunc(l.images, func(image string) bool {
		_, locked := l.old.Images[image]
		return locked
	})
	if len(missing) > 0 {
		return withHint("Run bayplan lock, and commit the file.", "not locked in %s: %s", l.name, strings.Join(missing, ", "))
	}
	fmt.Fprintf(c.out(), "All images are locked in %s.\n", l.name)
	return nil
}

// locking is a lock file while images are locked in it.
type locking struct {
	name      string
	images    []string // to lock
	upgrade   bool
	old, next revision.Lock
}

// parallelImages bounds how many images are asked about at once.
const parallelImages = 8

// resolve makes next what the lock file is to be: all of it, or an error.
func (l *locking) resolve(ctx context.Context, rt apply.Runtime) error {
	platform, err := rt.Platform(ctx)
	if err != nil {
		return err
	}
	entries, errs := make([]revision.LockEntry, len(l.images)), make([]error, len(l.images))
	var asked errgroup.Group
	asked.SetLimit(parallelImages)
	for i, image := range l.images {
		asked.Go(func() error {
			entries[i], errs[i] = l.entry(ctx, rt, image, platform)
			return nil
		})
	}
	_ = asked.Wait() // each image's error is in errs
	if err := errors.Join(errs...); err != nil {
		return err
	}
	l.next = revision.Lock{Present: true, Images: map[string]revision.LockEntry{}, Builds: l.old.Builds}
	maps.Copy(l.next.Images, l.old.Images)
	for i, image := range l.images {
		l.next.Images[image] = entries[i]
	}
	return nil
}

// entry returns what an image is to be locked to.
func (l *locking) entry(ctx context.Context, rt apply.Runtime, image, platform string) (revision.LockEntry, error) {
	had := l.old.Images[image]
	digest, locked := l.old.Digest(image, platform)
	ask := rt.ResolveImage
	switch {
	case l.upgrade:
		ask = rt.LatestImage
	case locked:
		return had, nil
	}
	found, err := ask(ctx, image)
	switch {
	case err != nil:
		return had, err
	case found.Digest == digest && len(found.Platforms) == 0:
		return had, nil
	case found.Published:
		return revision.LockEntry{Digest: found.Digest, Platforms: found.Platforms}, nil
	}
	local := map[string]string{}
	maps.Copy(local, had.Local)
	local[platform] = found.Digest
	return revision.LockEntry{Local: local}, nil
}

// drop takes out what the configuration does not name.
func (l *locking) drop(configured []string) {
	maps.DeleteFunc(l.next.Images, func(image string, _ revision.LockEntry) bool { return !slices.Contains(configured, image) })
}

// write writes the lock file where it is to be another.
func (l *locking) write() error {
	if l.old.Present && bytes.Equal(l.old.Bytes(), l.next.Bytes()) {
		return nil
	}
	return l.next.WriteFile(l.name)
}
