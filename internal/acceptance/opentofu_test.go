package acceptance

import (
	"cmp"
	"os"
	"os/exec"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// alsoOpenTofu are the tests of what OpenTofu has to do as Terraform does: each
// attribute of each resource, imports, replacing, drift, and what is refused. It adopts too,
// but writes no configuration for what has mounts: it leaves out the quotes of their keys.
const alsoOpenTofu = "^Test(EveryAttribute|Import|ImportByIdentity|ImportErrors|ApplyThenPlanIsEmptyThenDestroyLeavesNothing|" +
	"ReplaceEndsWithEverythingRunning|DriftIsShownAndRepaired|PlanAllows|ActionsNeedAClientThatHasThem|ProviderSettingsAreChecked)$"

// Where there is an OpenTofu, by the name of TF_ACC_TOFU_PATH or else tofu in PATH,
// it passes the tests that Terraform does.
func TestOpenTofu(t *testing.T) {
	t.Parallel()
	tofu, err := exec.LookPath(cmp.Or(os.Getenv("TF_ACC_TOFU_PATH"), "tofu"))
	if err != nil {
		t.Skipf("OpenTofu is not on this machine: %v", err)
	}
	if tofu == testenv.Terraform(t) {
		t.Skip("all tests are OpenTofu's already")
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+alsoOpenTofu, "-test.parallel=4", "-test.timeout=30m", "-test.v")
	c.Env = append(os.Environ(), "TF_ACC_TERRAFORM_PATH="+tofu, "TF_ACC_PROVIDER_HOST=registry.opentofu.org")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
