// Package sigstore signs images in a registry without keys, with certificates and log
// entries of a Sigstore of a test's own.
package sigstore

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	bundlev1 "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	dssev1 "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	rekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore/pkg/signature/payload"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// Sigstore is one that nobody knows who has not its trusted root.
type Sigstore struct {
	TrustedRoot string // as cosign trusted-root create writes it

	tb testing.TB
	ca *ca.VirtualSigstore
}

// New returns one.
func New(tb testing.TB) *Sigstore {
	tb.Helper()
	virtual, err := ca.NewVirtualSigstore()
	s := &Sigstore{tb: tb, ca: virtual}
	s.must(err)
	s.TrustedRoot = s.trustedRoot(nil)
	return s
}

// WithCertificateLog returns the trusted root with a log that no certificate is in.
func (s *Sigstore) WithCertificateLog() string { return s.trustedRoot(s.logs(s.ca.CTLogs())) }

func (s *Sigstore) trustedRoot(certificates map[string]*root.TransparencyLog) string {
	s.tb.Helper()
	trusted, err := root.NewTrustedRoot(root.TrustedRootMediaType01, s.ca.FulcioCertificateAuthorities(), certificates,
		s.ca.TimestampingAuthorities(), s.logs(s.ca.RekorLogs()))
	s.must(err)
	text, err := trusted.MarshalJSON()
	s.must(err)
	return string(text)
}

// logs gives the logs the ids that entries name, which are not in hexadecimal.
func (s *Sigstore) logs(of map[string]*root.TransparencyLog) map[string]*root.TransparencyLog {
	s.tb.Helper()
	for id, log := range of {
		var err error
		log.ID, err = hex.DecodeString(id)
		s.must(err)
	}
	return of
}

// Logged is when the entry of a signature says that it was made, from now on: a
// certificate holds for ten minutes.
const Logged = 5 * time.Minute

// Statement says of an image what a predicate does, as an attestation.
func Statement(digest, predicate string) string {
	return fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "image", "digest": {"sha256": %q}}], "predicateType": %q, "predicate": {}}`,
		strings.TrimPrefix(digest, "sha256:"), predicate)
}

// Bundle signs a statement as an identity that an issuer vouches for, after a while,
// in a bundle.
func (s *Sigstore) Bundle(identity, issuer, statement string, after time.Duration) []byte {
	s.tb.Helper()
	entity, err := s.ca.AttestAtTime(identity, issuer, []byte(statement), time.Now().Add(after), true)
	s.must(err)
	signed, err := entity.SignatureContent()
	s.must(err)
	envelope := signed.EnvelopeContent().RawEnvelope()
	payload, err := envelope.DecodeB64Payload()
	s.must(err)
	signature, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	s.must(err)
	text, err := protojson.Marshal(&bundlev1.Bundle{
		MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
		VerificationMaterial: &bundlev1.VerificationMaterial{
			Content: &bundlev1.VerificationMaterial_Certificate{
				Certificate: &common.X509Certificate{RawBytes: s.certificate(entity).Raw},
			},
			TlogEntries: []*rekor.TransparencyLogEntry{s.entry(entity)},
		},
		Content: &bundlev1.Bundle_DsseEnvelope{DsseEnvelope: &dssev1.Envelope{
			Payload: payload, PayloadType: envelope.PayloadType, Signatures: []*dssev1.Signature{{Sig: signature}},
		}},
	})
	s.must(err)
	return text
}

// SignBundle signs an image as cosign does since its version 3.
func (s *Sigstore) SignBundle(d *testenv.Distribution, repository, digest, identity, issuer string) {
	s.tb.Helper()
	s.must(d.PutBundle(s.tb, repository, digest, s.Bundle(identity, issuer, Statement(digest, "https://sigstore.dev/cosign/sign/v1"), Logged)))
}

// SignTag signs an image as cosign did before its version 3: under a tag beside it.
func (s *Sigstore) SignTag(d *testenv.Distribution, repository, digest, identity, issuer string) {
	s.tb.Helper()
	image, err := name.NewDigest(d.Host + "/" + repository + "@" + digest)
	s.must(err)
	text, err := payload.Cosign{Image: image}.MarshalJSON()
	s.must(err)
	signature, annotations := s.payload(identity, issuer, text)
	s.must(d.PutPayload(s.tb, repository, digest, text, signature, annotations))
}

// payload signs a payload, and returns the signature and the annotations that cosign
// puts beside it.
func (s *Sigstore) payload(identity, issuer string, text []byte) (signature []byte, annotations map[string]string) {
	s.tb.Helper()
	entity, err := s.ca.Sign(identity, issuer, text)
	s.must(err)
	signed, err := entity.SignatureContent()
	s.must(err)
	entry := s.entry(entity)
	logged, err := json.Marshal(map[string]any{
		"SignedEntryTimestamp": entry.InclusionPromise.SignedEntryTimestamp,
		"Payload": map[string]any{
			"body": entry.CanonicalizedBody, "integratedTime": entry.IntegratedTime,
			"logIndex": entry.LogIndex, "logID": hex.EncodeToString(entry.LogId.KeyId),
		},
	})
	s.must(err)
	return signed.Signature(), map[string]string{
		"dev.sigstore.cosign/certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.certificate(entity).Raw})),
		"dev.sigstore.cosign/bundle":      string(logged),
	}
}

func (s *Sigstore) certificate(of *ca.TestEntity) *x509.Certificate {
	s.tb.Helper()
	content, err := of.VerificationContent()
	s.must(err)
	return content.Certificate()
}

// entry returns the entry in the log, with what it leaves out: its kind, and the log's
// promise to have it.
func (s *Sigstore) entry(of *ca.TestEntity) *rekor.TransparencyLogEntry {
	s.tb.Helper()
	entries, err := of.TlogEntries()
	s.must(err)
	entry := entries[0].TransparencyLogEntry()
	var kind struct{ Kind, APIVersion string }
	s.must(json.Unmarshal(entry.CanonicalizedBody, &kind))
	entry.KindVersion = &rekor.KindVersion{Kind: kind.Kind, Version: kind.APIVersion}
	promise, err := s.ca.RekorSignPayload(tlog.RekorPayload{
		LogID: hex.EncodeToString(entry.LogId.KeyId), IntegratedTime: entry.IntegratedTime, LogIndex: entry.LogIndex,
		Body: base64.StdEncoding.EncodeToString(entry.CanonicalizedBody),
	})
	s.must(err)
	entry.InclusionPromise = &rekor.InclusionPromise{SignedEntryTimestamp: promise}
	return entry
}

func (s *Sigstore) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(err)
	}
}
