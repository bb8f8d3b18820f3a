package engine

import (
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/distribution/reference"
	api "github.com/docker/docker/api/types/image"
)

// image is an image that was made here: no registry knows it.
type image struct {
	id        string
	tags      []string // as the engine shows them: "busybox:stable"
	behaviour Behaviour
}

// imagePath is a variable that every image has.
const imagePath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// AddImage makes a new image and gives it a tag, which another image may lose
// by that. Containers of it behave as is said.
func (e *Engine) AddImage(tag string, b Behaviour) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := &image{id: "sha256:" + e.newID(), behaviour: b}
	e.images = append(e.images, i)
	e.tag(i, tag)
}

func (e *Engine) tag(i *image, tag string) {
	for _, other := range e.images {
		other.tags = slices.DeleteFunc(other.tags, func(t string) bool { return t == tag })
	}
	i.tags = append(i.tags, tag)
}

// image finds an image by id or by any spelling of its tag.
func (e *Engine) image(name string) (*image, error) {
	familiar := name
	if named, err := reference.ParseDockerRef(name); err == nil {
		familiar = reference.FamiliarString(named)
	}
	for _, i := range e.images {
		if i.id == name || slices.Contains(i.tags, familiar) {
			return i, nil
		}
	}
	return nil, missing("No such image: %s", name)
}

func (e *Engine) listImages(r request) (answer, error) {
	f, err := r.filters("reference")
	if err != nil {
		return answer{}, err
	}
	out := []api.Summary{}
	for _, i := range e.images {
		if wanted := f.Get("reference"); len(wanted) == 0 || slices.ContainsFunc(i.tags, func(tag string) bool { return refersTo(wanted, tag) }) {
			out = append(out, api.Summary{ID: i.id, RepoTags: slices.Clone(i.tags), RepoDigests: []string{}})
		}
	}
	return found(out), nil
}

func (e *Engine) inspectImage(r request) (answer, error) {
	name, ok := strings.CutSuffix(r.PathValue("rest"), "/json")
	if !ok {
		return answer{}, missing("page not found")
	}
	i, err := e.image(name)
	if err != nil {
		return answer{}, err
	}
	return found(map[string]any{
		"Id": i.id, "RepoTags": slices.Clone(i.tags), "RepoDigests": []string{}, "Os": "linux", "Architecture": runtime.GOARCH,
		"Config": map[string]any{"Env": []string{imagePath}},
	}), nil
}

// refersTo reports whether a tag is as one of the patterns says.
func refersTo(patterns []string, tag string) bool {
	named, err := reference.ParseNormalizedNamed(tag)
	return err == nil && slices.ContainsFunc(patterns, func(pattern string) bool {
		match, err := reference.FamiliarMatch(pattern, named)
		return err == nil && match
	})
}

// pullImage finds no registry.
func (e *Engine) pullImage(r request) (answer, error) {
	return answer{}, unknownRegistry(r.URL.Query().Get("fromImage"))
}

func (e *Engine) askRegistry(r request) (answer, error) {
	return answer{}, unknownRegistry(strings.TrimSuffix(r.PathValue("rest"), "/json"))
}

func unknownRegistry(name string) error {
	domain := "docker.io"
	if named, err := reference.ParseNormalizedNamed(name); err == nil {
		domain = reference.Domain(named)
	}
	return refused(http.StatusInternalServerError, "Get \"https://%s/v2/\": dial tcp: lookup %s: no such host", domain, domain)
}

func (e *Engine) tagImage(r request) (answer, error) {
	name, ok := strings.CutSuffix(r.PathValue("rest"), "/tag")
	if !ok {
		return answer{}, missing("page not found")
	}
	i, err := e.image(name)
	if err != nil {
		return answer{}, err
	}
	e.tag(i, r.URL.Query().Get("repo")+":"+r.URL.Query().Get("tag"))
	return made(nil), nil
}

// removeImage takes a tag from an image, which goes with its last one.
func (e *Engine) removeImage(r request) (answer, error) {
	name := r.PathValue("name")
	i, err := e.image(name)
	if err != nil {
		return answer{}, err
	}
	rest := slices.DeleteFunc(slices.Clone(i.tags), func(t string) bool { return t == name })
	if len(rest) == 0 {
		for _, c := range e.containers {
			if c.image == i.id {
				return answer{}, conflict("conflict: unable to remove repository reference %q (must force) - container %s is using its referenced image %s", name, c.id[:12], i.id)
			}
		}
		e.images = slices.DeleteFunc(e.images, func(other *image) bool { return other == i })
	}
	i.tags = rest
	return found([]api.DeleteResponse{{Untagged: name}}), nil
}
