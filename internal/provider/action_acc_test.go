package provider_test

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// invoke does as Terraform does with an action, and returns how it went on and
// what was complained of.
func (a *acceptance) invoke(name string, set map[string]string) (progress, complained []string) {
	a.t.Helper()
	ctx := a.t.Context()
	server := providerserver.NewProtocol6(provider.New("test", newRuntime)())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	a.must(err)
	pack := func(of *tfprotov6.Schema, set map[string]string) *tfprotov6.DynamicValue {
		attributes := map[string]tftypes.Value{}
		for _, attribute := range of.Block.Attributes {
			attributes[attribute.Name] = tftypes.NewValue(attribute.ValueType(), nil)
			if v, ok := set[attribute.Name]; ok {
				attributes[attribute.Name] = text(v)
			}
		}
		packed, err := tfprotov6.NewDynamicValue(of.ValueType(), tftypes.NewValue(of.ValueType(), attributes))
		a.must(err)
		return &packed
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		Config: pack(schemas.Provider, map[string]string{"project": a.project, "host": a.host, "key": key}),
	})
	a.must(err)
	if said := complaints(configured.Diagnostics); len(said) > 0 {
		a.t.Fatal(said)
	}
	config, invoker := pack(schemas.ActionSchemas[name].Schema, set), server.(tfprotov6.ActionServer)
	valid, err := invoker.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config})
	a.must(err)
	if said := complaints(valid.Diagnostics); len(said) > 0 {
		return nil, said
	}
	stream, err := invoker.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: config})
	a.must(err)
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			complained = complaints(e.Diagnostics)
		}
	}
	return progress, complained
}

// file reads a file of an instance.
func (a *acceptance) file(instance, name string) string {
	a.t.Helper()
	stream, _, err := a.docker.CopyFromContainer(a.t.Context(), a.name(instance), name)
	a.must(err)
	defer stream.Close()
	archive := tar.NewReader(stream)
	_, err = archive.Next()
	a.must(err)
	content, err := io.ReadAll(archive)
	a.must(err)
	return string(bytes.TrimSpace(content))
}

func TestAccActions(t *testing.T) {
	a := newAcceptance(t, "busybox:stable")
	refused := func(want, name string, set map[string]string) {
		t.Helper()
		if _, said := a.invoke(name, set); len(said) != 1 || !strings.Contains(said[0], want) {
			t.Errorf("%s of %v: complaints %q; want %q", name, set, said, want)
		}
	}
	a.run(resource.TestStep{
		Config: a.config(`
resource "bayplan_volume" "files" {
  name   = "files"
  shared = true
}
resource "bayplan_app" "web" {
  name        = "web"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  user        = "0"
  stop_signal = "SIGKILL"
  replicas    = 2
  env         = { LINE = "was here" }
  mounts      = { "/files" = { volume = bayplan_volume.files.id } }
  hooks       = { deploy = ["sh", "-c", "echo $LINE >> /files/log"] }
}
`),
		Check: func(*terraform.State) error {
			before := a.inspect("web-1-1")
			progress, said := a.invoke("bayplan_restart", map[string]string{"address": "app.web"})
			after := a.inspect("web-1-1")
			if len(said) > 0 || before.ID != after.ID || before.State.StartedAt == after.State.StartedAt || !after.State.Running {
				t.Errorf("after a restart, with complaints %q: started at %s, and before at %s", said, after.State.StartedAt, before.State.StartedAt)
			}
			want := strings.Join([]string{
				`stop instance "@-1-1"`, `start instance "@-1-1"`, `wait until instance "@-1-1" is healthy`,
				`stop instance "@-1-2"`, `start instance "@-1-2"`, `wait until instance "@-1-2" is healthy`,
			}, "\n")
			if got := strings.ReplaceAll(strings.Join(progress, "\n"), a.name("web"), "@"); got != want {
				t.Errorf("a restart goes on like\n%s\nwant\n%s", got, want)
			}
			if _, said := a.invoke("bayplan_hook", map[string]string{"address": "app.web", "hook": "deploy"}); len(said) > 0 {
				t.Errorf("the hook: %q", said)
			}
			if got := a.file("web-1-1", "/files/log"); got != "was here\nwas here" {
				t.Errorf("the hook ran at first and once more, and wrote %q", got)
			}
			refused("it has no hook post_deploy", "bayplan_hook", map[string]string{"address": "app.web", "hook": "post_deploy"})
			return nil
		},
	})
	refused("it has no instance", "bayplan_restart", map[string]string{"address": "app.web"})
	refused("volume.files has no instances", "bayplan_restart", map[string]string{"address": "volume.files"})
	refused(`"before" is no hook`, "bayplan_hook", map[string]string{"address": "app.web", "hook": "before"})
}
