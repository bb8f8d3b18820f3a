package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/testing/data"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/sigstore"
)

const (
	release = "release@shop.example"
	issuer  = "https://accounts.example"
	digest  = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	signed  = "https://sigstore.dev/cosign/sign/v1"
)

func ask(t *testing.T, wanted keyless.Identity, of ...keyless.Bundle) []keyless.Signer {
	t.Helper()
	request, err := json.Marshal(keyless.Request{Wanted: wanted, Bundles: of})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := serve(bytes.NewReader(request), &out); err != nil {
		t.Fatal(err)
	}
	var answer keyless.Answer
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Signers
}

func TestSigner(t *testing.T) {
	ours, theirs := sigstore.New(t), sigstore.New(t)
	wanted := keyless.Identity{Name: release, Issuer: issuer, TrustedRoot: ours.TrustedRoot}
	with := func(change func(*keyless.Identity)) keyless.Identity {
		other := wanted
		change(&other)
		return other
	}
	statement := sigstore.Statement(digest, signed)
	good := ours.Bundle(release, issuer, statement, sigstore.Logged)
	us := keyless.Signer{Name: release, Issuer: issuer, Wanted: true}
	stranger := keyless.Signer{Name: release, Issuer: issuer}
	fails := func(why string) keyless.Signer { return keyless.Signer{Error: why} }
	for name, tt := range map[string]struct {
		wanted keyless.Identity
		text   []byte
		want   keyless.Signer
	}{
		"good":           {wanted, good, us},
		"an attestation": {wanted, ours.Bundle(release, issuer, sigstore.Statement(digest, "https://slsa.dev/provenance/v1"), sigstore.Logged), us},
		"good by regular expressions": {with(func(i *keyless.Identity) {
			i.Name, i.NamePattern, i.Issuer, i.IssuerPattern = "", `.*@shop\.example`, "", "https://.*"
		}), good, us},
		"one of two roots": {with(func(i *keyless.Identity) { i.TrustedRoot = theirs.TrustedRoot + "\n" + ours.TrustedRoot }), good, us},
		"another identity": {with(func(i *keyless.Identity) { i.Name = "somebody@shop.example" }), good, stranger},
		"another issuer":   {with(func(i *keyless.Identity) { i.Issuer = "https://other.example" }), good, stranger},
		"a part of the identity": {
			with(func(i *keyless.Identity) { i.Name, i.NamePattern = "", `release@shop|x` }), good, stranger,
		},
		"a part of the issuer": {
			with(func(i *keyless.Identity) { i.Issuer, i.IssuerPattern = "", `accounts\.example` }), good, stranger,
		},
		"another digest": {
			wanted, ours.Bundle(release, issuer, sigstore.Statement(strings.Repeat("0", 64), signed), sigstore.Logged), fails("digest"),
		},
		"another root":                 {with(func(i *keyless.Identity) { i.TrustedRoot = theirs.TrustedRoot }), good, fails("log")},
		"logged after the certificate": {wanted, ours.Bundle(release, issuer, statement, 20*time.Minute), fails("certificate")},
		"logged before it":             {wanted, ours.Bundle(release, issuer, statement, -time.Minute), fails("certificate")},
		"in no log":                    {wanted, edited(t, good, "verificationMaterial", "tlogEntries", nil), fails("log")},
		"another statement": {
			wanted, edited(t, good, "dsseEnvelope", "payload", []byte(strings.Replace(statement, "image", "other", 1))), fails("log"),
		},
		"another signature": {
			wanted, edited(t, good, "dsseEnvelope", "signatures", []any{map[string]any{"sig": []byte("no signature")}}), fails("signature"),
		},
		"a certificate in no log": {with(func(i *keyless.Identity) { i.TrustedRoot = ours.WithCertificateLog() }), good, fails("certificate timestamp")},
		"a key's":                 {wanted, edited(t, good, "verificationMaterial", "certificate", nil), fails("verification material")},
		"no bundle":               {wanted, []byte("{"), fails("EOF")},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, tt.wanted, keyless.Bundle{Text: tt.text, Digest: digest})[0]
			if why := tt.want.Error; why != "" && strings.Contains(got.Error, why) {
				tt.want.Error = got.Error
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// edited returns a bundle with another value two levels below its root, or without one.
func edited(t *testing.T, text []byte, of, name string, value any) []byte {
	t.Helper()
	var b map[string]map[string]any
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	media := all["mediaType"]
	delete(all, "mediaType")
	rest, _ := json.Marshal(all)
	if err := json.Unmarshal(rest, &b); err != nil {
		t.Fatal(err)
	}
	if _, is := b[of][name]; !is {
		t.Fatalf("a bundle has no %s.%s: %s", of, name, text)
	}
	if b[of][name] = value; value == nil {
		delete(b[of], name)
	}
	for part, content := range b {
		all[part] = content
	}
	all["mediaType"] = media
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What the public Sigstore has certified and logged of a release on GitHub.
func TestSignerOfThePublicSigstore(t *testing.T) {
	text, err := data.Bundle(t, "sigstore.js@2.0.0-provenance.sigstore.json").MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := data.TrustedRoot(t, "public-good.json").MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	wanted := keyless.Identity{
		NamePattern: `https://github\.com/sigstore/sigstore-js/\.github/workflows/.*`,
		Issuer:      "https://token.actions.githubusercontent.com", TrustedRoot: string(trusted),
	}
	of := keyless.Bundle{Text: text, Digest: "sha512:46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c"}
	want := keyless.Signer{
		Name:   "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
		Issuer: "https://token.actions.githubusercontent.com", Wanted: true,
	}
	if got := ask(t, wanted, of)[0]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	of.Digest = "sha512:" + strings.Repeat("0", 128)
	if got := ask(t, wanted, of)[0]; got.Error == "" {
		t.Errorf("for another digest got %+v", got)
	}
}

func TestRequestsThatCannotBeAnswered(t *testing.T) {
	ours := sigstore.New(t)
	for name, wanted := range map[string]keyless.Identity{
		"no root":     {Name: release, Issuer: issuer},
		"no identity": {Issuer: issuer, TrustedRoot: ours.TrustedRoot},
		"no issuer":   {Name: release, TrustedRoot: ours.TrustedRoot},
		"no pattern":  {NamePattern: "(", Issuer: issuer, TrustedRoot: ours.TrustedRoot},
		"half a root": {Name: release, Issuer: issuer, TrustedRoot: ours.TrustedRoot[:100]},
	} {
		request, _ := json.Marshal(keyless.Request{Wanted: wanted, Bundles: []keyless.Bundle{{}}})
		if err := serve(bytes.NewReader(request), new(bytes.Buffer)); err == nil {
			t.Errorf("%s: it is answered", name)
		}
	}
}
