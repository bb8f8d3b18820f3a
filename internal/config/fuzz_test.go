package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
)

// FuzzLoad checks that whatever a file says comes to values or to errors that say
// where, and never to a panic.
func FuzzLoad(f *testing.F) {
	archives, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("there is no corpus")
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(filepath.Ext(file.Name) == ".json", file.Data)
		}
	}
	server := offline()
	f.Fuzz(func(t *testing.T, isJSON bool, data []byte) {
		name := "main.tf"
		if isJSON {
			name += ".json"
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, diags := config.Load(t.Context(), dir, server, config.Options{})
		for _, r := range c.Resources {
			if v, err := r.Value(); err != nil || v.GetAttr("name").IsNull() {
				t.Errorf("%s is %#v, %v", r.Address, v, err)
			}
		}
		for _, d := range diags {
			if d.Summary == "" {
				t.Errorf("an error without a summary: %v", d)
			}
		}
	})
}
