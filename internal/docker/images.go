package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/build"
)

// storedImage is an image that the engine has.
type storedImage struct {
	ID            string
	Tags, Digests []string // names, as the engine writes them
	Labels        map[string]string
	User          string // whom it runs as; unknown of what a list told of
}

// imageMemo shares what is known of the engine's images among all who ask until
// an image is pulled, built or named. The zero memo is empty.
type imageMemo struct {
	mu     sync.Mutex
	byName map[string]*memo[*storedImage]
	builds memo[map[string]storedImage]
}

func (m *imageMemo) named(name string) *memo[*storedImage] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName == nil {
		m.byName = map[string]*memo[*storedImage]{}
	}
	if m.byName[name] == nil {
		m.byName[name] = &memo[*storedImage]{}
	}
	return m.byName[name]
}

func (m *imageMemo) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byName = nil
	m.builds.drop()
}

// stored returns the image of a full name or an id, nil when the engine has none.
// To list all costs about as much for each image that there is.
func (e *Engine) stored(ctx context.Context, name string) (*storedImage, error) {
	return e.images.named(name).get(ctx, func(ctx context.Context) (*storedImage, error) {
		found, err := call(ctx, e, e.ReadTimeout, fmt.Sprintf("inspect image %q", name), func(ctx context.Context) (image.InspectResponse, error) {
			return e.client.ImageInspect(ctx, name)
		})
		if errdefs.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out := &storedImage{ID: found.ID, Tags: found.RepoTags, Digests: found.RepoDigests}
		if found.Config != nil {
			out.Labels, out.User = found.Config.Labels, found.Config.User
		}
		return out, nil
	})
}

// builds returns the images that were built here by the digests of their builds.
func (e *Engine) builds(ctx context.Context) (map[string]storedImage, error) {
	return e.images.builds.get(ctx, func(ctx context.Context) (map[string]storedImage, error) {
		found, err := e.listImages(ctx, filters.Arg("label", labelBuild))
		return indexBuilds(found), err
	})
}

func indexBuilds(found []image.Summary) map[string]storedImage {
	out := map[string]storedImage{}
	for _, i := range found {
		if isBuilt(i) {
			out[i.Labels[labelBuild]] = storedImage{ID: i.ID, Tags: i.RepoTags, Digests: i.RepoDigests, Labels: i.Labels}
		}
	}
	return out
}

func (e *Engine) listImages(ctx context.Context, filter filters.KeyValuePair) ([]image.Summary, error) {
	return list(ctx, e, "list images", func(ctx context.Context) ([]image.Summary, error) {
		return e.client.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filter)})
	})
}

// imageName is an image reference in the forms that are needed of it.
type imageName struct {
	given string
	id    string          // when the reference is an image id, or the digest of a build
	named reference.Named // else; with a tag or a digest
}

func parseImage(given string) (imageName, error) {
	if strings.HasPrefix(given, "sha256:") || isBuild(given) {
		return imageName{given: given, id: given}, nil
	}
	named, err := reference.ParseDockerRef(given)
	if err != nil {
		err = errors.New(inLine(err.Error())) // it may hold what was given
	}
	if err == nil && reference.FamiliarName(named) == "sha256" {
		err = errors.New("with a tag the engine takes that for the id of an image")
	}
	return imageName{given: given, named: named}, err
}

// withDigest is the full name of the image of that digest in the same repository.
func (n imageName) withDigest(digest string) string {
	return reference.TrimNamed(n.named).String() + "@" + digest
}

// isBuild reports whether an id is the digest of a build.
func isBuild(id string) bool { return strings.HasPrefix(id, build.DigestPrefix) }

// find returns the image that a name stands for on the engine, nil when it has none.
func (e *Engine) find(ctx context.Context, n imageName) (*storedImage, error) {
	switch {
	case isBuild(n.id):
		builds, err := e.builds(ctx)
		if built, ok := builds[n.id]; ok {
			return &built, err
		}
		return nil, err
	case n.id != "":
		return e.stored(ctx, n.id)
	}
	return e.stored(ctx, n.named.String())
}

// findDigest returns the reference that a container of the image of that
// repository digest or image id is made from, "" when the engine has none.
func (e *Engine) findDigest(ctx context.Context, n imageName, digest string) (ref string, err error) {
	if isBuild(digest) {
		builds, err := e.builds(ctx)
		return builds[digest].ID, err
	}
	if n.named != nil {
		ref := n.withDigest(digest)
		if found, err := e.stored(ctx, ref); err != nil || found != nil {
			return ref, err
		}
	}
	found, err := e.stored(ctx, digest)
	if err != nil || found == nil {
		return "", err
	}
	return digest, nil
}

// isBuilt reports whether an image is the one that its labels tell of: what is
// built on such an image has the same labels, but never the same tag.
func isBuilt(i image.Summary) bool {
	kept := shortHex(i.Labels[labelBuild])
	return slices.ContainsFunc(i.RepoTags, func(name string) bool {
		tag := name[strings.LastIndex(name, ":")+1:]
		return tag == i.Labels[labelInputs] || tag == kept
	})
}

// identity is the digest of an image in the name's repository, else its id; of a
// build, the digest that it was asked for by.
func identity(i storedImage, n imageName) string {
	if isBuild(n.id) {
		return n.id
	}
	if digest, ok := published(i, n); ok {
		return digest
	}
	return i.ID
}

// published returns the digest of an image in the name's repository, false
// where it has none: it was made here.
func published(i storedImage, n imageName) (digest string, ok bool) {
	if n.named == nil {
		return "", false
	}
	if canonical, ok := n.named.(reference.Canonical); ok {
		return canonical.Digest().String(), true
	}
	for _, digest := range slices.Sorted(slices.Values(i.Digests)) {
		named, err := reference.ParseNormalizedNamed(digest)
		if err != nil || named.Name() != n.named.Name() {
			continue
		}
		if canonical, ok := named.(reference.Canonical); ok {
			return canonical.Digest().String(), true
		}
	}
	return "", false
}

// shortHex is the beginning of a digest, whatever kind it is of.
func shortHex(digest string) string {
	hex := digest[strings.LastIndex(digest, ":")+1:]
	return hex[:min(len(hex), 12)]
}
