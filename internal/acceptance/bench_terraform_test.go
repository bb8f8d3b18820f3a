package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// terraforms compares plans of terraform that find nothing to do with those
// through the same provider that does nothing: of the same configuration, state
// and schemas. Those of as many resources that have but a name are reported, too.
// What is live comes into terraform's state by an import.
func (f *fleetBench) terraforms(b *testing.B) {
	b.Helper()
	ours, idle, empty := f.terraformed(b, f.dir, "."), f.terraformed(b, b.TempDir(), "idle"), f.terraformed(b, b.TempDir(), "empty")
	f.imports(b, ours)
	for _, name := range []string{"main.tf", "terraform.tfstate"} {
		text, err := os.ReadFile(filepath.Join(ours.dir, name))
		idle.put(b, name, text, err)
	}
	empty.put(b, "main.tf", []byte(f.things()), nil)
	empty.run(b, "apply", "-auto-approve")
	var took, cpu, bare comparison
	for range pairs {
		least, floor, all := empty.plan(b), idle.plan(b), ours.plan(b)
		took.add(floor.took, all.took)
		cpu.add(floor.cpu, all.cpu)
		bare.add(least.took, all.took)
	}
	all, floor := took.medians()
	_, least := bare.medians()
	f.charts.terraforms.add("bayplan", f.apps, all.Seconds())
	f.charts.terraforms.add("idle, same schemas", f.apps, floor.Seconds())
	f.charts.terraforms.add("empty", f.apps, least.Seconds())
	b.ReportMetric(all.Seconds(), "terraform-s")
	b.ReportMetric(floor.Seconds(), "idle-terraform-s")
	b.ReportMetric(least.Seconds(), "empty-terraform-s")
	b.ReportMetric(took.ratio(), "terraform-ratio")
	b.ReportMetric(cpu.ratio(), "terraform-cpu-ratio")
	b.ReportMetric(bare.ratio(), "terraform-empty-ratio")
	f.charts.broken = append(f.charts.broken, took.within(b, fmt.Sprintf("terraform plan of %d apps", f.apps), promised)...)
}

// imports takes what is live into terraform's state.
func (f *fleetBench) imports(b *testing.B, ours terraformDir) {
	b.Helper()
	const name = "import.tf"
	c := exec.CommandContext(b.Context(), filepath.Join(binary, "bayplan"), "import-blocks")
	c.Dir, c.Env = f.dir, f.env
	text, err := c.Output()
	ours.put(b, name, text, err)
	ours.run(b, "apply", "-auto-approve")
	if err := os.Remove(filepath.Join(ours.dir, name)); err != nil {
		b.Fatal(err)
	}
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

// terraformDir is a directory in which terraform is run.
type terraformDir struct {
	dir string
	env []string
}

// terraformed returns a directory in which terraform takes a provider from where
// it is built: the tested one, for ".", or the one of that name in testenv.
func (f *fleetBench) terraformed(b *testing.B, dir, provider string) terraformDir {
	b.Helper()
	source, built := "bayplan", binary
	if provider != "." {
		built = b.TempDir()
		if provider == "empty" {
			source = "empty"
		}
		c := exec.CommandContext(b.Context(), "go", "build", "-o", filepath.Join(built, "terraform-provider-"+source),
			"github.com/bayplan/terraform-provider-bayplan/internal/testenv/"+provider)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	d := terraformDir{dir, nil}
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"bayplan/%s\" = %q\n  }\n  direct {}\n}\n", source, built)
	d.put(b, "terraform.tfrc", []byte(config), nil)
	d.env = append(slices.Clone(f.env), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraform.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	return d
}

// put writes a file whose text has been got, or not.
func (d terraformDir) put(b *testing.B, name string, text []byte, err error) {
	b.Helper()
	if err == nil {
		err = os.WriteFile(filepath.Join(d.dir, name), text, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// run runs terraform, which must exit with 0.
func (d terraformDir) run(b *testing.B, args ...string) usage {
	b.Helper()
	c := exec.CommandContext(b.Context(), testenv.Terraform(b), append(args, "-no-color")...)
	c.Dir, c.Env = d.dir, d.env
	return measured(b, c)
}

// plan plans, which must find nothing to do.
func (d terraformDir) plan(b *testing.B) usage {
	b.Helper()
	return d.run(b, "plan", "-detailed-exitcode")
}
