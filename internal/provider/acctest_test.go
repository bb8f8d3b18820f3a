package provider_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/docker"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// TestMain points the tests at the terraform of this machine, with nothing of
// its user's configuration.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "bayplan")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		config := filepath.Join(dir, "terraform.tfrc")
		if err := os.WriteFile(config, nil, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		os.Setenv("TF_CLI_CONFIG_FILE", config)
		os.Setenv("CHECKPOINT_DISABLE", "1")
		if path, err := exec.LookPath("terraform"); err == nil && os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
			os.Setenv("TF_ACC_TERRAFORM_PATH", path)
		}
		return m.Run()
	}())
}

// key is the provider's in all tests. Nothing that is written anywhere may hold
// what is derived from it.
const key = "the key of all tests"

// acceptance is one test of the provider with the real terraform on a real
// engine, in a project of its own.
type acceptance struct {
	t       *testing.T
	host    string
	docker  *client.Client
	project string
}

// newAcceptance begins a test, next to others. What the test leaves behind is
// removed when it ends.
func newAcceptance(t *testing.T, images ...string) *acceptance {
	t.Helper()
	t.Parallel()
	testenv.Terraform(t)
	env := testenv.Require(t)
	for _, image := range images {
		testenv.Image(t, image)
	}
	return &acceptance{t: t, host: env.Host, docker: env.Docker, project: testenv.Project(t)}
}

// config returns a configuration of the test's project and default environment.
func (a *acceptance) config(body string) string {
	return fmt.Sprintf("provider \"bayplan\" {\n  project = %q\n  host    = %q\n  key     = %q\n}\n", a.project, a.host, key) + body
}

// run makes the steps one after the other; after each an empty plan follows.
// At the end everything is destroyed, and nothing but volumes may be left.
func (a *acceptance) run(steps ...resource.TestStep) {
	a.t.Helper()
	resource.UnitTest(a.t, resource.TestCase{ // unlike Test, it does not skip itself
		ProtoV6ProviderFactories: providers,
		Steps:                    steps,
	})
	if left := a.containers(); len(left) > 0 {
		a.t.Errorf("containers are left: %v", left)
	}
	if left := a.networks(); len(left) > 0 {
		a.t.Errorf("networks are left: %v", left)
	}
}

var providers = map[string]func() (tfprotov6.ProviderServer, error){
	"bayplan": providerserver.NewProtocol6WithError(provider.New("test", newRuntime)()),
}

func newRuntime(o provider.EngineOptions) (apply.Runtime, error) {
	return docker.New(docker.Options{
		Host: o.Host, TLS: docker.TLS{CA: o.TLS.CA, Cert: o.TLS.Cert, Key: o.TLS.Key}, Logins: o.Logins, Pool: o.NetworkPool,
	})
}

// name is the engine's name of an object of the project.
func (a *acceptance) name(of string) string { return a.project + "-default-" + of }

// inspect returns a container of the project by the end of its name, such as "web-1-1".
func (a *acceptance) inspect(of string) container.InspectResponse {
	a.t.Helper()
	c, err := a.docker.ContainerInspect(context.Background(), a.name(of))
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func (a *acceptance) mine() filters.Args {
	return filters.NewArgs(filters.Arg("label", testenv.ProjectLabel+"="+a.project))
}

// containers returns the names of the project's containers, sorted.
func (a *acceptance) containers() []string {
	a.t.Helper()
	found, err := a.docker.ContainerList(context.Background(), container.ListOptions{All: true, Filters: a.mine()})
	if err != nil {
		a.t.Fatal(err)
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Names[0][1:])
	}
	slices.Sort(names)
	return names
}

// networks returns the names of the project's networks, sorted.
func (a *acceptance) networks() []string {
	a.t.Helper()
	found, err := a.docker.NetworkList(context.Background(), network.ListOptions{Filters: a.mine()})
	if err != nil {
		a.t.Fatal(err)
	}
	var names []string
	for _, n := range found {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	return names
}

// volumes returns the names of the project's volumes, sorted.
func (a *acceptance) volumes() []string {
	a.t.Helper()
	found, err := a.docker.VolumeList(context.Background(), volume.ListOptions{Filters: a.mine()})
	if err != nil {
		a.t.Fatal(err)
	}
	var names []string
	for _, v := range found.Volumes {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return names
}

// must fails the test when someone's own call to the engine came to nothing.
func (a *acceptance) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// planned returns a step's check of the plan that is about to be applied.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// only checks that a plan changes the named root attributes of one resource,
// its impact aside, and nothing else.
func only(address string, attributes ...string) plancheck.PlanCheck {
	return changes{address: attributes}
}

// changes are root attributes by resource, without impact.
type changes map[string][]string

func (want changes) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	got := map[string][]string{}
	for _, r := range req.Plan.ResourceChanges {
		if differing := differences(r.Change); len(differing) > 0 {
			got[r.Address] = differing
		}
	}
	for address := range want {
		slices.Sort(want[address])
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		resp.Error = fmt.Errorf("the plan changes %v; want %v", got, map[string][]string(want))
	}
}

// differences returns the root attributes that a change changes, sorted and
// without impact; for a creation or deletion its action.
func differences(c *tfjson.Change) []string {
	before, _ := c.Before.(map[string]any)
	after, _ := c.After.(map[string]any)
	unknown, _ := c.AfterUnknown.(map[string]any)
	if before == nil || after == nil {
		return []string{string(c.Actions[0])}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if name == "impact" {
			continue
		}
		if all, _ := unknown[name].(bool); all || !reflect.DeepEqual(before[name], after[name]) {
			out = append(out, name)
		}
	}
	return out
}
