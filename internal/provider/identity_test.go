package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"environment": tftypes.String, "name": tftypes.String, "engine_name": tftypes.String}}

// identified returns what an identity says.
func (m *miniature) identified(o object) (environment, name string) {
	m.t.Helper()
	if o.identity == nil {
		m.t.Fatalf("%s has no identity", o.resource)
	}
	values := m.attributes(m.static(o.identity.IdentityData, identityType))
	for _, one := range []struct {
		name string
		into *string
	}{{"environment", &environment}, {"name", &name}} {
		if err := values[one.name].As(one.into); err != nil {
			m.t.Fatal(err)
		}
	}
	return environment, name
}

// importIdentity imports what has an identity, and reads it.
func (m *miniature) importIdentity(resource string, set map[string]any) (object, []string) {
	m.t.Helper()
	resp, err := m.server.ImportResourceState(m.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: resource,
		Identity: &tfprotov6.ResourceIdentityData{IdentityData: m.dynamic(m.objectOf(identityType, set))},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if said := complaints(resp.Diagnostics); len(said) > 0 {
		return object{}, said
	}
	one := resp.ImportedResources[0]
	return m.read(object{resource, m.static(one.State, m.schemas[resource].ValueType()), one.Private, one.Identity})
}

func TestIdentity(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	redis := map[string]any{"name": "cache", "type": "redis:7"}
	cache := m.mustApply(m.absent("bayplan_service"), redis)
	target := m.reference(cache, m.nested("bayplan_relationship", "target"))
	for resource, set := range map[string]map[string]any{
		"bayplan_app": web(nil), "bayplan_service": redis, "bayplan_volume": {"name": "data"},
		"bayplan_relationship": {"name": "edge", "target": target},
	} {
		made := cache
		if resource != "bayplan_service" {
			made = m.mustApply(m.absent(resource), set)
		}
		environment, name := m.identified(made)
		if environment != "default" || name != set["name"] {
			t.Errorf("%s is %q in %q", resource, name, environment)
		}
		made.identity = nil
		if environment, name = m.identified(m.mustApply(made, set)); environment != "default" || name != set["name"] {
			t.Errorf("%s of a state without identities is %q in %q after a refresh", resource, name, environment)
		}
		for _, by := range []map[string]any{{"name": name}, {"environment": environment, "name": name}} {
			imported, said := m.importIdentity(resource, by)
			if len(said) > 0 {
				t.Fatal(said)
			}
			if differs := m.differing(imported, set); len(differs) > 0 {
				t.Errorf("%s imported by %v: a plan changes %v", resource, by, differs)
			}
		}
	}
}

func TestIdentityFollowsARename(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	state := m.mustApply(m.absent("bayplan_app"), web(nil))
	state = m.mustApply(state, web(map[string]any{"name": "shop"}))
	if _, name := m.identified(state); name != "shop" {
		t.Errorf("after a rename it is %q", name)
	}
}

func TestImportByIdentityErrors(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	for _, tt := range []struct {
		environment, name, want string
	}{
		{"staging", "web", "It is of environment staging, and the provider is of default: set environment on the provider."},
		{"default", "Web", `"Web" is not a DNS label`},
	} {
		_, said := m.importIdentity("bayplan_app", map[string]any{"environment": tt.environment, "name": tt.name})
		if len(said) != 1 || !strings.Contains(said[0], tt.want) {
			t.Errorf("%s/%s: %q; want %q", tt.environment, tt.name, said, tt.want)
		}
	}
	if gone, said := m.importIdentity("bayplan_app", map[string]any{"name": "none"}); len(said) > 0 || !gone.state.IsNull() {
		t.Errorf("what is not there is imported as %v, %v", gone.state, said)
	}
}
