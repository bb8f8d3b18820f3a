package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestSaid compares what is said of directories that only this package says
// something of: what it does not evaluate, and warnings.
func TestSaid(t *testing.T) {
	archives, err := filepath.Glob("testdata/said/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("there are no directories")
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, last := t.TempDir(), len(archive.Files)-1
			for _, file := range archive.Files[:last] {
				path := filepath.Join(dir, file.Name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, file.Data, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			_, diags := config.Load(t.Context(), dir, offline(), config.Options{ForTerraform: true})
			got := strings.ReplaceAll(said(diags), dir, "DIR")
			if *update {
				archive.Files[last].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[last].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func said(diags hcl.Diagnostics) string {
	var out strings.Builder
	for _, d := range diags {
		kind := "error"
		if d.Severity == hcl.DiagWarning {
			kind = "warning"
		}
		at := ""
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d,%d: ", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column)
		}
		fmt.Fprintf(&out, "%s%s: %s: %s\n", at, kind, d.Summary, strings.ReplaceAll(d.Detail, "\n", " "))
	}
	return out.String()
}
