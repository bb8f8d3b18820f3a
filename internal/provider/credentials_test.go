package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// open opens the credentials of what is like a relationship.
func (m *miniature) open(relationship tftypes.Value) (map[string]tftypes.Value, []string) {
	m.t.Helper()
	schema := m.credentials()
	config := m.value(schema, map[string]any{"relationship": relationship})
	resp, err := m.server.OpenEphemeralResource(m.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "bayplan_credentials", Config: m.dynamic(config)})
	if err != nil {
		m.t.Fatal(err)
	}
	if said := complaints(resp.Diagnostics); len(said) > 0 {
		return nil, said
	}
	return m.attributes(m.static(resp.Result, schema.ValueType())), nil
}

func (m *miniature) credentials() *tfprotov6.Schema {
	m.t.Helper()
	schemas, err := m.server.GetProviderSchema(m.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		m.t.Fatal(err)
	}
	return schemas.EphemeralResourceSchemas["bayplan_credentials"]
}

func (m *miniature) taken() tftypes.Object {
	of, _ := m.credentials().ValueType().(tftypes.Object)
	nested, _ := of.AttributeTypes["relationship"].(tftypes.Object)
	return nested
}

func TestCredentialsAreThoseOfTheService(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	db := m.mustApply(m.absent("bayplan_service"), map[string]any{"name": "db", "type": "postgresql:15"})
	edge := m.mustApply(m.absent("bayplan_relationship"), map[string]any{
		"name": "edge", "target": m.reference(db, m.nested("bayplan_relationship", "target")),
	})
	password := topology.Key(key).Password(scope, topology.Address{Kind: topology.KindService, Name: "db"}, "main")
	for host, of := range map[string]object{"db.internal": db, "edge.internal": edge} {
		got, said := m.open(m.reference(of, m.taken()))
		if len(said) > 0 {
			t.Fatal(said)
		}
		for name, want := range map[string]tftypes.Value{
			"host": text(host), "port": tftypes.NewValue(tftypes.Number, 5432), "scheme": text("postgresql"), "username": text("main"),
			"password": text(password), "database": text("main"), "path": tftypes.NewValue(tftypes.String, nil),
			"url": text("postgresql://main:" + password + "@" + host + ":5432/main"),
		} {
			if !got[name].Equal(want) {
				t.Errorf("%s of %s is %s; want %s", name, host, got[name], want)
			}
		}
	}
}

func TestCredentialsOfWhatIsOutside(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	outside := m.objectOf(m.taken(), map[string]any{"host": "pay.example", "port": 443, "username": "shop"})
	if _, said := m.open(outside); len(said) != 1 || !strings.Contains(said[0], "it leads outside") {
		t.Errorf("complaints: %q", said)
	}
}
