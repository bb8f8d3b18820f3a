package provider

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// empty returns an object of a resource's type with nothing set.
func empty(t testing.TB, r resource.Resource) tftypes.Value {
	t.Helper()
	var resp resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &resp)
	object, ok := resp.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	if !ok {
		t.Fatal("the schema is no object")
	}
	attributes := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, nil)
	}
	return tftypes.NewValue(object, attributes)
}

func mustEncode(t interface{ Fatal(...any) }, object tftypes.Value, from any) tftypes.Value {
	out, err := encode(object, from)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every field of a topology type is an attribute of its resource; fields of
// services alone, or of apps alone, of that one.
func TestSchemaHasEveryField(t *testing.T) {
	appOnly := map[string]bool{"job": true, "hooks": true, "build": true, "base_images": true}
	serviceOnly := map[string]bool{"type": true, "configuration": true, "allow_downgrade": true, "credentials_version": true, "data_volume": true}
	for _, tt := range []struct {
		resource resource.Resource
		value    any
		without  map[string]bool
	}{
		{newApp(), topology.Workload{}, serviceOnly},
		{newService(), topology.Workload{}, appOnly},
		{newRelationship(), topology.Relationship{}, nil},
		{newVolume(), topology.Volume{}, nil},
	} {
		attributes, err := attributesOf(empty(t, tt.resource))
		if err != nil {
			t.Fatal(err)
		}
		of := reflect.TypeOf(tt.value)
		for i := range of.NumField() {
			name := of.Field(i).Tag.Get("attr")
			if _, ok := attributes[name]; ok == tt.without[name] {
				t.Errorf("%T: attribute %s of %s: there is %v", tt.resource, name, of, ok)
			}
		}
	}
}

func TestEncodeThenDecodeIsTheSame(t *testing.T) {
	object := empty(t, newService())
	rapid.Check(t, func(t *rapid.T) {
		want := workloads.Draw(t, "workload")
		want.Job = false // services have none
		encoded := mustEncode(t, object, want)
		var got topology.Workload
		unknown, err := decode(encoded, &got)
		if err != nil || len(unknown) > 0 {
			t.Fatalf("decode: %v, unknown %v", err, unknown)
		}
		for _, f := range plan.WorkloadFields {
			if !plan.Equal(f.Get(&got), f.Get(&want)) {
				t.Fatalf("%s: got %v; want %v", f.Name, f.Get(&got), f.Get(&want))
			}
		}
		if again := mustEncode(t, encoded, got); !again.Equal(encoded) {
			t.Fatalf("encoding what was decoded changed it: %s", encoded)
		}
	})
}

func TestEncodeKeepsSpelling(t *testing.T) {
	object := mustEncode(t, empty(t, newApp()), topology.Workload{
		Memory: "512m", StopGracePeriod: "60s", Env: map[string]string{"A": "1", "B": ""},
		Healthcheck: &topology.Healthcheck{HTTP: ":80/", Interval: "60s", Timeout: "3s"},
		Mounts:      map[string]topology.Mount{"/tmp": {Tmpfs: "1024k"}, "/data": {Volume: "default/data"}},
	})
	got := mustEncode(t, object, topology.Workload{
		Memory: "0.5g", StopGracePeriod: "1m", Env: map[string]string{"A": "2", "B": ""},
		Healthcheck: &topology.Healthcheck{HTTP: ":80/", Interval: "1m", Timeout: "4s"},
		Mounts:      map[string]topology.Mount{"/tmp": {Tmpfs: "1m"}},
	})
	want := topology.Workload{
		Memory: "512m", StopGracePeriod: "60s", Env: map[string]string{"A": "2", "B": ""},
		Healthcheck: &topology.Healthcheck{HTTP: ":80/", Interval: "60s", Timeout: "4s"},
		Mounts:      map[string]topology.Mount{"/tmp": {Tmpfs: "1024k"}},
	}
	var w topology.Workload
	if _, err := decode(got, &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w); diff != "" {
		t.Error(diff)
	}
}

// After an import everything is null, which is not what a default means.
func TestEncodeWritesWhatIsOtherThanNothing(t *testing.T) {
	got := mustEncode(t, empty(t, newApp()), topology.Workload{Restart: "no"})
	attributes, err := attributesOf(got)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"restart": "no", "read_only": false} {
		if value := tftypes.NewValue(attributes[name].Type(), want); !attributes[name].Equal(value) {
			t.Errorf("%s is %s; want %s", name, attributes[name], value)
		}
	}
}

func TestEncodeLeavesAlone(t *testing.T) {
	object := empty(t, newApp())
	for _, tt := range []struct {
		name  string
		value any // of env
	}{
		{"null", nil},
		{"empty", map[string]tftypes.Value{}},
	} {
		base, err := withAttributes(object, map[string]any{"env": tt.value, "id": "default/web"})
		if err != nil {
			t.Fatal(err)
		}
		attributes, err := attributesOf(mustEncode(t, base, topology.Workload{}))
		if err != nil {
			t.Fatal(err)
		}
		if attributes["env"].IsNull() != (tt.value == nil) {
			t.Errorf("%s: env became %s", tt.name, attributes["env"])
		}
		if attributes["id"].IsNull() {
			t.Errorf("%s: what is no field was lost", tt.name)
		}
	}
}

