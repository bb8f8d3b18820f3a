package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// However a repository is written, in the rule and of the image, its signature is asked for.
func TestSignaturesAreRequired(t *testing.T) {
	asking, cancel := context.WithCancel(t.Context())
	cancel()
	signer := Signer{PublicKey: testenv.NewSigner(t).PublicKey}
	for _, rule := range []string{
		"docker.io", "Docker.io", "index.docker.io", "docker.io/library", "busybox", "docker.io/busybox", "docker.io/library/busybox",
	} {
		p, diags := newPolicy(ImagePolicy{Signatures: map[string]Signer{rule: signer}}, nil)
		if diags.HasError() {
			t.Fatal(diags)
		}
		for image, want := range map[string]string{
			"busybox:stable": "must be signed, as image_policy requires of docker.io", "Docker.io/busybox:stable": "must be signed",
			"registry-1.docker.io/library/busybox": "must be signed", "sha256:0123": "named by an id", "0123456789ab": "named by an id", "r.example/busybox": "",
		} {
			name, err := registry.Name(image)
			if err != nil {
				t.Fatal(err)
			}
			err = p.admitSigned(asking, topology.Workload{Image: image}, name)
			if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s under a rule for %s: got %v, want %q", image, rule, err, want)
			}
		}
	}
}

// The closest rule is that of the repository, and its own before that of a word.
func TestTheClosestSignatureCounts(t *testing.T) {
	asking, cancel := context.WithCancel(t.Context())
	cancel()
	signer := Signer{PublicKey: testenv.NewSigner(t).PublicKey}
	for _, rules := range [][]string{{"docker.io/library", "sh"}, {"docker.io/library/sh", "sh"}} {
		of := ImagePolicy{Signatures: map[string]Signer{rules[0]: signer, rules[1]: signer}}
		p, diags := newPolicy(of, nil)
		if diags.HasError() {
			t.Fatal(diags)
		}
		err := p.admitSigned(asking, topology.Workload{Image: "sh"}, "docker.io/library/sh")
		if err == nil || !strings.Contains(err.Error(), "requires of docker.io/library/sh,") {
			t.Errorf("under rules for %s: got %v", rules, err)
		}
	}
	_, diags := newPolicy(ImagePolicy{Signatures: map[string]Signer{"sh": signer, "docker.io/sh": signer}}, nil)
	if !diags.HasError() || !strings.Contains(diags[0].Detail(), "is another name of docker.io/sh") {
		t.Errorf("two keys for one: got %v", diags)
	}
}
