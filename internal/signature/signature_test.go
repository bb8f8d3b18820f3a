package signature_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/signature"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

func TestVerify(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	r := testenv.NewDistribution(t, nil)
	logins := registry.Logins{r.Host: {Username: r.Username, Password: r.Password}}
	ours, theirs := testenv.NewSigner(t), testenv.NewSigner(t)
	for name, tt := range map[string]struct {
		sign func(repository, digest string)
		want error
	}{
		"unsigned": {func(string, string) {}, signature.ErrNone},
		"tag":      {func(repository, digest string) { ours.SignTag(r, repository, digest) }, nil},
		"bundle":   {func(repository, digest string) { ours.SignBundle(r, repository, digest) }, nil},
		"both keys": {func(repository, digest string) {
			theirs.SignTag(r, repository, digest)
			theirs.SignBundle(r, repository, digest)
			ours.SignBundle(r, repository, digest)
		}, nil},
		"another key": {func(repository, digest string) { theirs.SignTag(r, repository, digest) }, signature.ErrOther},
		"another key in a bundle": {
			func(repository, digest string) { theirs.SignBundle(r, repository, digest) }, signature.ErrOther,
		},
		"another statement": {
			func(repository, digest string) { ours.Attest(r, repository, digest, "https://slsa.dev/provenance/v1") }, signature.ErrNone,
		},
	} {
		t.Run(name, func(t *testing.T) {
			repository := strings.ReplaceAll(name, " ", "-")
			digest := r.Push(t, "busybox:stable", repository+":1")
			tt.sign(repository, digest)
			if got := verify(t, ours, logins, r.Host+"/"+repository, digest); !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("another image", func(t *testing.T) {
		digest := r.Push(t, "busybox:stable", "moved:1")
		ours.SignTag(r, "moved", digest)
		other := "sha256:" + strings.Repeat("0", 64)
		r.Retag(t, "moved", strings.Replace(digest, ":", "-", 1)+".sig", strings.Replace(other, ":", "-", 1)+".sig")
		if got := verify(t, ours, logins, r.Host+"/moved", other); !errors.Is(got, signature.ErrOther) {
			t.Errorf("a signature of one image is taken for another: %v", got)
		}
	})
	t.Run("refused", func(t *testing.T) {
		digest := r.Push(t, "busybox:stable", "refused:1")
		t.Setenv("DOCKER_CONFIG", t.TempDir())
		got := verify(t, ours, nil, r.Host+"/refused", digest)
		if got == nil || errors.Is(got, signature.ErrNone) || errors.Is(got, signature.ErrOther) {
			t.Errorf("not to be let in is no verdict: %v", got)
		}
	})
}

func verify(t *testing.T, signer *testenv.Signer, logins registry.Logins, name, digest string) error {
	t.Helper()
	key, err := signature.ParseKey(signer.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	repository, err := logins.Repository(name)
	if err != nil {
		t.Fatal(err)
	}
	return key.Verify(t.Context(), repository, digest)
}

func TestParseKey(t *testing.T) {
	for _, text := range []string{"", "cosign.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := signature.ParseKey(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}
