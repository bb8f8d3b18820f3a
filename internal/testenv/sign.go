package testenv

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

// Signer signs images in a registry with a key of its own, in the forms of cosign.
type Signer struct {
	PublicKey string // in PEM, as in cosign.pub

	tb  testing.TB
	key signature.SignerVerifier
}

// NewSigner returns one that nobody knows yet.
func NewSigner(tb testing.TB) *Signer {
	tb.Helper()
	key, _, err := signature.NewDefaultECDSASignerVerifier()
	if err != nil {
		tb.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		tb.Fatal(err)
	}
	text, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		tb.Fatal(err)
	}
	return &Signer{PublicKey: string(text), tb: tb, key: key}
}

// SignTag signs an image as cosign did before its version 3: under a tag beside it.
func (s *Signer) SignTag(d *Distribution, repository, digest string) {
	s.tb.Helper()
	image, err := name.NewDigest(d.Host + "/" + repository + "@" + digest)
	if err != nil {
		s.tb.Fatal(err)
	}
	message, made, err := signature.SignImage(s.key, image, nil)
	s.must(err)
	s.must(d.PutPayload(s.tb, repository, digest, message, made, nil))
}

// SignBundle signs an image as cosign does since its version 3: in a bundle that
// refers to it.
func (s *Signer) SignBundle(d *Distribution, repository, digest string) {
	s.tb.Helper()
	s.Attest(d, repository, digest, "https://sigstore.dev/cosign/sign/v1")
}

// Attest states something of an image in such a bundle.
func (s *Signer) Attest(d *Distribution, repository, digest, predicate string) {
	s.tb.Helper()
	statement := fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": %q}}], "predicateType": %q, "predicate": {}}`,
		strings.TrimPrefix(digest, "sha256:"), predicate)
	envelope, err := dsse.WrapSigner(s.key, "application/vnd.in-toto+json").SignMessage(strings.NewReader(statement))
	s.must(err)
	bundle, err := json.Marshal(map[string]any{"mediaType": bundleType, "dsseEnvelope": json.RawMessage(envelope)})
	s.must(err)
	s.must(d.PutBundle(s.tb, repository, digest, bundle))
}

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// PutPayload puts what was signed of an image under a tag beside it, with further
// annotations.
func (d *Distribution) PutPayload(tb testing.TB, repository, digest string, payload, signature []byte, annotations map[string]string) error {
	tb.Helper()
	ctx, in := context.Background(), d.repository(tb, repository)
	layer, err := push(ctx, in, "application/vnd.dev.cosign.simplesigning.v1+json", payload)
	if err != nil {
		return err
	}
	layer.Annotations = map[string]string{"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(signature)}
	maps.Copy(layer.Annotations, annotations)
	const kind = "application/vnd.dev.cosign.artifact.sig.v1+json"
	manifest, err := oras.PackManifest(ctx, in, oras.PackManifestVersion1_1, kind, oras.PackManifestOptions{Layers: []v1.Descriptor{layer}})
	if err != nil {
		return err
	}
	return in.Tag(ctx, manifest, strings.Replace(digest, ":", "-", 1)+".sig")
}

// PutBundle puts a bundle that refers to an image into the registry.
func (d *Distribution) PutBundle(tb testing.TB, repository, digest string, bundle []byte) error {
	tb.Helper()
	ctx, in := context.Background(), d.repository(tb, repository)
	subject, err := in.Resolve(ctx, digest)
	if err != nil {
		return err
	}
	layer, err := push(ctx, in, bundleType, bundle)
	if err != nil {
		return err
	}
	_, err = oras.PackManifest(ctx, in, oras.PackManifestVersion1_1, bundleType, oras.PackManifestOptions{Layers: []v1.Descriptor{layer}, Subject: &subject})
	return err
}

func push(ctx context.Context, in *remote.Repository, kind string, text []byte) (v1.Descriptor, error) {
	of := content.NewDescriptorFromBytes(kind, text)
	return of, in.Push(ctx, of, bytes.NewReader(text))
}

func (s *Signer) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(err)
	}
}

// repository returns a repository of the registry as its user reaches it.
func (d *Distribution) repository(tb testing.TB, repository string) *remote.Repository {
	tb.Helper()
	in, err := remote.NewRepository(d.Host + "/" + repository)
	if err != nil {
		tb.Fatal(err)
	}
	in.PlainHTTP = true
	in.Client = &auth.Client{Credential: auth.StaticCredential(d.Host, auth.Credential{Username: d.Username, Password: d.Password})}
	return in
}

// Retag gives what one tag of a repository leads to another tag too.
func (d *Distribution) Retag(tb testing.TB, repository, tag, another string) {
	tb.Helper()
	if _, err := oras.Tag(context.Background(), d.repository(tb, repository), tag, another); err != nil {
		tb.Fatal(err)
	}
}
