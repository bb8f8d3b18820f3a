package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// The project is what the provider says that it is of, and no other's.
func TestProjectOfTerraformPlan(t *testing.T) {
	const plan = `{"format_version": "1.2", "configuration": {"provider_config": {
		"bayplan": {"full_name": "registry.terraform.io/bayplan/bayplan", "expressions": {"project": {"constant_value": "shop"}}},
		"google": {"full_name": "registry.terraform.io/hashicorp/google", "expressions": {"project": {"constant_value": "zeta-prod"}}},
		"number": {"full_name": "registry.terraform.io/example/number", "expressions": {"project": {"constant_value": 7}}},
		"block": {"full_name": "registry.terraform.io/example/block", "expressions": {"project": [{"name": {"constant_value": "zeta"}}]}},
		"none": {"full_name": "registry.terraform.io/bayplan/bayplan"}
	}}}`
	name := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(name, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := reviewOfTerraform(name)
	if err != nil || r.Scope.Project != "shop" {
		t.Errorf("got project %q, %v", r.Scope.Project, err)
	}
}

// What a volume leads to outlives it, in Terraform's plan too.
func TestVolumeOfTerraformPlan(t *testing.T) {
	const text = `{"format_version": "1.2", "resource_changes": [
		{"address": "bayplan_volume.host", "mode": "managed", "type": "bayplan_volume", "change": {"actions": ["delete"], "before": {
			"id": "default/host", "name": "host", "driver": "local", "driver_opts": {"type": "none", "o": "bind", "device": "/srv"}, "on_destroy": "delete"}}},
		{"address": "bayplan_volume.memory", "mode": "managed", "type": "bayplan_volume", "change": {"actions": ["delete"], "before": {
			"id": "default/memory", "name": "memory", "driver": "local", "driver_opts": {"type": "tmpfs", "device": "tmpfs"}, "on_destroy": "delete"}}}
	]}`
	name := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := reviewOfTerraform(name)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]plan.Impact{}
	for _, c := range r.Changes {
		got[c.Address.Name] = c.Impact
	}
	want := map[string]plan.Impact{"host": {LeavesData: []string{"default/host"}}, "memory": {DeletesData: []string{"default/memory"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
