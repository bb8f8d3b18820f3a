package docker

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// registryStub is an image registry in memory, as far as a pull needs one: the
// engine asks one on the loopback without TLS.
type registryStub struct {
	host   string
	broken bool // no layer is given out

	mu    sync.Mutex
	types map[string]string // media type by digest
	blobs map[string][]byte // by digest
	tags  map[string]string // digest by "name:tag"
}

func newRegistry(t *testing.T) *registryStub {
	r := &registryStub{types: map[string]string{}, blobs: map[string][]byte{}, tags: map[string]string{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.host = strings.TrimPrefix(server.URL, "http://")
	return r
}

func (r *registryStub) add(mediaType string, content []byte) (digest string) {
	sum := sha256.Sum256(content)
	digest = "sha256:" + hex.EncodeToString(sum[:])
	r.types[digest], r.blobs[digest] = mediaType, content
	return digest
}

// push makes an image of one file and tags it.
func (r *registryStub) push(name, tag, version string) (digest string) {
	return r.pushFile(name, tag, version, []byte(r.host+version)) // no other test's image has this content
}

// pushFile makes an image of a file of that content and tags it.
func (r *registryStub) pushFile(name, tag, version string, content []byte) (digest string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	_ = w.WriteHeader(&tar.Header{Name: "x", Mode: 0o755, Size: int64(len(content))})
	_, _ = w.Write(content)
	_ = w.Close()
	layerDigest := r.add("application/vnd.docker.image.rootfs.diff.tar", layer.Bytes())
	config, _ := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{layerDigest}},
		"config": map[string]any{"Labels": map[string]string{labelImageVersion: version}},
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
func (r *registryStub) ServeHTTP(w http.ResponseWriter, request *http.Request) {
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
