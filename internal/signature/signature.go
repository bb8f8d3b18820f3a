// Package signature tells whether an image in a registry was signed, as cosign signs:
// in a payload under a tag beside the image, or in a Sigstore bundle that refers to
// it. With a key, certificates and transparency logs are not looked at: who has the key
// has signed. Without one they tell who has, and another program looks at them.
package signature

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"oras.land/oras-go/v2/registry/remote"
)

// Key is a public key that images are signed with.
type Key struct{ verifier signature.Verifier }

// ParseKey reads a public key in PEM: ECDSA, Ed25519 or RSA.
func ParseKey(text string) (Key, error) {
	public, err := cryptoutils.UnmarshalPEMToPublicKey([]byte(text))
	if err != nil {
		return Key{}, errors.New("it is no public key in PEM, as cosign writes into cosign.pub")
	}
	verifier, err := signature.LoadVerifier(public, crypto.SHA256)
	return Key{verifier}, err
}

// ErrNone is the error for an image that bears no signature at all, ErrOther and
// ErrStranger for one that only others have signed.
var (
	ErrNone     = errors.New("it has no signature")
	ErrOther    = errors.New("it is not signed with that key")
	ErrStranger = errors.New("it is not signed by that identity")
)

// registryLimit bounds how long a registry may take to tell of an image's signatures.
const registryLimit = 30 * time.Second

// signed is something that was signed.
type signed struct {
	message, signature []byte
	about              []string          // digests of images
	annotations        map[string]string // of a payload: who signed it when
}

// Verify returns nil when the image of a digest was signed with the key, ErrNone
// or ErrOther when it was not, and another error when that is not known.
func (k Key) Verify(ctx context.Context, in *remote.Repository, digest string) error {
	ctx, cancel := context.WithTimeout(ctx, registryLimit)
	defer cancel()
	verdict := ErrNone
	for _, find := range []func(context.Context, *remote.Repository, string) ([]signed, error){payloads, bundles} {
		found, err := find(ctx, in, digest)
		if err != nil {
			return fmt.Errorf("look for its signatures: %w", err)
		}
		if slices.ContainsFunc(found, func(s signed) bool { return k.made(s, digest) }) {
			return nil
		}
		if len(found) > 0 {
			verdict = ErrOther
		}
	}
	return verdict
}

// made reports whether something was signed with the key, and is about a digest.
func (k Key) made(s signed, digest string) bool {
	return slices.Contains(s.about, digest) &&
		k.verifier.VerifySignature(bytes.NewReader(s.signature), bytes.NewReader(s.message)) == nil
}
