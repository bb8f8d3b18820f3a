package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// privateState is what Terraform keeps of a resource for the provider alone.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keep is what a resource leaves in its private state for its next plan, so
// that a plan is a function of configuration and state and the same at apply.
type keep struct {
	// Live is what was live of the address.
	Live kept `json:"live"`
	// Dependants are who was live and needed the address.
	Dependants []topology.Address `json:"dependants,omitempty"`
	// Generation is that of the address when this resource was created: a
	// later one belongs to another resource that took it over.
	Generation int `json:"generation"`
	// Image is what the image was resolved to.
	Image resolved `json:"image"`
	// Adopted is the id of a container, or the name of a volume, that stands for
	// what Bayplan would have made, and that it did not.
	Adopted string `json:"adopted,omitempty"`
}

// fresh reports whether something was adopted that was not read yet.
func (k keep) fresh() bool { return k.Adopted != "" && len(k.Live.Instances) == 0 }

// kept is the part of topology.Live that is of ours.
type kept struct {
	Instances []topology.Instance   `json:"instances,omitempty"`
	Networks  []topology.Network    `json:"networks,omitempty"`
	Volumes   []topology.LiveVolume `json:"volumes,omitempty"`
	Vaults    []topology.Vault      `json:"vaults,omitempty"`
	Keepers   []topology.Keeper     `json:"keepers,omitempty"`
	Markers   []topology.Marker     `json:"markers,omitempty"`
	Written   []topology.Marker     `json:"written,omitempty"`
}

func keptOf(live topology.Live) kept {
	return kept{live.Instances, live.Networks, live.Volumes, live.Vaults, live.Keepers, live.Markers, live.Written}
}

func (k kept) live(scope topology.Scope) topology.Live {
	return topology.Live{
		Scope: scope, Instances: k.Instances, Networks: k.Networks, Volumes: k.Volumes, Vaults: k.Vaults, Keepers: k.Keepers,
		Markers: k.Markers, Written: k.Written,
	}
}

// resolved is what an image reference stood for when it was last asked.
type resolved struct {
	Reference string `json:"reference,omitempty"`
	Digest    string `json:"digest,omitempty"`
	Version   string `json:"version,omitempty"`
	// Bases are, of a build, the digests of the images that it is on, by reference.
	Bases map[string]string `json:"bases,omitempty"`
}

const privateKey = "bayplan"

// recall returns what was kept, or false when nothing was.
func recall(ctx context.Context, private privateState) (keep, bool, error) {
	text, diags := private.GetKey(ctx, privateKey)
	if diags.HasError() {
		return keep{}, false, fmt.Errorf("private state: %s", diags[0].Detail())
	}
	if len(text) == 0 {
		return keep{}, false, nil
	}
	var k keep
	if err := json.Unmarshal(text, &k); err != nil {
		return keep{}, false, fmt.Errorf("private state: %w", err)
	}
	return k, true, nil
}

// remember keeps k.
func remember(ctx context.Context, private privateState, k keep) error {
	text, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("private state: %w", err)
	}
	if diags := private.SetKey(ctx, privateKey, text); diags.HasError() {
		return fmt.Errorf("private state: %s", diags[0].Detail())
	}
	return nil
}

// outlived reports whether a volume or relationship is of a later generation
// than the resource that keeps this: another resource has taken it over, or
// this one has and was killed before it could say so. It is no longer this
// one's to show or to remove, and whoever is to have it takes it over again.
func outlived(live topology.Live, a topology.Address, kept keep) bool {
	return live.Generation(a) > kept.Generation
}
