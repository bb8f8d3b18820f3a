package cli

import (
	"os"
	"path/filepath"
	"testing"
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
