package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// foreign lists, of what could be adopted, what the test made, by its name on the engine.
func (m *miniature) foreign(resource, project string) map[string]object {
	m.t.Helper()
	schemas, err := m.server.GetProviderSchema(m.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		m.t.Fatal(err)
	}
	config := m.value(schemas.ListResourceSchemas[resource], map[string]any{"foreign": true})
	stream, err := m.server.(tfprotov6.ListResourceServer).ListResource(m.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: resource, Config: m.dynamic(config),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	found := map[string]object{}
	for one := range stream.Results {
		if strings.HasPrefix(one.DisplayName, project) {
			found[one.DisplayName] = object{resource: resource, identity: one.Identity}
		}
	}
	return found
}

// What others made is listed with an identity, which imports it to a plan that
// changes nothing. What was listed stays what it is.
func TestAccForeignIsListedAndImported(t *testing.T) {
	a := newAcceptance(t, "busybox:stable")
	web, data := a.project+"_web_1", a.project+"_data"
	made, err := a.docker.ContainerCreate(t.Context(), &container.Config{
		Image: "busybox:stable", Cmd: []string{"sleep", "3600"}, Env: []string{"A=1"}, StopSignal: "SIGKILL",
	}, &container.HostConfig{NetworkMode: "none"}, nil, nil, web)
	a.must(err)
	t.Cleanup(func() {
		a.must(a.docker.ContainerRemove(context.Background(), made.ID, container.RemoveOptions{Force: true}))
	})
	a.must(a.docker.ContainerStart(t.Context(), made.ID, container.StartOptions{}))
	_, err = a.docker.VolumeCreate(t.Context(), volume.CreateOptions{Name: data})
	a.must(err)
	t.Cleanup(func() { a.must(a.docker.VolumeRemove(context.Background(), data, true)) })

	m := newMiniatureOn(t, newRuntime, map[string]any{"project": a.project, "host": a.host, "key": key})
	found := m.foreign("bayplan_app", a.project)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{web}) {
		t.Fatalf("listed: %v", got)
	}
	identity := m.attributes(m.static(found[web].identity.IdentityData, identityType))
	name := strings.ReplaceAll(web, "_", "-")
	if !identity["name"].Equal(text(name)) || !identity["engine_name"].Equal(text(web)) {
		t.Errorf("the identity is %v", identity)
	}
	imported, said := m.importIdentity("bayplan_app", map[string]any{"name": name, "engine_name": web})
	if len(said) > 0 {
		t.Fatal(said)
	}
	state := m.attributes(imported.state)
	set := map[string]any{}
	for _, attribute := range m.schemas["bayplan_app"].Block.Attributes {
		if attribute.Optional || attribute.Required {
			set[attribute.Name] = state[attribute.Name]
		}
	}
	if differs := m.differing(imported, set); len(differs) > 0 {
		t.Errorf("a plan with what was imported changes %v", differs)
	}
	if env := m.attributes(state["env"]); len(env) != 1 || !env["A"].Equal(text("1")) || !state["egress"].Equal(tftypes.NewValue(tftypes.Bool, false)) {
		t.Errorf("imported: env %v, egress %s", env, state["egress"])
	}
	if got := slices.Sorted(maps.Keys(m.foreign("bayplan_volume", a.project))); !slices.Equal(got, []string{data}) {
		t.Errorf("listed of volumes: %v", got)
	}
}
