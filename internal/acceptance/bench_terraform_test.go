package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// terraforms compares plans of terraform that find nothing to do with such plans
// of as many resources, which lead to each other alike, of a provider that does
// nothing. What is live comes into terraform's state by an import.
func (f *fleetBench) terraforms(b *testing.B) {
	b.Helper()
	f.overrides(b)
	blocks := filepath.Join(f.dir, "import.tf")
	c := exec.CommandContext(b.Context(), filepath.Join(binary, "bayplan"), "import-blocks")
	c.Dir, c.Env = f.dir, f.env
	text, err := c.Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(blocks, text, 0o600); err != nil {
		b.Fatal(err)
	}
	f.terraform(b, f.dir, "apply", "-auto-approve")
	if err := os.Remove(blocks); err != nil {
		b.Fatal(err)
	}
	empty := b.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "main.tf"), []byte(f.things()), 0o600); err != nil {
		b.Fatal(err)
	}
	f.terraform(b, empty, "apply", "-auto-approve")
	plan := func(dir string) usage { return f.terraform(b, dir, "plan", "-detailed-exitcode") }
	var took, cpu comparison
	for range pairs {
		floor, ours := plan(empty), plan(f.dir)
		took.add(floor.took, ours.took)
		cpu.add(floor.cpu, ours.cpu)
	}
	ours, floor := took.medians()
	f.charts.terraforms.add("terraform plan", f.apps, ours.Seconds())
	f.charts.terraforms.add("empty provider", f.apps, floor.Seconds())
	b.ReportMetric(ours.Seconds(), "terraform-s")
	b.ReportMetric(floor.Seconds(), "empty-terraform-s")
	b.ReportMetric(took.ratio(), "terraform-ratio")
	b.ReportMetric(cpu.ratio(), "terraform-cpu-ratio")
}

// things is a configuration of the empty provider, of as many resources as
// there are of apps and relationships, with the same references.
func (f *fleetBench) things() string {
	var out strings.Builder
	out.WriteString("terraform {\n  required_providers {\n    empty = { source = \"bayplan/empty\" }\n  }\n}\n")
	for i := range f.apps {
		team := i / teamSize
		needs := fmt.Sprintf("empty_thing.team%d.name", team)
		if i%teamSize == 0 {
			needs = "null"
			if team > 0 {
				needs = fmt.Sprintf("empty_thing.team%d.name", (team-1)/4)
			}
			fmt.Fprintf(&out, "resource \"empty_thing\" \"team%[1]d\" {\n  name = \"team%[1]d\"\n  needs = empty_thing.app%[2]d.name\n}\n", team, i)
		}
		fmt.Fprintf(&out, "resource \"empty_thing\" \"app%[1]d\" {\n  name = \"app%[1]d\"\n  needs = %[2]s\n}\n", i, needs)
	}
	return out.String()
}

// overrides makes terraform take both providers from where they are built.
func (f *fleetBench) overrides(b *testing.B) {
	b.Helper()
	dir := b.TempDir()
	const module = "github.com/bayplan/terraform-provider-bayplan/internal/testenv/empty"
	build := exec.CommandContext(b.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-empty"), module)
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"bayplan/bayplan\" = %q\n    \"bayplan/empty\" = %q\n  }\n  direct {}\n}\n", binary, dir)
	file := filepath.Join(dir, "terraform.tfrc")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	f.env = append(f.env, "TF_CLI_CONFIG_FILE="+file, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
}

// terraform runs terraform in a directory, which must exit with 0.
func (f *fleetBench) terraform(b *testing.B, dir string, args ...string) usage {
	b.Helper()
	c := exec.CommandContext(b.Context(), testenv.Terraform(b), append(args, "-no-color")...)
	c.Dir, c.Env = dir, f.env
	return measured(b, c)
}
