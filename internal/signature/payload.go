package signature

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/sigstore/sigstore/pkg/signature/payload"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
)

// What cosign files a payload and its signature under, see
// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md.
const (
	payloadType         = "application/vnd.dev.cosign.simplesigning.v1+json"
	signatureAnnotation = "dev.cosignproject.cosign/signature"
)

// largest is how much of a manifest, payload or bundle is read.
const largest = 4 << 20

// payloads returns what is signed under the tag that an image's digest makes.
func payloads(ctx context.Context, in *remote.Repository, digest string) ([]signed, error) {
	manifest, stream, err := in.Manifests().FetchReference(ctx, strings.Replace(digest, ":", "-", 1)+".sig")
	if errors.Is(err, errdef.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	layers, err := layersIn(manifest, stream)
	if err != nil {
		return nil, err
	}
	var all []signed
	for _, layer := range layers {
		if layer.MediaType != payloadType {
			continue
		}
		message, err := blob(ctx, in, layer)
		if err != nil {
			return nil, err
		}
		made, err := base64.StdEncoding.DecodeString(layer.Annotations[signatureAnnotation])
		if err != nil {
			return nil, fmt.Errorf("signature of %s: %w", layer.Digest, err)
		}
		all = append(all, signed{message: message, signature: made, about: payloadAbout(message), annotations: layer.Annotations})
	}
	return all, nil
}

// payloadAbout returns the digest that a payload is about, if it is one.
func payloadAbout(message []byte) []string {
	var p payload.SimpleContainerImage
	if json.Unmarshal(message, &p) != nil || p.Critical.Type != payload.CosignSignatureType {
		return nil
	}
	return []string{p.Critical.Image.DockerManifestDigest}
}

// layersIn reads a manifest, which has to be as described, and returns its layers.
func layersIn(of v1.Descriptor, stream io.ReadCloser) ([]v1.Descriptor, error) {
	defer stream.Close()
	text, err := read(of, stream)
	if err != nil {
		return nil, err
	}
	var manifest v1.Manifest
	err = json.Unmarshal(text, &manifest)
	return manifest.Layers, err
}

func blob(ctx context.Context, in *remote.Repository, of v1.Descriptor) ([]byte, error) {
	stream, err := in.Blobs().Fetch(ctx, of)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return read(of, stream)
}

func read(of v1.Descriptor, stream io.Reader) ([]byte, error) {
	if of.Size > largest {
		return nil, fmt.Errorf("%s has %d bytes, and no signature is as large", of.Digest, of.Size)
	}
	return content.ReadAll(stream, of)
}
