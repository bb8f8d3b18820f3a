package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// lists returns what a list block of a resource has.
func (m *miniature) lists(resource string, limit int64, whole bool) []tfprotov6.ListResourceResult {
	m.t.Helper()
	schemas, err := m.server.GetProviderSchema(m.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		m.t.Fatal(err)
	}
	config := m.value(schemas.ListResourceSchemas[resource], nil)
	stream, err := m.server.(tfprotov6.ListResourceServer).ListResource(m.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: resource, Config: m.dynamic(config), Limit: limit, IncludeResource: whole,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// What is listed is imported by its identity, with nothing left to do, and is as
// the list showed it.
func TestListedIsImported(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	redis := map[string]any{"name": "cache", "type": "redis:7"}
	cache := m.mustApply(m.absent("bayplan_service"), redis)
	declared := map[string]map[string]any{
		"bayplan_app": web(nil), "bayplan_service": redis, "bayplan_volume": {"name": "data"},
		"bayplan_relationship": {"name": "edge", "target": m.reference(cache, m.nested("bayplan_relationship", "target"))},
	}
	for resource, set := range declared {
		if resource != cache.resource {
			m.mustApply(m.absent(resource), set)
		}
	}
	m = newMiniature(t, m.memory, key)
	for resource, set := range declared {
		found := m.lists(resource, 0, true)
		if len(found) != 1 || len(found[0].Diagnostics) > 0 {
			t.Fatalf("%s: %d are listed, with %v", resource, len(found), found)
		}
		one := object{resource: resource, identity: found[0].Identity}
		_, name := m.identified(one)
		if want := strings.TrimPrefix(resource, "bayplan_") + "." + set["name"].(string); name != set["name"] || found[0].DisplayName != want {
			t.Errorf("%s is listed as %q, %q; want %q", resource, found[0].DisplayName, name, want)
		}
		imported, said := m.importIdentity(resource, map[string]any{"name": name})
		if len(said) > 0 {
			t.Fatal(said)
		}
		if shown := m.static(found[0].Resource, imported.state.Type()); !shown.Equal(imported.state) {
			t.Errorf("%s is shown as\n%s\nand imported as\n%s", resource, shown, imported.state)
		}
		if differs := m.differing(imported, set); len(differs) > 0 {
			t.Errorf("%s imported: a plan changes %v", resource, differs)
		}
	}
}

func TestListEndsAtItsLimit(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	for _, name := range []string{"c", "a", "b"} {
		m.mustApply(m.absent("bayplan_volume"), map[string]any{"name": name})
	}
	for limit, want := range map[int64]string{0: "a b c", 2: "a b"} {
		var names []string
		for _, one := range m.lists("bayplan_volume", limit, false) {
			_, name := m.identified(object{resource: "bayplan_volume", identity: one.Identity})
			names = append(names, name)
			if one.Resource != nil && !m.static(one.Resource, m.schemas["bayplan_volume"].ValueType()).IsNull() {
				t.Errorf("%s comes with all that it is, which nobody asked for", name)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("with limit %d: %q; want %q", limit, got, want)
		}
	}
}

func TestListOfAnEngineThatFails(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	m.memory.FailReads(errors.New("list containers: 500"))
	found := m.lists("bayplan_app", 0, false)
	if len(found) != 1 || len(complaints(found[0].Diagnostics)) != 1 || !strings.Contains(sayings(found[0].Diagnostics)[0], "list containers: 500") {
		t.Errorf("listed: %v", found)
	}
}
