package signature_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/signature"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/sigstore"
)

const (
	release = "release@shop.example"
	issuer  = "https://accounts.example"
)

func TestVerifyIdentity(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	r := testenv.NewDistribution(t, nil)
	logins := registry.Logins{r.Host: {Username: r.Username, Password: r.Password}}
	ours, theirs := sigstore.New(t), sigstore.New(t)
	wanted, err := signature.ParseIdentity(keyless.Identity{Name: release, Issuer: issuer, TrustedRoot: ours.TrustedRoot})
	if err != nil {
		t.Fatal(err)
	}
	verify := func(t *testing.T, repository, digest string) error {
		t.Helper()
		in, err := logins.Repository(r.Host + "/" + repository)
		if err != nil {
			t.Fatal(err)
		}
		return wanted.Verify(t.Context(), in, digest)
	}
	for name, tt := range map[string]struct {
		sign func(repository, digest string)
		want error
		says string
	}{
		"unsigned": {func(string, string) {}, signature.ErrNone, ""},
		"tag":      {func(repository, digest string) { ours.SignTag(r, repository, digest, release, issuer) }, nil, ""},
		"bundle":   {func(repository, digest string) { ours.SignBundle(r, repository, digest, release, issuer) }, nil, ""},
		"attestation": {func(repository, digest string) {
			put(t, r, repository, digest, ours.Bundle(release, issuer, sigstore.Statement(digest, "https://slsa.dev/provenance/v1"), sigstore.Logged))
		}, nil, ""},
		"others too": {func(repository, digest string) {
			theirs.SignTag(r, repository, digest, release, issuer)
			ours.SignBundle(r, repository, digest, "somebody@shop.example", issuer)
			ours.SignBundle(r, repository, digest, release, issuer)
			put(t, r, repository, digest, []byte("no bundle"))
		}, nil, ""},
		"another identity under a tag": {
			func(repository, digest string) { ours.SignTag(r, repository, digest, "somebody@shop.example", issuer) },
			signature.ErrStranger, "want release@shop.example of issuer https://accounts.example, and found somebody@shop.example of issuer https://accounts.example",
		},
		"another identity in a bundle": {
			func(repository, digest string) {
				ours.SignBundle(r, repository, digest, "somebody@shop.example", issuer)
			},
			signature.ErrStranger, "found somebody@shop.example of issuer https://accounts.example",
		},
		"another issuer": {
			func(repository, digest string) { ours.SignTag(r, repository, digest, release, "https://other.example") },
			signature.ErrStranger, "found release@shop.example of issuer https://other.example",
		},
		"another root": {
			func(repository, digest string) { theirs.SignTag(r, repository, digest, release, issuer) },
			signature.ErrStranger, "found a signature that does not hold",
		},
		"a statement of another image": {func(repository, digest string) {
			other := sigstore.Statement(strings.Repeat("0", 64), "https://sigstore.dev/cosign/sign/v1")
			put(t, r, repository, digest, ours.Bundle(release, issuer, other, sigstore.Logged))
		}, signature.ErrStranger, "does not match any digest"},
		"a key": {func(repository, digest string) {
			testenv.NewSigner(t).SignTag(r, repository, digest)
			testenv.NewSigner(t).SignBundle(r, repository, digest)
		}, signature.ErrStranger, "found a signature that does not hold"},
		"no bundle": {
			func(repository, digest string) { put(t, r, repository, digest, []byte("no bundle")) },
			signature.ErrStranger, "found a signature that does not hold",
		},
	} {
		t.Run(name, func(t *testing.T) {
			repository := strings.ReplaceAll(name, " ", "-")
			digest := r.Push(t, "busybox:stable", repository+":1")
			tt.sign(repository, digest)
			got := verify(t, repository, digest)
			if !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) || got != nil && !strings.Contains(got.Error(), tt.says) {
				t.Errorf("got %v, want %v, %q", got, tt.want, tt.says)
			}
		})
	}
	t.Run("another image", func(t *testing.T) {
		digest := r.Push(t, "busybox:stable", "moved-by-us:1")
		ours.SignTag(r, "moved-by-us", digest, release, issuer)
		other := "sha256:" + strings.Repeat("0", 64)
		r.Retag(t, "moved-by-us", strings.Replace(digest, ":", "-", 1)+".sig", strings.Replace(other, ":", "-", 1)+".sig")
		if got := verify(t, "moved-by-us", other); !errors.Is(got, signature.ErrNone) {
			t.Errorf("a signature of one image is taken for another: %v", got)
		}
	})
}

func put(t *testing.T, r *testenv.Distribution, repository, digest string, bundle []byte) {
	t.Helper()
	if err := r.PutBundle(t, repository, digest, bundle); err != nil {
		t.Fatal(err)
	}
}

func TestParseIdentity(t *testing.T) {
	root := sigstore.New(t).TrustedRoot
	for want, of := range map[string]keyless.Identity{
		"want identity or identity_regexp":           {Issuer: issuer, TrustedRoot: root},
		"want issuer or issuer_regexp, and not both": {Name: release, Issuer: issuer, IssuerPattern: ".*", TrustedRoot: root},
		"identity_regexp: error parsing regexp":      {NamePattern: "(", Issuer: issuer, TrustedRoot: root},
		"trusted_root: it is empty":                  {Name: release, Issuer: issuer},
		"trusted_root: it is no JSON":                {Name: release, Issuer: issuer, TrustedRoot: "trusted_root.json"},
		`trusted_root: its media type is ""`:         {Name: release, Issuer: issuer, TrustedRoot: root + "{}"},
	} {
		if _, err := signature.ParseIdentity(of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", of, err, want)
		}
	}
}
