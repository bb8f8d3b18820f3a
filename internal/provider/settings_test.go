package provider_test

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

func TestSettingsThatAreRefused(t *testing.T) {
	for want, s := range map[string]provider.Settings{
		"cert_file and key_file belong together":              {Host: "tcp://there:2376", TLS: provider.TLS{Cert: "cert.pem"}},
		"none.pem":                                            {Host: "tcp://there:2376", TLS: provider.TLS{CA: "none.pem"}, Key: "k"},
		"tls is for an engine at a tcp:// address":            {Host: "unix:///var/run/docker.sock", TLS: provider.TLS{CA: "ca.pem"}},
		"no key is given for the remote engine ssh://me@away": {Host: "ssh://me@away"},
		`"https://r.example" is no host of a registry`:        {RegistryAuth: registry.Logins{"https://r.example": {}}},
		`"index.docker.io" is no host of a registry`:          {RegistryAuth: registry.Logins{"index.docker.io": {}}},
	} {
		s.Project = "p"
		if _, err := provider.NewCommand("test", newRuntime).Open(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got error %v, want %q", s, err, want)
		}
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	for want, policy := range map[string]provider.ImagePolicy{
		`"https://r.example" is no registry`:           {AllowedRegistries: []string{"https://r.example"}},
		`"r.example/" is no registry`:                  {AllowedRegistries: []string{"r.example/"}},
		`"" is no registry`:                            {AllowedRegistries: []string{""}},
		`"redis:7" is no registry`:                     {AllowedRegistries: []string{"redis:7"}},
		`"docker.io/library/busybox:stable" is no reg`: {Signatures: map[string]provider.Signer{"docker.io/library/busybox:stable": {}}},
		"r.example: want public_key or keyless":        {Signatures: map[string]provider.Signer{"r.example": {}}},
		"public_key or keyless, and not both": {Signatures: map[string]provider.Signer{
			"r.example": {PublicKey: "x", Keyless: &keyless.Identity{}},
		}},
		`"r.example/*" is no registry`:                              {Signatures: map[string]provider.Signer{"r.example/*": {}}},
		"signatures for r.example: public_key: it is no public key": {Signatures: map[string]provider.Signer{"r.example": {PublicKey: "cosign.pub"}}},
	} {
		s := provider.Settings{Project: "p", ImagePolicy: policy}
		if _, err := provider.NewCommand("test", newRuntime).Open(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got error %v, want %q", policy, err, want)
		}
	}
}
