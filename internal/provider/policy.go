package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/bayplan/terraform-provider-bayplan/internal/keyless"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/signature"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// ImagePolicy says which images may run; the zero ImagePolicy lets any.
type ImagePolicy struct {
	AllowedRegistries []string          `attr:"allowed_registries" json:"allowed_registries,omitempty"`
	RequireDigest     bool              `attr:"require_digest" json:"require_digest,omitempty"`
	Signatures        map[string]Signer `attr:"signatures" json:"signatures,omitempty"` // by registry, path in one or repository
}

// Signer is who must have signed an image: whoever has a key, or an identity.
type Signer struct {
	PublicKey string            `attr:"public_key" json:"public_key,omitempty"` // in PEM
	Keyless   *keyless.Identity `attr:"keyless" json:"keyless,omitempty"`
}

// signer tells whether it has signed the image of a digest, as [signature.Key] does.
type signer interface {
	Verify(ctx context.Context, in *remote.Repository, digest string) error
}

// parse returns what is wrong with a signer by the attribute that says it.
func (s Signer) parse() (signer, error) {
	switch {
	case s.PublicKey == "" && s.Keyless == nil:
		return nil, errors.New("want public_key or keyless")
	case s.PublicKey != "" && s.Keyless != nil:
		return nil, errors.New("want public_key or keyless, and not both")
	case s.Keyless != nil:
		identity, err := signature.ParseIdentity(*s.Keyless)
		return identity, err
	}
	key, err := signature.ParseKey(s.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("public_key: %w", err)
	}
	return key, nil
}

// policy is an ImagePolicy that is asked about images. It is safe for concurrent use.
type policy struct {
	ImagePolicy
	allowed []string          // as registry.Within takes them
	signers map[string]signer // by what it takes
	logins  registry.Logins

	signed sync.Map // repository and digest of what was found to be signed
}

func newPolicy(of ImagePolicy, logins registry.Logins) (*policy, diag.Diagnostics) {
	var diags diag.Diagnostics
	p := &policy{ImagePolicy: of, signers: map[string]signer{}, logins: logins}
	at := path.Root("image_policy")
	for _, written := range of.AllowedRegistries {
		p.allowed = append(p.allowed, prefixes(&diags, at, written)...)
	}
	p.require(&diags, at)
	return p, diags
}

// require reads whose signatures are required. What is written of an official image
// by its full name counts before what a word stands for.
func (p *policy) require(diags *diag.Diagnostics, at path.Path) {
	implied := map[string]signer{}
	for _, written := range sorted(p.Signatures) {
		names := prefixes(diags, at, written)
		by, err := p.Signatures[written].parse()
		if err != nil {
			refuse(diags, at, fmt.Errorf("signatures for %s: %w", written, err))
		}
		for i, prefix := range names {
			if i > 0 {
				implied[prefix] = by
				continue
			}
			if _, taken := p.signers[prefix]; taken {
				refuse(diags, at, fmt.Errorf("%q is another name of %s, which has a signer", written, prefix))
			}
			p.signers[prefix] = by
		}
	}
	for prefix, by := range implied {
		if _, taken := p.signers[prefix]; !taken {
			p.signers[prefix] = by
		}
	}
}

func prefixes(diags *diag.Diagnostics, at path.Path, written string) []string {
	out, err := registry.Prefixes(written)
	if err != nil {
		refuse(diags, at, fmt.Errorf("%q is no registry, path in one or repository without a tag and digest: "+
			"want such as docker.io/library or registry.example:5000/shop", written))
	}
	return out
}

// refusedImage is an image that a policy does not let run.
type refusedImage struct {
	err    error
	advice string
}

func (r refusedImage) Error() string { return r.err.Error() }

func (r refusedImage) Unwrap() error { return r.err }

// Hint says how to be let in.
func (r refusedImage) Hint() string { return r.advice }

