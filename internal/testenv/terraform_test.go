package testenv_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// Terraform accepts the configuration: its output is nothing but JSON.
func TestTerraform(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("output \"x\" {\n  value = 1\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), testenv.Terraform(t), "-chdir="+dir, "validate", "-json")
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+testenv.CLIConfig(t, dir))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var result struct{ Valid bool }
	if err := json.Unmarshal(out, &result); err != nil || !result.Valid {
		t.Errorf("%v: %s", err, out)
	}
}
