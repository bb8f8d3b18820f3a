package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// BenchmarkLoad evaluates fifty apps in a chain, offline.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	for i := range 50 {
		needs := ""
		if i > 0 {
			needs = fmt.Sprintf("prior = bayplan_app.a%d", i-1)
		}
		fmt.Fprintf(&text, "resource \"bayplan_app\" \"a%d\" {\n  name = \"a%d\"\n  image = \"busybox\"\n  port = 80\n  relationships = { %s }\n}\n", i, i, needs)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text.String()+required), 0o600); err != nil {
		b.Fatal(err)
	}
	noEngine := func(provider.EngineOptions) (apply.Runtime, error) { return nil, errors.New("there is no engine") }
	server := provider.NewCommand("test", noEngine).Server(b.Context())
	for b.Loop() {
		c, diags := config.Load(b.Context(), dir, server, config.Options{})
		if len(diags) > 0 || len(c.Resources) != 50 {
			b.Fatal(said(diags))
		}
	}
}
