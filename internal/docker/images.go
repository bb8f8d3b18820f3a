package docker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/build"
)

// imageIndex finds the engine's images by what they are called.
type imageIndex struct {
	byID     map[string]image.Summary
	byTag    map[string]image.Summary // by full name: "docker.io/library/redis:7"
	byDigest map[string]image.Summary // by full name: "docker.io/library/redis@sha256:…"
	byBuild  map[string]image.Summary // by the digest of the build
}

// imagesNow returns the engine's images: one list call shared by all who ask
// until an image is pulled.
func (e *Engine) imagesNow(ctx context.Context) (imageIndex, error) {
	return e.images.get(ctx, func(ctx context.Context) (imageIndex, error) {
		found, err := list(ctx, e, "list images", func(ctx context.Context) ([]image.Summary, error) {
			return e.client.ImageList(ctx, image.ListOptions{})
		})
		return indexImages(found), err
	})
}

func indexImages(found []image.Summary) imageIndex {
	index := imageIndex{
		byID:     map[string]image.Summary{},
		byTag:    map[string]image.Summary{},
		byDigest: map[string]image.Summary{},
		byBuild:  map[string]image.Summary{},
	}
	for _, i := range found {
		index.byID[i.ID] = i
		if digest := i.Labels[labelBuild]; digest != "" && isBuilt(i) {
			index.byBuild[digest] = i
		}
		for _, tag := range i.RepoTags {
			if named, err := reference.ParseNormalizedNamed(tag); err == nil {
				index.byTag[named.String()] = i
			}
		}
		for _, digest := range i.RepoDigests {
			if named, err := reference.ParseNormalizedNamed(digest); err == nil {
				index.byDigest[named.String()] = i
			}
		}
	}
	return index
}

// imageName is an image reference in the forms that are needed of it.
type imageName struct {
	given string
	id    string          // when the reference is an image id, or the digest of a build
	named reference.Named // else; with a tag or a digest
}

func parseImage(given string) (imageName, error) {
	if strings.HasPrefix(given, "sha256:") || strings.HasPrefix(given, build.DigestPrefix) {
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

// find returns the image that a name stands for on the engine.
func (x imageIndex) find(n imageName) (image.Summary, bool) {
	if n.id != "" {
		found, ok := x.byID[n.id]
		if !ok {
			found, ok = x.byBuild[n.id]
		}
		return found, ok
	}
	if found, ok := x.byTag[n.named.String()]; ok {
		return found, true
	}
	found, ok := x.byDigest[n.named.String()]
	return found, ok
}

// findDigest returns the reference that a container of the image of that
// repository digest or image id is made from, when the engine has it.
func (x imageIndex) findDigest(n imageName, digest string) (ref string, ok bool) {
	if n.named != nil {
		ref = n.withDigest(digest)
		if _, ok = x.byDigest[ref]; ok {
			return ref, true
		}
	}
	if built, is := x.byBuild[digest]; is {
		return built.ID, true
	}
	_, ok = x.byID[digest]
	return digest, ok
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
func identity(i image.Summary, n imageName) string {
	if strings.HasPrefix(n.id, build.DigestPrefix) {
		return n.id
	}
	if digest, ok := published(i, n); ok {
		return digest
	}
	return i.ID
}

// published returns the digest of an image in the name's repository, false
// where it has none: it was made here.
func published(i image.Summary, n imageName) (digest string, ok bool) {
	if n.named == nil {
		return "", false
	}
	if canonical, ok := n.named.(reference.Canonical); ok {
		return canonical.Digest().String(), true
	}
	for _, digest := range slices.Sorted(slices.Values(i.RepoDigests)) {
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
