package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

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

// What requires nothing is refused, since its attributes may be misspelled.
func TestVainPolicies(t *testing.T) {
	signer := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"public_key": tftypes.String}}
	of := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"allowed_registries": tftypes.List{ElementType: tftypes.String}, "require_digest": tftypes.Bool, "signatures": tftypes.Map{ElementType: signer},
	}}
	with := func(name string, value any) tftypes.Value {
		attributes := map[string]tftypes.Value{}
		for attribute, kind := range of.AttributeTypes {
			if attributes[attribute] = tftypes.NewValue(kind, nil); attribute == name {
				attributes[attribute] = tftypes.NewValue(kind, value)
			}
		}
		return tftypes.NewValue(of, attributes)
	}
	for name, tt := range map[string]struct {
		policy tftypes.Value
		want   string
	}{
		"none":             {tftypes.NewValue(of, nil), ""},
		"nothing required": {with("", nil), "image_policy requires nothing"},
		"nowhere":          {with("allowed_registries", []tftypes.Value{}), "allowed_registries is empty"},
		"somewhere":        {with("allowed_registries", []tftypes.Value{tftypes.NewValue(tftypes.String, "r.example")}), ""},
		"not known":        {with("allowed_registries", tftypes.UnknownValue), ""},
		"switched off":     {with("require_digest", false), ""},
		"no signatures":    {with("signatures", map[string]tftypes.Value{}), ""},
	} {
		block := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"image_policy": of}}
		err := vainPolicy(tftypes.NewValue(block, map[string]tftypes.Value{"image_policy": tt.policy}))
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
