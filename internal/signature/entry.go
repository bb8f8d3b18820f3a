package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strconv"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
)

// Annotations of a payload that was signed without a key: who signed it, and the entry
// of that in a transparency log, see
// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md.
const (
	certificateAnnotation = "dev.sigstore.cosign/certificate"
	entryAnnotation       = "dev.sigstore.cosign/bundle"
)

// logEntry is an entry as the annotation has it.
type logEntry struct {
	SignedEntryTimestamp []byte
	Payload              struct {
		Body           []byte `json:"body"`
		IntegratedTime int64  `json:"integratedTime"`
		LogIndex       int64  `json:"logIndex"`
		LogID          string `json:"logID"`
	}
}

// bundle returns what is signed in a payload as the first version of a bundle, which
// says the same. It is none where a key alone has signed.
func (s signed) bundle() (keyless.Bundle, bool) {
	certificate, _ := pem.Decode([]byte(s.annotations[certificateAnnotation]))
	if certificate == nil {
		return keyless.Bundle{}, false
	}
	material := map[string]any{
		"x509CertificateChain": map[string]any{"certificates": []any{map[string]any{"rawBytes": certificate.Bytes}}},
	}
	var entry logEntry
	if json.Unmarshal([]byte(s.annotations[entryAnnotation]), &entry) == nil {
		material["tlogEntries"] = []any{entry.inBundle()}
	}
	sum := sha256.Sum256(s.message)
	text, err := json.Marshal(map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle+json;version=0.1",
		"verificationMaterial": material,
		"messageSignature": map[string]any{
			"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": sum[:]},
			"signature":     s.signature,
		},
	})
	return keyless.Bundle{Text: text, Digest: "sha256:" + hex.EncodeToString(sum[:])}, err == nil
}

func (e logEntry) inBundle() map[string]any {
	var of struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
	}
	_ = json.Unmarshal(e.Payload.Body, &of) // an entry of no kind is refused by who reads the bundle
	log, _ := hex.DecodeString(e.Payload.LogID)
	return map[string]any{
		"logIndex":          strconv.FormatInt(e.Payload.LogIndex, 10),
		"logId":             map[string]any{"keyId": log},
		"kindVersion":       map[string]any{"kind": of.Kind, "version": of.APIVersion},
		"integratedTime":    strconv.FormatInt(e.Payload.IntegratedTime, 10),
		"inclusionPromise":  map[string]any{"signedEntryTimestamp": e.SignedEntryTimestamp},
		"canonicalizedBody": e.Payload.Body,
	}
}
