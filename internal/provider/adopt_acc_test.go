package provider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/sync/errgroup"
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

// fleet is how many containers of others are adopted at once.
const fleet = 30

// foreigner runs a container as someone else would.
func (a *acceptance) foreigner(name string) error {
	made, err := a.docker.ContainerCreate(a.t.Context(), &container.Config{
		Image: "busybox:stable", Cmd: []string{"sleep", "3600"}, Env: []string{"A=" + name}, StopSignal: "SIGKILL",
	}, &container.HostConfig{NetworkMode: "none"}, nil, nil, name)
	if err != nil {
		return err
	}
	a.t.Cleanup(func() {
		a.must(a.docker.ContainerRemove(context.Background(), made.ID, container.RemoveOptions{Force: true}))
	})
	return a.docker.ContainerStart(a.t.Context(), made.ID, container.StartOptions{})
}

// What others made is listed with an identity, which imports it to a plan that
// changes nothing. What was listed stays what it is.
func TestAccForeignIsListedAndImported(t *testing.T) {
	a := newAcceptance(t, "busybox:stable")
	var names []string
	var group errgroup.Group
	group.SetLimit(8)
	for i := range fleet {
		name := fmt.Sprintf("%s_web_%02d", a.project, i)
		names = append(names, name)
		group.Go(func() error { return a.foreigner(name) })
	}
	a.must(group.Wait())
	data := a.project + "_data"
	_, err := a.docker.VolumeCreate(t.Context(), volume.CreateOptions{Name: data})
	a.must(err)
	t.Cleanup(func() { a.must(a.docker.VolumeRemove(context.Background(), data, true)) })

	m := newMiniatureOn(t, newRuntime, map[string]any{"project": a.project, "host": a.host, "key": key})
	found := m.foreign("bayplan_app", a.project)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, names) {
		t.Fatalf("listed: %v; want %v", got, names)
	}
	for _, name := range names {
		m.adoptsAsListed(name, found[name])
	}
	if got := slices.Sorted(maps.Keys(m.foreign("bayplan_volume", a.project))); !slices.Equal(got, []string{data}) {
		t.Errorf("listed of volumes: %v", got)
	}
}

// adoptsAsListed imports a container by the identity with which it is listed, and
// plans with all that was imported.
func (m *miniature) adoptsAsListed(container string, listed object) {
	m.t.Helper()
	identity := m.attributes(m.static(listed.identity.IdentityData, identityType))
	name := strings.ReplaceAll(container, "_", "-")
	if !identity["name"].Equal(text(name)) || !identity["engine_name"].Equal(text(container)) {
		m.t.Errorf("the identity of %s is %v", container, identity)
	}
	imported, said := m.importIdentity("bayplan_app", map[string]any{"name": name, "engine_name": container})
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	state := m.attributes(imported.state)
	set := map[string]any{}
	for _, attribute := range m.schemas["bayplan_app"].Block.Attributes {
		if attribute.Optional || attribute.Required {
			set[attribute.Name] = state[attribute.Name]
		}
	}
	if differs := m.differing(imported, set); len(differs) > 0 {
		m.t.Errorf("a plan with what was imported of %s changes %v", container, differs)
	}
	if env := m.attributes(state["env"]); len(env) != 1 || !env["A"].Equal(text(container)) || !state["egress"].Equal(tftypes.NewValue(tftypes.Bool, false)) {
		m.t.Errorf("imported of %s: env %v, egress %s", container, env, state["egress"])
	}
}
