package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// moves moves a state of another provider into a resource.
func (m *miniature) moves(resource, provider, source, state string) *tfprotov6.MoveResourceStateResponse {
	m.t.Helper()
	resp, err := m.server.MoveResourceState(m.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: source, SourceState: &tfprotov6.RawState{JSON: []byte(state)}, TargetTypeName: resource,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return resp
}

// A relationship has a network of its own: the one that is moved is left, and it
// is made anew.
func TestMovedNetworkIsLeft(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	resp := m.moves("bayplan_relationship", "registry.terraform.io/kreuzwerker/docker", "docker_network", `{"id": "abc", "name": "shop_default", "driver": "bridge"}`)
	if said := sayings(resp.Diagnostics); len(said) != 1 || !strings.Contains(said[0], "docker network rm shop_default") {
		t.Errorf("it says %q", said)
	}
	moved := object{
		resource: "bayplan_relationship", state: m.static(resp.TargetState, m.schemas["bayplan_relationship"].ValueType()), private: resp.TargetPrivate,
	}
	if name := m.attributes(moved.state)["name"]; !name.Equal(text("shop-default")) {
		t.Errorf("it is named %s", name)
	}
	if gone, said := m.read(moved); len(said) > 0 || !gone.state.IsNull() {
		t.Errorf("it is there: %v, %v", gone.state, said)
	}
}

func TestMovedFromElsewhereIsRefused(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	for _, tt := range []struct{ resource, provider, source string }{
		{"bayplan_app", "registry.terraform.io/hashicorp/docker", "docker_container"},
		{"bayplan_app", "registry.terraform.io/kreuzwerker/docker", "docker_volume"},
		{"bayplan_service", "registry.terraform.io/kreuzwerker/docker", "docker_container"},
	} {
		resp := m.moves(tt.resource, tt.provider, tt.source, `{"id": "abc", "name": "web"}`)
		if said := complaints(resp.Diagnostics); len(said) != 1 || !strings.Contains(said[0], "Unable to Move Resource State") {
			t.Errorf("%v: %q", tt, said)
		}
	}
}

// A state that was written by the first version of the provider is read by this
// one, and restarts nothing: what it has no longer is left out, and what is new is
// filled in.
func TestStateOfAnEarlierVersion(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	made := m.mustApply(m.absent("bayplan_app"), web(nil))
	var id string
	if err := m.attributes(m.attributes(made.state)["instances"])["p-default-web-1-1"].As(&id); err != nil {
		t.Fatal(err)
	}
	const earlier = `{"name": "web", "image": "app:1", "memory": "64m", "instances": {"p-default-web-1-1": %q}, "ports_of_old": ["80"], "replicas": 1}`
	resp, err := m.server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "bayplan_app", Version: 0, RawState: &tfprotov6.RawState{JSON: []byte(fmt.Sprintf(earlier, id))},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.none(nil, resp.Diagnostics)
	upgraded := object{resource: "bayplan_app", state: m.static(resp.UpgradedState, m.schemas["bayplan_app"].ValueType()), private: made.private}
	read, said := m.read(upgraded)
	if len(said) > 0 {
		t.Fatal(said)
	}
	if differs := m.differing(read, web(nil)); slices.Contains(differs, "instances") || slices.Contains(differs, "ports") {
		t.Errorf("a plan changes %v", differs)
	}
}
