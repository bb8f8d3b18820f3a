package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
)

// readData reads a data source.
func (m *miniature) readData(name string, set map[string]any) map[string]tftypes.Value {
	m.t.Helper()
	schemas, err := m.server.GetProviderSchema(m.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		m.t.Fatal(err)
	}
	schema := schemas.DataSourceSchemas[name]
	resp, err := m.server.ReadDataSource(m.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: m.dynamic(m.value(schema, set))})
	if err != nil {
		m.t.Fatal(err)
	}
	m.none(err, resp.Diagnostics)
	return m.attributes(m.static(resp.State, schema.ValueType()))
}

func TestTopologyDataSaysWhatIsNotWell(t *testing.T) {
	memory := newMemory()
	m := newMiniature(t, memory, key)
	m.mustApply(m.absent("bayplan_app"), web(nil))
	for _, tt := range []struct {
		name, state string
		healthy     bool
		befalls     func()
	}{
		{"nothing", "running", true, func() {}},
		{"a stop", "exited", false, func() { memory.Stop("p-default-web-1-1") }},
	} {
		tt.befalls()
		read := m.readData("bayplan_topology", nil)
		one := m.attributes(m.attributes(read["resources"])["app.web"])
		healthy := tftypes.NewValue(tftypes.Bool, tt.healthy)
		if !read["healthy"].Equal(healthy) || !one["healthy"].Equal(healthy) || !one["state"].Equal(text(tt.state)) {
			t.Errorf("after %s: healthy %s, app.web %s and %s; want %v and %s", tt.name, read["healthy"], one["healthy"], one["state"], tt.healthy, tt.state)
		}
	}
	if read := m.readData("bayplan_topology", map[string]any{"environment": "staging"}); len(m.attributes(read["resources"])) > 0 {
		t.Errorf("another environment has %s", read["resources"])
	}
}

func TestImageDataIsThatOfAnApp(t *testing.T) {
	memory := newMemory()
	memory.SetImage("registry.example/far:1", runtimetest.Image{Digest: "sha256:f1", Remote: true})
	m := newMiniature(t, memory, key)
	for reference, want := range map[string]struct{ digest, pinned string }{
		"app:1":                  {"sha256:a1", "sha256:a1"},
		"registry.example/far:1": {"sha256:f1", "registry.example/far:1@sha256:f1"},
	} {
		read := m.readData("bayplan_image", map[string]any{"reference": reference})
		if !read["digest"].Equal(text(want.digest)) || !read["pinned"].Equal(text(want.pinned)) {
			t.Errorf("%s: digest %s, pinned %s; want %+v", reference, read["digest"], read["pinned"], want)
		}
	}
}

func TestParseImage(t *testing.T) {
	m := newMiniature(t, newMemory(), key)
	null := tftypes.NewValue(tftypes.String, nil)
	parts := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"registry": tftypes.String, "repository": tftypes.String, "tag": tftypes.String, "digest": tftypes.String,
	}}
	call := func(reference string) *tfprotov6.CallFunctionResponse {
		resp, err := m.server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "parse_image", Arguments: []*tfprotov6.DynamicValue{m.dynamic(text(reference))}})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for reference, want := range map[string]map[string]tftypes.Value{
		"redis":                              {"registry": text("docker.io"), "repository": text("library/redis"), "tag": null, "digest": null},
		"redis:7":                            {"registry": text("docker.io"), "repository": text("library/redis"), "tag": text("7"), "digest": null},
		"registry.example:5000/shop/web:1.4": {"registry": text("registry.example:5000"), "repository": text("shop/web"), "tag": text("1.4"), "digest": null},
		"ghcr.io/shop/web:1.4@" + digest:     {"registry": text("ghcr.io"), "repository": text("shop/web"), "tag": text("1.4"), "digest": text(digest)},
		"ghcr.io/shop/web@" + digest:         {"registry": text("ghcr.io"), "repository": text("shop/web"), "tag": null, "digest": text(digest)},
	} {
		resp := call(reference)
		if resp.Error != nil {
			t.Errorf("%s: %s", reference, resp.Error.Text)
			continue
		}
		if got := m.static(resp.Result, parts); !got.Equal(tftypes.NewValue(parts, want)) {
			t.Errorf("%s: got %s; want %v", reference, got, want)
		}
	}
	if resp := call("Not An Image"); resp.Error == nil || resp.Error.FunctionArgument == nil {
		t.Errorf("what is no reference: %+v", resp.Error)
	}
}
