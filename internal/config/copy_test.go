package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
)

// A copy tells where that is which it is a copy of, and holds what is read.
func TestCopy(t *testing.T) {
	const text = `
locals {
  names = { cwd = path.cwd, here = abspath("x"), module = abspath("${path.module}/../common.txt") }
  reads = {
    file     = file("${path.cwd}/a.txt")
    base64   = base64decode(filebase64(abspath("a.txt")))
    above    = file(abspath("../common.txt"))
    template = templatefile("${path.cwd}/a.txt", {})
    relative = file("a.txt")
  }
  hash   = filesha1(abspath("a.txt")) == sha1(local.reads.file)
  exists = fileexists("${path.cwd}/present.txt")
  set    = join(",", fileset(path.cwd, "*.txt"))
  beyond = file("%OUTSIDE%")
}
output "all" { value = merge(local.names, local.reads, { hash = tostring(local.hash), exists = tostring(local.exists), set = local.set, beyond = local.beyond }) }
`
	present, then := t.TempDir(), t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside.txt")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "outside")
	for dir, at := range map[string]string{present: "now", then: "then"} {
		write(filepath.Join(dir, "shop", "a.txt"), at)
		write(filepath.Join(dir, "common.txt"), at)
	}
	write(filepath.Join(present, "shop", "present.txt"), "")
	shop := filepath.Join(present, "shop")
	write(filepath.Join(then, "shop", "main.tf"), strings.Replace(text, "%OUTSIDE%", outside, 1)+required)
	c, diags := config.Load(t.Context(), filepath.Join(then, "shop"), offline(), config.Options{Copy: config.Copy{Of: shop, Root: ".."}})
	if len(diags) > 0 {
		t.Fatal(said(diags))
	}
	want := map[string]string{
		"cwd": shop, "here": filepath.Join(shop, "x"), "module": filepath.Join(present, "common.txt"),
		"file": "then", "base64": "then", "above": "then", "template": "then", "relative": "then",
		"hash": "true", "exists": "false", "set": "a.txt", "beyond": "outside",
	}
	for name, v := range c.Outputs[0].Value.AsValueMap() {
		if got := v.AsString(); got != want[name] {
			t.Errorf("%s is %q, want %q", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
