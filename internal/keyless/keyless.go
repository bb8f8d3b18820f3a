// Package keyless is what the verifier program is asked about signatures without a
// key, and what it answers: both are JSON. It checks what can be checked without
// certificates.
package keyless

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Identity is whom an issuer must have told the signer to be, each exactly or by a
// regular expression that the whole of it matches, and whose word on that is taken.
type Identity struct {
	Name          string `attr:"identity" json:"identity,omitempty"`
	NamePattern   string `attr:"identity_regexp" json:"identity_regexp,omitempty"`
	Issuer        string `attr:"issuer" json:"issuer,omitempty"`
	IssuerPattern string `attr:"issuer_regexp" json:"issuer_regexp,omitempty"`
	TrustedRoot   string `attr:"trusted_root" json:"trusted_root,omitempty"` // one or more trusted_root.json, one after another
}

// rootType is what the media type of a trusted root begins with.
const rootType = "application/vnd.dev.sigstore.trustedroot"

// Check returns an error for an identity that nobody can have, or that anybody may.
func (i Identity) Check() error {
	return errors.Join(
		either("identity", i.Name, i.NamePattern),
		either("issuer", i.Issuer, i.IssuerPattern),
		i.checkRoot(),
	)
}

func either(what, exact, pattern string) error {
	switch {
	case exact == "" && pattern == "":
		return fmt.Errorf("want %s or %s_regexp", what, what)
	case exact != "" && pattern != "":
		return fmt.Errorf("want %s or %s_regexp, and not both", what, what)
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return fmt.Errorf("%s_regexp: %w", what, err)
	}
	return nil
}

func (i Identity) checkRoot() error {
	roots, err := i.Roots()
	if err != nil {
		return fmt.Errorf("trusted_root: %w: want the content of a file that "+
			"cosign trusted-root create --with-default-services or gh attestation trusted-root has written", err)
	}
	for _, text := range roots {
		var root struct {
			MediaType string `json:"mediaType"`
		}
		if json.Unmarshal(text, &root) != nil || !strings.HasPrefix(root.MediaType, rootType) {
			return fmt.Errorf("trusted_root: its media type is %q, and no trusted root's", root.MediaType)
		}
	}
	return nil
}

// Roots returns the trusted roots one by one. There is one at least.
func (i Identity) Roots() ([]json.RawMessage, error) {
	var all []json.RawMessage
	for texts := json.NewDecoder(strings.NewReader(i.TrustedRoot)); ; {
		var text json.RawMessage
		switch err := texts.Decode(&text); {
		case errors.Is(err, io.EOF) && len(all) > 0:
			return all, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("it is empty")
		case err != nil:
			return nil, fmt.Errorf("it is no JSON: %w", err)
		}
		all = append(all, text)
	}
}

// String says who it is.
func (i Identity) String() string {
	return told(i.Name, i.NamePattern) + " of issuer " + told(i.Issuer, i.IssuerPattern)
}

func told(exact, pattern string) string {
	if pattern != "" {
		return "/" + pattern + "/"
	}
	return exact
}

// Whole returns a pattern that only the whole of a text matches.
func Whole(pattern string) string {
	if pattern == "" {
		return ""
	}
	return "^(?:" + pattern + ")$"
}

// Request asks who has signed in some bundles.
type Request struct {
	Wanted  Identity `json:"wanted"`
	Bundles []Bundle `json:"bundles"`
}

// Bundle is a Sigstore bundle, and the digest of what must be signed in it, such as
// "sha256:…".
type Bundle struct {
	Text   []byte `json:"text"`
	Digest string `json:"digest"`
}

// Answer says who has signed, bundle by bundle.
type Answer struct {
	Signers []Signer `json:"signers"`
}

// Signer is who has signed in a bundle, or why that is not to be believed.
type Signer struct {
	Name   string `json:"name,omitempty"`
	Issuer string `json:"issuer,omitempty"`
	Wanted bool   `json:"wanted,omitempty"` // whether it is who was asked for
	Error  string `json:"error,omitempty"`
}
