package runtimetest

import (
	"context"
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Image is what a reference stands for.
type Image struct {
	Digest  string
	User    string // whom it runs as, "" for root
	Version string // its label org.opencontainers.image.version, or ""
	// Remote: it is in a registry and not on the engine until EnsureImage.
	Remote bool
	// Size is how many bytes a pull of it has.
	Size int64
	// Behaviour is that of its instances, Behave aside.
	Behaviour Behaviour
}

// SetImage makes a reference stand for an image from now on, as a build or a
// push does. What it stood for before can still be had by its digest.
func (m *Memory) SetImage(reference string, i Image) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.images[reference] = i
	m.known[i.Digest] = i
	if !i.Remote {
		m.local[i.Digest] = true
	}
}

// RemoveImage removes a reference, and what it stands for from the engine and
// its registry.
func (m *Memory) RemoveImage(reference string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.images[reference]
	if !ok {
		panic(missing{"image", reference})
	}
	delete(m.images, reference)
	delete(m.known, i.Digest)
	delete(m.local, i.Digest)
}

// ResolveImage returns what the reference stands for, as apply.Runtime says.
func (m *Memory) ResolveImage(ctx context.Context, reference string) (apply.Image, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.readable(ctx); err != nil {
		return apply.Image{}, fmt.Errorf("image %q: %w", reference, err)
	}
	i, ok := m.images[reference]
	if _, digest, byDigest := strings.Cut(reference, "@"); byDigest && !ok {
		i, ok = m.known[digest]
	}
	if !ok {
		i, ok = m.known[reference]
	}
	if !ok {
		return apply.Image{}, missing{"image", reference}
	}
	return apply.Image{Digest: i.Digest, Published: i.Remote, Version: i.Version, Local: m.local[i.Digest]}, nil
}

// ImageUser returns whom an image runs as, as apply.Runtime says.
func (m *Memory) ImageUser(ctx context.Context, _, digest string) (user string, known bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[digest].User, m.local[digest], m.readable(ctx)
}

// LatestImage returns the same: there is one meaning of a reference here.
func (m *Memory) LatestImage(ctx context.Context, reference string) (apply.Image, error) {
	return m.ResolveImage(ctx, reference)
}

// Platform returns the same for all engines in memory.
func (*Memory) Platform(context.Context) (string, error) { return "linux/amd64", nil }

// Able returns nil: an engine in memory can do all.
func (*Memory) Able(context.Context, topology.Address, topology.Workload) error { return nil }

// readable returns why nothing can be read, or nil.
func (m *Memory) readable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return m.reads
}

// ensureImage reports the beginning and the end of a pull, outside any lock.
func (m *Memory) ensureImage(op plan.EnsureImage, report func(apply.Pulled)) error {
	var size int64
	pulls := false
	err := m.change(func() error {
		digest, err := m.digest(op.Image, op.Digest)
		if err != nil {
			return err
		}
		size, pulls = m.known[digest].Size, !m.local[digest]
		if pulls && op.Never {
			return missing{"image", op.Image}
		}
		m.local[digest] = true
		return nil
	})
	if pulls && report != nil {
		report(apply.Pulled{})
		report(apply.Pulled{Done: size, Total: size})
	}
	return err
}

// buildImage builds an image that is not there, of nothing.
func (m *Memory) buildImage(op plan.BuildImage, report func(apply.Pulled)) error {
	builds := false
	err := m.change(func() error {
		for reference, digest := range op.Bases {
			if _, err := m.digest(reference, digest); err != nil {
				return err
			}
		}
		image, there := m.known[op.Digest]
		if builds = !there || !m.local[op.Digest]; builds {
			image = Image{Digest: op.Digest}
		}
		m.images[op.Image], m.known[op.Digest], m.local[op.Digest] = image, image, true
		return nil
	})
	if builds && err == nil && report != nil {
		report(apply.Pulled{Step: "building it"})
	}
	return err
}

// digest returns that of an image that can be had: the given one, else what
// the reference stands for.
func (m *Memory) digest(reference, digest string) (string, error) {
	i, tagged := m.images[reference]
	if digest == "" && tagged {
		return i.Digest, nil
	}
	if _, ok := m.known[digest]; ok {
		return digest, nil
	}
	if tagged {
		return "", fmt.Errorf("image %q is now %s, not %s", reference, i.Digest, digest)
	}
	return "", missing{"image", reference}
}

func (m *Memory) ensureProbe(op plan.EnsureProbe) error {
	if len(m.local) == 0 {
		return missing{"image", op.Image}
	}
	m.probe = true
	return nil
}
