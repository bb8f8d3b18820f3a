package provider

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Settings are the attributes of a provider block; each may be zero. In JSON there
// are those that say where something is to be applied and what may run, and no secrets.
type Settings struct {
	Project      string          `attr:"project" json:"project"`
	Environment  string          `attr:"environment" json:"environment"`
	Host         string          `attr:"host" json:"host"`
	TLS          TLS             `attr:"tls" json:"tls,omitzero"`
	RegistryAuth registry.Logins `attr:"registry_auth" json:"-"`
	ImagePolicy  ImagePolicy     `attr:"image_policy" json:"image_policy,omitzero"`
	NetworkPool  string          `attr:"network_pool" json:"network_pool"`
	Key          string          `attr:"key" json:"-"`
	LockFile     string          `attr:"lock_file" json:"lock_file"`
}

// TLS names the files, as PEM, that an engine is reached with over TLS; the zero
// TLS names none.
type TLS struct {
	CA   string `attr:"ca_file" json:"ca_file,omitempty"`
	Cert string `attr:"cert_file" json:"cert_file,omitempty"`
	Key  string `attr:"key_file" json:"key_file,omitempty"`
}

// DecodeSettings reads a provider block. What of it is not known is left out.
func DecodeSettings(block tftypes.Value) (Settings, error) {
	var s Settings
	_, err := decode(block, &s)
	return s, err
}

// readSettings reads a provider block that must be known.
func readSettings(block tftypes.Value) (Settings, diag.Diagnostics) {
	var s Settings
	var diags diag.Diagnostics
	unknown, err := decode(block, &s)
	if err != nil {
		diags.AddError("Cannot configure the provider", err.Error())
	}
	for _, p := range sortedPlaces(unknown) {
		diags.AddAttributeError(pathOf(&topology.FieldError{Field: p.field, Key: p.key}), "Cannot configure the provider",
			"The value must be known when a plan is made. Set it from a variable, or apply what it depends on first with -target.")
	}
	if err := vainPolicy(block); err != nil {
		refuse(&diags, path.Root("image_policy"), err)
	}
	return s, diags
}

// vainPolicy is the error for an image policy that lets any image run, as one is whose
// attributes are misspelled: Terraform drops those without a word.
func vainPolicy(block tftypes.Value) error {
	var given struct {
		Policy *struct {
			Allowed       *[]string          `attr:"allowed_registries"`
			RequireDigest *bool              `attr:"require_digest"`
			Signatures    *map[string]Signer `attr:"signatures"`
		} `attr:"image_policy"`
	}
	unknown, err := decode(block, &given)
	if err != nil {
		return err
	}
	switch p := given.Policy; {
	case p == nil, unknown.any("image_policy"):
		return nil
	case p.Allowed == nil && p.RequireDigest == nil && p.Signatures == nil:
		return errors.New("image_policy requires nothing: give allowed_registries, require_digest or signatures, or leave it out")
	case p.Allowed != nil && len(*p.Allowed) == 0:
		return errors.New("allowed_registries is empty: name where images may come from, or leave it out to let them come from anywhere")
	}
	return nil
}

// scope returns the scope of a provider in a directory.
func (s Settings) scope(dir string) topology.Scope {
	return topology.Scope{
		Project:     firstOf(s.Project, os.Getenv("BAYPLAN_PROJECT"), directoryName(dir)),
		Environment: firstOf(s.Environment, os.Getenv("BAYPLAN_ENVIRONMENT"), "default"),
	}
}

// engine returns what is asked of the engine.
func (s Settings) engine() (EngineOptions, diag.Diagnostics) {
	var diags diag.Diagnostics
	options := EngineOptions{Host: s.Host, TLS: s.TLS, Logins: s.RegistryAuth}
	if s.NetworkPool != "" {
		prefix, err := netip.ParsePrefix(s.NetworkPool)
		if err != nil {
			refuse(&diags, path.Root("network_pool"), fmt.Errorf("%q is no address range: want such as 10.201.0.0/16", s.NetworkPool))
		}
		options.NetworkPool = prefix.Masked()
	}
	if (s.TLS.Cert == "") != (s.TLS.Key == "") {
		refuse(&diags, path.Root("tls"), errors.New("cert_file and key_file belong together, and one is missing"))
	}
	for _, host := range sorted(s.RegistryAuth) {
		if host == "" || strings.ContainsAny(host, "/ ") || host == "index.docker.io" {
			refuse(&diags, path.Root("registry_auth").AtMapKey(host),
				fmt.Errorf("%q is no host of a registry: want such as registry.example:5000, or docker.io for Docker Hub", host))
		}
	}
	return options, diags
}

// refuse says what is wrong with an attribute of the provider.
func refuse(diags *diag.Diagnostics, at path.Path, err error) {
	diags.AddAttributeError(at, "Cannot configure the provider", err.Error())
}
