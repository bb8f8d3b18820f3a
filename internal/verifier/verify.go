package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
)

// verifier looks for one identity, by any of several trusted roots.
type verifier struct {
	wanted verify.CertificateIdentity
	roots  []*verify.Verifier
}

func newVerifier(wanted keyless.Identity) (verifier, error) {
	identity, err := verify.NewShortCertificateIdentity(
		wanted.Issuer, keyless.Whole(wanted.IssuerPattern), wanted.Name, keyless.Whole(wanted.NamePattern))
	if err != nil {
		return verifier{}, err
	}
	texts, err := wanted.Roots()
	if err != nil {
		return verifier{}, fmt.Errorf("trusted_root: %w", err)
	}
	v := verifier{wanted: identity}
	for _, text := range texts {
		trusted, err := root.NewTrustedRootFromJSON(text)
		if err != nil {
			return verifier{}, fmt.Errorf("trusted_root: %w", err)
		}
		one, err := verify.NewVerifier(trusted, proofs(trusted)...)
		if err != nil {
			return verifier{}, err
		}
		v.roots = append(v.roots, one)
	}
	return v, nil
}

// proofs are what a signature has to come with: a time, and an entry in each kind of
// log that the trusted root has.
func proofs(of *root.TrustedRoot) []verify.VerifierOption {
	options := []verify.VerifierOption{verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate()}
	if len(of.RekorLogs()) > 0 {
		options = append(options, verify.WithTransparencyLog(1))
	}
	if len(of.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	return options
}

// signer returns who has signed what a digest is of in a bundle.
func (v verifier) signer(of keyless.Bundle) keyless.Signer {
	signer, err := v.verify(of)
	if err != nil {
		return keyless.Signer{Error: err.Error()}
	}
	return signer
}

func (v verifier) verify(of keyless.Bundle) (keyless.Signer, error) {
	algorithm, digits, _ := strings.Cut(of.Digest, ":")
	digest, err := hex.DecodeString(digits)
	if err != nil {
		return keyless.Signer{}, fmt.Errorf("digest %q: %w", of.Digest, err)
	}
	var b bundle.Bundle
	if err := b.UnmarshalJSON(of.Text); err != nil {
		return keyless.Signer{}, err
	}
	policy := verify.NewPolicy(verify.WithArtifactDigest(algorithm, digest), verify.WithCertificateIdentity(v.wanted))
	var reasons []string
	for _, trusted := range v.roots {
		_, err := trusted.Verify(&b, policy)
		// That nobody else may have signed is looked at last, when all else holds.
		if other := new(verify.ErrNoMatchingCertificateIdentity); err == nil || errors.As(err, &other) {
			return named(&b, err == nil)
		}
		reasons = append(reasons, err.Error())
	}
	return keyless.Signer{}, errors.New(strings.Join(reasons, "; "))
}

// named returns whom the certificate of a bundle that holds is for.
func named(b *bundle.Bundle, wanted bool) (keyless.Signer, error) {
	content, err := b.VerificationContent()
	if err != nil {
		return keyless.Signer{}, err
	}
	summary, err := certificate.SummarizeCertificate(content.Certificate())
	return keyless.Signer{Name: summary.SubjectAlternativeName, Issuer: summary.Issuer, Wanted: wanted}, err
}
