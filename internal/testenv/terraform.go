package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Terraform returns the path of the terraform program: TF_ACC_TERRAFORM_PATH, or
// the one in PATH. It fails the test when there is none.
func Terraform(tb testing.TB) string {
	tb.Helper()
	name := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if name == "" {
		name = "terraform"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("terraform: %v; put it in PATH or set TF_ACC_TERRAFORM_PATH", err)
	}
	return path
}

// CLIConfig writes a Terraform CLI configuration that takes bayplan/bayplan from
// the directory providerDir, and every other provider from where it normally
// comes from. It returns the file's path, to be set as TF_CLI_CONFIG_FILE, and
// removes it when the test ends.
func CLIConfig(tb testing.TB, providerDir string) string {
	tb.Helper()
	absolute, err := filepath.Abs(providerDir)
	if err != nil {
		tb.Fatalf("provider directory: %v", err)
	}
	config := fmt.Sprintf(`disable_checkpoint = true

provider_installation {
  dev_overrides {
    "bayplan/bayplan" = %q
  }
  direct {}
}
`, absolute)
	path := filepath.Join(tb.TempDir(), "terraform.tfrc")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		tb.Fatalf("terraform configuration: %v", err)
	}
	return path
}
