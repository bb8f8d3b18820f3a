package provider_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// offline is the provider as a command has it that only wants plans: not
// configured, without an engine.
type offline struct {
	tfprotov6.ProviderServer
	types map[string]tftypes.Type
}

func newOffline(t *testing.T) offline {
	t.Helper()
	noEngine := func(provider.EngineOptions) (apply.Runtime, error) { return nil, errors.New("there is no engine") }
	server := providerserver.NewProtocol6(provider.New("test", noEngine)())()
	resp, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if said := sayings(resp.Diagnostics); len(said) > 0 {
		t.Fatal(said)
	}
	types := map[string]tftypes.Type{}
	for name, schema := range resp.ResourceSchemas {
		types[name] = schema.ValueType()
	}
	return offline{server, types}
}

// object returns a value of a resource's type with the given attributes set.
func (o offline) object(t *testing.T, resource string, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	of, ok := o.types[resource].(tftypes.Object)
	if !ok {
		t.Fatalf("there is no resource %s", resource)
	}
	attributes := map[string]tftypes.Value{}
	for name, of := range of.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, set[name])
	}
	v, err := tfprotov6.NewDynamicValue(of, tftypes.NewValue(of, attributes))
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

// validate returns the errors of a configuration, each with its place.
func (o offline) validate(t *testing.T, resource string, set map[string]any) []string {
	t.Helper()
	resp, err := o.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resource, Config: o.object(t, resource, set),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sayings(resp.Diagnostics)
}

// plan returns the planned attributes of a resource that is new.
func (o offline) plan(t *testing.T, resource string, set map[string]any) map[string]tftypes.Value {
	t.Helper()
	none, err := tfprotov6.NewDynamicValue(o.types[resource], tftypes.NewValue(o.types[resource], nil))
	if err != nil {
		t.Fatal(err)
	}
	config := o.object(t, resource, set)
	resp, err := o.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: resource, PriorState: &none, ProposedNewState: config, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := sayings(resp.Diagnostics); len(said) > 0 {
		t.Fatal(said)
	}
	v, err := resp.PlannedState.Unmarshal(o.types[resource])
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes
}

func sayings(diagnostics []*tfprotov6.Diagnostic) []string {
	var out []string
	for _, d := range diagnostics {
		at := ""
		if d.Attribute != nil {
			at = d.Attribute.String() + ": "
		}
		out = append(out, at+d.Summary+": "+d.Detail)
	}
	return out
}

func TestSchemas(t *testing.T) {
	o := newOffline(t)
	got := slices.Sorted(maps.Keys(o.types))
	want := []string{"bayplan_app", "bayplan_relationship", "bayplan_service", "bayplan_volume"}
	if !slices.Equal(got, want) {
		t.Errorf("resources: got %v; want %v", got, want)
	}
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func texts(all ...string) []tftypes.Value {
	var out []tftypes.Value
	for _, s := range all {
		out = append(out, text(s))
	}
	return out
}

func TestValidateOffline(t *testing.T) {
	o := newOffline(t)
	for _, tt := range []struct {
		name, resource string
		set            map[string]any
		want           string // in the first error, "" for none
	}{
		{"good app", "bayplan_app", map[string]any{"name": "web", "image": "busybox"}, ""},
		{"unknown image", "bayplan_app", map[string]any{"name": "web", "image": tftypes.UnknownValue}, ""},
		{"name", "bayplan_app", map[string]any{"name": "Web", "image": "busybox"}, `AttributeName("name"): Cannot validate app.Web: "Web" is not a DNS label`},
		{"variable", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "env": map[string]tftypes.Value{"A=B": text("1")}}, `AttributeName("env").ElementKeyString("A=B"): `},
		{"memory", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "memory": "much"}, `AttributeName("memory"): `},
		{"no processes", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "pids": 0}, `AttributeName("pids"): Cannot validate app.web: with 0 processes nothing runs`},
		{"any number of processes", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "pids": -1}, ""},
		{"fraction", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "replicas": 1.5}, `AttributeName("replicas"): No whole number: replicas is 1.5, and takes a whole number only.`},
		{"ports", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "ports": texts("80:80", "80:81")}, `AttributeName("ports"): `},
		{"job that restarts", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "job": true, "restart": "always"}, `AttributeName("restart"): `},
		{"version of no secrets", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "secrets_version": "1"}, `AttributeName("secrets_version"): `},
		{"version of unknown secrets", "bayplan_app", map[string]any{"name": "web", "image": "busybox", "secrets": tftypes.UnknownValue, "secrets_version": "1"}, ""},
		{"good service", "bayplan_service", map[string]any{"name": "db", "type": "redis:7"}, ""},
		{"unknown type", "bayplan_service", map[string]any{"name": "db", "type": tftypes.UnknownValue}, ""},
		{"no such type", "bayplan_service", map[string]any{"name": "db", "type": "oracle:9"}, `AttributeName("type"): Cannot validate service.db: there is no type "oracle"`},
		{"neither type nor image", "bayplan_service", map[string]any{"name": "db"}, `AttributeName("type"): `},
		{"unknown target", "bayplan_relationship", map[string]any{"name": "db", "target": tftypes.UnknownValue, "constraint": ">= 2"}, ""},
		{"condition", "bayplan_relationship", map[string]any{"name": "db", "target": tftypes.UnknownValue, "condition": "happy"}, `AttributeName("condition"): `},
		{"on_destroy", "bayplan_volume", map[string]any{"name": "data", "on_destroy": "burn"}, `AttributeName("on_destroy"): `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(o.validate(t, tt.resource, tt.set), "\n")
			if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestPlanOffline(t *testing.T) {
	o := newOffline(t)
	service := o.plan(t, "bayplan_service", map[string]any{"name": "db", "type": "postgresql:15"})
	for name, want := range map[string]string{
		"address": "service.db", "target_address": "service.db", "host": "db.internal", "image": "postgres:15", "version": "15",
		"scheme": "postgresql", "username": "main", "database": "main", "condition": "healthy", "restart": "unless-stopped", "status": "running",
	} {
		var got string
		if v := service[name]; !v.IsKnown() || v.As(&got) != nil || got != want {
			t.Errorf("service.db: %s is %s; want %s", name, v, want)
		}
	}
	for _, name := range []string{"id", "image_digest", "data_volume", "instances", "impact"} {
		if service[name].IsKnown() {
			t.Errorf("service.db: %s is %s, and depends on what is not configured", name, service[name])
		}
	}
	job := o.plan(t, "bayplan_app", map[string]any{"name": "migrate", "image": tftypes.UnknownValue, "job": true})
	if !job["restart"].Equal(text("no")) || !job["condition"].Equal(text("completed")) || !job["status"].Equal(text("completed")) {
		t.Errorf("a job: restart %s, condition %s, status %s", job["restart"], job["condition"], job["status"])
	}
	if job["version"].IsKnown() {
		t.Errorf("the version of an unknown image is %s", job["version"])
	}
}
