package signature

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote"
)

// What a bundle and what is signed in it are, see
// https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md.
const (
	bundleType    = "application/vnd.dev.sigstore.bundle.v0.3+json"
	statementType = "application/vnd.in-toto+json"
	signPredicate = "https://sigstore.dev/cosign/sign/v1"
)

// bundles returns what is signed with keys in the bundles that refer to an image.
func bundles(ctx context.Context, in *remote.Repository, of string) ([]signed, error) {
	texts, err := bundleTexts(ctx, in, of)
	var all []signed
	for _, text := range texts {
		all = append(all, signedIn(text)...)
	}
	return all, err
}

// bundleTexts returns the bundles that refer to an image.
func bundleTexts(ctx context.Context, in *remote.Repository, of string) ([][]byte, error) {
	var all [][]byte
	subject := v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.Digest(of)}
	err := in.Referrers(ctx, subject, bundleType, func(manifests []v1.Descriptor) error {
		for _, manifest := range manifests {
			found, err := textsIn(ctx, in, manifest)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, err
}

func textsIn(ctx context.Context, in *remote.Repository, manifest v1.Descriptor) ([][]byte, error) {
	stream, err := in.Manifests().Fetch(ctx, manifest)
	if err != nil {
		return nil, err
	}
	layers, err := layersIn(manifest, stream)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, layer := range layers {
		if layer.MediaType != bundleType {
			continue
		}
		text, err := blob(ctx, in, layer)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

// signedIn returns what is signed in a bundle, nothing where that is no statement
// that an image is signed: bundles attest other things too.
func signedIn(text []byte) []signed {
	var bundle struct {
		Envelope struct {
			Payload     []byte `json:"payload"`
			PayloadType string `json:"payloadType"`
			Signatures  []struct {
				Sig []byte `json:"sig"`
			} `json:"signatures"`
		} `json:"dsseEnvelope"`
	}
	if json.Unmarshal(text, &bundle) != nil || bundle.Envelope.PayloadType != statementType {
		return nil
	}
	about := statementAbout(bundle.Envelope.Payload)
	if len(about) == 0 {
		return nil
	}
	var all []signed
	for _, s := range bundle.Envelope.Signatures {
		all = append(all, signed{message: encoded(statementType, bundle.Envelope.Payload), signature: s.Sig, about: about})
	}
	return all
}

// statementAbout returns the digests that a statement says are signed.
func statementAbout(payload []byte) []string {
	var statement struct {
		PredicateType string `json:"predicateType"`
		Subject       []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if json.Unmarshal(payload, &statement) != nil || statement.PredicateType != signPredicate {
		return nil
	}
	var about []string
	for _, s := range statement.Subject {
		about = append(about, "sha256:"+s.Digest["sha256"])
	}
	return about
}

// encoded is what is signed of a payload, see
// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md.
func encoded(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}