// admit returns nil when an image may run as what it is spelled and stands for, or
// what is built on such images.
func (s *session) admit(ctx context.Context, w topology.Workload) error {
	if w.Build != nil {
		for _, reference := range sorted(w.BaseImages) {
			if err := s.admit(ctx, topology.Workload{Image: reference, ImageDigest: w.BaseImages[reference]}); err != nil {
				return fmt.Errorf("it is built on another image: %w", err)
			}
		}
		return nil
	}
	name, err := registry.Name(w.Image)
	if err != nil {
		return fmt.Errorf("image %q: %w", w.Image, err)
	}
	if err := s.policy.admitName(w.Image, name); err != nil {
		return err
	}
	if s.policy.RequireDigest && !revision.Pinned(w.Image) {
		locked, err := s.isLocked(ctx, w)
		if err != nil {
			return err
		}
		if !locked {
			return refusedImage{
				fmt.Errorf("image %q is named by a tag, and image_policy requires a digest", w.Image),
				fmt.Sprintf("Lock it with bayplan lock, or name it by its digest: %s@%s", w.Image, w.ImageDigest),
			}
		}
	}
	return s.policy.admitSigned(ctx, w, name)
}

// admitName checks where an image comes from.
func (p *policy) admitName(image, name string) error {
	allowed := p.AllowedRegistries
	if len(allowed) == 0 || slices.ContainsFunc(p.allowed, func(prefix string) bool { return name != "" && registry.Within(name, prefix) }) {
		return nil
	}
	if name == "" {
		return refusedImage{
			fmt.Errorf("image %q is of no registry, and image_policy allows only: %s", image, list(allowed)),
			"Name it as its registry does.",
		}
	}
	return refusedImage{
		fmt.Errorf("image %q is of %s, and image_policy allows only: %s", image, name, list(allowed)),
		"Take it from one of those, or add where it comes from to allowed_registries in the provider's image_policy.",
	}
}

// admitSigned checks who signed an image. Of several rules the closest counts.
func (p *policy) admitSigned(ctx context.Context, w topology.Workload, name string) error {
	if name == "" && len(p.signers) > 0 {
		return refusedImage{
			fmt.Errorf("image %q is named by an id, which does not tell whether image_policy requires it to be signed", w.Image),
			"Name it as its registry does, with a tag or digest.",
		}
	}
	rules := slices.DeleteFunc(sorted(p.signers), func(prefix string) bool { return !registry.Within(name, prefix) })
	if len(rules) == 0 {
		return nil
	}
	rule := slices.MaxFunc(rules, func(x, y string) int { return len(x) - len(y) })
	exact := name + "@" + w.ImageDigest
	if _, known := p.signed.Load(exact); known {
		return nil
	}
	err := p.verify(ctx, rule, name, w.ImageDigest)
	switch {
	case err == nil:
		p.signed.Store(exact, true)
		return nil
	case errors.Is(err, signature.ErrNone), errors.Is(err, signature.ErrOther), errors.Is(err, signature.ErrStranger):
		return refusedImage{
			fmt.Errorf("image %q (%s) is not signed as image_policy requires of %s: %w", w.Image, w.ImageDigest, rule, err),
			howToSign(p.signers[rule], exact),
		}
	}
	return fmt.Errorf("image %q must be signed, as image_policy requires of %s, and that cannot be seen: %w", w.Image, rule, err)
}

// howToSign says how an image comes to be signed by a signer.
func howToSign(by signer, exact string) string {
	if identity, keyless := by.(signature.Identity); keyless {
		return fmt.Sprintf("Have %s sign it: cosign sign %s. Or give as keyless who has signed it.", identity, exact)
	}
	return fmt.Sprintf("Have it signed: cosign sign --key cosign.key %s. Or give as public_key the key that it is signed with.", exact)
}

func (p *policy) verify(ctx context.Context, rule, name, digest string) error {
	repository, err := p.logins.Repository(name)
	if err != nil {
		return err
	}
	return p.signers[rule].Verify(ctx, repository, digest)
}

// Admit returns what the image policy says against the images of some addresses: a
// *topology.FieldError each, joined.
func (s Session) Admit(ctx context.Context, of topology.Topology, about []topology.Address) error {
	var errs []error
	for _, a := range about {
		w, ok := of.Workloads[a]
		if !ok || s.lenient {
			continue
		}
		if err := s.admit(ctx, w); err != nil {
			field := "image"
			if w.Build != nil {
				field = "build"
			}
			errs = append(errs, &topology.FieldError{Address: a, Field: field, Err: err, Hint: imageHint(err)})
		}
	}
	return errors.Join(errs...)
}
