package signature

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"oras.land/oras-go/v2/registry/remote"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
	"github.com/bayplan/terraform-provider-bayplan/internal/signature/verifier"
)

// Identity is who has to have signed without a key.
type Identity struct{ keyless.Identity }

// ParseIdentity returns an error for an identity that cannot be looked for.
func ParseIdentity(of keyless.Identity) (Identity, error) { return Identity{of}, of.Check() }

// Verify returns nil when the image of a digest was signed by the identity, ErrNone
// or ErrStranger when it was not, and another error when that is not known.
func (i Identity) Verify(ctx context.Context, in *remote.Repository, digest string) error {
	found, err := signedBundles(ctx, in, digest)
	if err != nil {
		return fmt.Errorf("look for its signatures: %w", err)
	}
	if len(found) == 0 {
		return ErrNone
	}
	answer, err := verifier.Run(ctx, keyless.Request{Wanted: i.Identity, Bundles: found})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(answer.Signers, func(s keyless.Signer) bool { return s.Wanted }) {
		return nil
	}
	return fmt.Errorf("%w: want %s, and found %s", ErrStranger, i, signersTold(answer.Signers))
}

// signersTold says who has signed, or why that is not to be believed, each once.
func signersTold(signers []keyless.Signer) string {
	var all []string
	for _, s := range signers {
		told := keyless.Identity{Name: s.Name, Issuer: s.Issuer}.String()
		if s.Error != "" {
			told = fmt.Sprintf("a signature that does not hold (%s)", s.Error)
		}
		if !slices.Contains(all, told) {
			all = append(all, told)
		}
	}
	return strings.Join(all, "; ")
}

// signedBundles returns what may say who has signed an image without a key.
func signedBundles(ctx context.Context, in *remote.Repository, digest string) ([]keyless.Bundle, error) {
	ctx, cancel := context.WithTimeout(ctx, registryLimit)
	defer cancel()
	under, err := payloads(ctx, in, digest)
	if err != nil {
		return nil, err
	}
	var all []keyless.Bundle
	for _, s := range under {
		if b, ok := s.bundle(); ok && slices.Contains(s.about, digest) {
			all = append(all, b)
		}
	}
	texts, err := bundleTexts(ctx, in, digest)
	for _, text := range texts {
		all = append(all, keyless.Bundle{Text: text, Digest: digest})
	}
	return all, err
}