func TestDecodeTellsUnknowns(t *testing.T) {
	object := empty(t, newApp())
	attributes, err := attributesOf(object)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]tftypes.Value{
		"A": tftypes.NewValue(tftypes.String, "1"),
		"B": tftypes.NewValue(tftypes.String, tftypes.UnknownValue),
	}
	references, ok := attributes["relationships"].Type().(tftypes.Map)
	if !ok {
		t.Fatal("relationships is no map")
	}
	reference, err := withAttributes(nulls(references.ElementType), map[string]any{"host": "a.internal", "port": tftypes.UnknownValue})
	if err != nil {
		t.Fatal(err)
	}
	object, err = withAttributes(object, map[string]any{
		"name": "web", "memory": tftypes.UnknownValue, "env": env, "id": tftypes.UnknownValue,
		"relationships": map[string]tftypes.Value{"a": reference},
	})
	if err != nil {
		t.Fatal(err)
	}
	var w topology.Workload
	unknown, err := decode(object, &w)
	if err != nil {
		t.Fatal(err)
	}
	want := unknowns{{"memory", ""}: true, {"env", "B"}: true, {"relationships", "a"}: true}
	if diff := cmp.Diff(want, unknown, cmp.AllowUnexported(place{})); diff != "" {
		t.Error(diff)
	}
	if w.Name != "web" || w.Env["A"] != "1" || w.Relationships["a"].Host != "a.internal" {
		t.Errorf("what is known is not there: %+v", w)
	}
	for _, tt := range []struct {
		field, key string
		want       bool
	}{{"env", "A", false}, {"env", "B", true}, {"env", "", true}, {"memory", "x", true}, {"name", "", false}} {
		if got := unknown.has(tt.field, tt.key); got != tt.want {
			t.Errorf("has(%q, %q) = %v", tt.field, tt.key, got)
		}
	}
}

func nulls(of tftypes.Type) tftypes.Value {
	object, _ := of.(tftypes.Object)
	attributes := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, nil)
	}
	return tftypes.NewValue(of, attributes)
}

var (
	words     = rapid.StringMatching(`[a-z][a-z0-9]{0,6}`)
	values    = rapid.StringMatching(`[ -~]{0,8}`)
	addresses = rapid.Custom(func(t *rapid.T) topology.Address {
		return topology.Address{Kind: topology.KindApp, Name: words.Draw(t, "name")}
	})
	sizes     = rapid.Map(rapid.Int64Range(0, 1<<40), topology.SizeOf)
	durations = rapid.SampledFrom([]topology.Duration{"", "1s", "1m", "250ms"})
	endpoints = rapid.Custom(func(t *rapid.T) topology.Endpoint {
		return topology.Endpoint{Port: rapid.Int64Range(0, 65535).Draw(t, "port"), Scheme: words.Draw(t, "scheme")}
	})
	references = rapid.Custom(func(t *rapid.T) topology.Reference {
		return topology.Reference{
			Address: addresses.Draw(t, "address"), Host: words.Draw(t, "host"), Port: rapid.Int64Range(0, 65535).Draw(t, "port"),
			Condition: topology.ConditionHealthy, Endpoints: rapid.MapOfN(words, endpoints, 0, 2).Draw(t, "endpoints"),
		}
	})
	mounts = rapid.Custom(func(t *rapid.T) topology.Mount {
		return topology.Mount{Volume: words.Draw(t, "volume"), ReadOnly: rapid.Bool().Draw(t, "ro"), Tmpfs: sizes.Draw(t, "tmpfs")}
	})
	healthchecks = rapid.Custom(func(t *rapid.T) topology.Healthcheck {
		return topology.Healthcheck{Test: rapid.SliceOfN(values, 1, 3).Draw(t, "test"), Interval: durations.Draw(t, "interval"), Retries: rapid.Int64Range(0, 9).Draw(t, "retries")}
	})
	workloads = rapid.Custom(func(t *rapid.T) topology.Workload {
		return topology.Workload{
			Name: words.Draw(t, "name"), Type: words.Draw(t, "type"), Image: words.Draw(t, "image"),
			Command: rapid.SliceOf(values).Draw(t, "command"), Env: rapid.MapOf(words, values).Draw(t, "env"),
			Relationships: rapid.MapOfN(words, references, 0, 3).Draw(t, "relationships"),
			Mounts:        rapid.MapOfN(words, mounts, 0, 3).Draw(t, "mounts"),
			ReadOnly:      rapid.Bool().Draw(t, "read_only"), Replicas: rapid.Int64Range(0, 9).Draw(t, "replicas"),
			CPUs: rapid.Float64Range(0, 64).Draw(t, "cpus"), Memory: sizes.Draw(t, "memory"),
			Restart:     rapid.SampledFrom([]topology.Restart{"", "no", "always", "on-failure:3"}).Draw(t, "restart"),
			Healthcheck: rapid.Ptr(healthchecks, true).Draw(t, "healthcheck"), StopGracePeriod: durations.Draw(t, "grace"),
			Endpoints: rapid.MapOfN(words, endpoints, 0, 2).Draw(t, "endpoints"),
		}
	})
)
