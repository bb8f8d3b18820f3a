package testenv

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// Registry is an image registry in memory, as far as a pull needs one: the
// engine asks one on the loopback without TLS. It is safe for concurrent use.
type Registry struct {
	Host string // what the names of its images begin with

	mu     sync.Mutex
	broken bool
	types  map[string]string // media type by digest
	blobs  map[string][]byte // by digest
	tags   map[string]string // digest by "name:tag"
}

// NewRegistry returns an empty registry, which is there until the test ends;
// then all that is called an image of it is removed. What runs of that has to be
// gone by then: make the registry before the project.
func NewRegistry(tb testing.TB) *Registry {
	tb.Helper()
	env := Require(tb)
	r := &Registry{types: map[string]string{}, blobs: map[string][]byte{}, tags: map[string]string{}}
	server := httptest.NewServer(r)
	tb.Cleanup(server.Close)
	r.Host = strings.TrimPrefix(server.URL, "http://")
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), removalLimit)
		defer cancel()
		if err := r.removeImages(ctx, env.Docker); err != nil {
			tb.Errorf("images of %s: %v", r.Host, err)
		}
	})
	return r
}

// removeImages removes what an engine has under names of the registry.
func (r *Registry) removeImages(ctx context.Context, docker *client.Client) error {
	found, err := docker.ImageList(ctx, image.ListOptions{})
	errs := []error{err}
	for _, i := range found {
		for _, name := range slices.Concat(i.RepoTags, i.RepoDigests) {
			if !strings.HasPrefix(name, r.Host+"/") {
				continue
			}
			if _, err := docker.ImageRemove(ctx, name, image.RemoveOptions{Force: true}); !errdefs.IsNotFound(err) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (r *Registry) add(mediaType string, content []byte) (digest string) {
	sum := sha256.Sum256(content)
	digest = "sha256:" + hex.EncodeToString(sum[:])
	r.types[digest], r.blobs[digest] = mediaType, content
	return digest
}

// Break has no layer of an image given out any more.
func (r *Registry) Break() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = true
}

// Remove forgets an image.
func (r *Registry) Remove(digest string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.blobs, digest)
}

// Push makes an image of one file, which no other test's image has, and tags it.
func (r *Registry) Push(name, tag, version string) (digest string) {
	return r.PushFile(name, tag, version, "x", []byte(r.Host+version))
}

// PushFile makes an image of one program in its root and tags it.
func (r *Registry) PushFile(name, tag, version, file string, content []byte) (digest string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	_ = w.WriteHeader(&tar.Header{Name: file, Mode: 0o755, Size: int64(len(content))})
	_, _ = w.Write(content)
	_ = w.Close()
	layerDigest := r.add("application/vnd.docker.image.rootfs.diff.tar", layer.Bytes())
	config, _ := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{layerDigest}},
		"config": map[string]any{"Labels": map[string]string{versionLabel: version}},
	})
	const v2 = "application/vnd.docker.distribution.manifest.v2+json"
	manifest, _ := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": v2,
		"config": map[string]any{
			"mediaType": "application/vnd.docker.container.image.v1+json",
			"digest":    r.add("application/json", config), "size": len(config),
		},
		"layers": []any{map[string]any{"mediaType": r.types[layerDigest], "digest": layerDigest, "size": layer.Len()}},
	})
	digest = r.add(v2, manifest)
	r.tags[name+":"+tag] = digest
	return digest
}

// ServeHTTP answers /v2/, /v2/NAME/manifests/REFERENCE and /v2/NAME/blobs/DIGEST.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	types, blobs, tags := maps.Clone(r.types), maps.Clone(r.blobs), maps.Clone(r.tags)
	broken := r.broken
	r.mu.Unlock()
	path := strings.TrimPrefix(request.URL.Path, "/v2/")
	if path == "" {
		return
	}
	words := strings.Split(path, "/")
	digest := words[len(words)-1]
	if tagged, ok := tags[strings.Join(words[:max(0, len(words)-2)], "/")+":"+digest]; ok {
		digest = tagged
	}
	content, ok := blobs[digest]
	if !ok || broken && strings.Contains(types[digest], "rootfs") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`))
		return
	}
	w.Header().Set("Content-Type", types[digest])
	w.Header().Set("Docker-Content-Digest", digest)
	http.ServeContent(w, request, "", time.Time{}, bytes.NewReader(content))
}
