package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// TestPanic checks that a fault ends the command with a message.
func TestPanic(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("main.tf", []byte("provider \"bayplan\" {\n  project = \"shop\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "err")
	to, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	newRuntime := func(provider.EngineOptions) (apply.Runtime, error) { panic("no luck") }
	if code := (Program{NewRuntime: newRuntime, Out: to, Err: to}).Run(t.Context(), []string{"status"}); code != exitError {
		t.Errorf("got %d; want %d", code, exitError)
	}
	said, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(said), "bayplan: panic: no luck") {
		t.Errorf("got %q, %v", said, err)
	}
}
