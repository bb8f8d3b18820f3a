package acceptance

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/docker"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// row is an attribute of a resource that takes one value after another.
type row struct {
	of        string            // the resource's type, without bayplan_
	attribute string            // the root attribute
	with      map[string]string // other attributes, in place of the basic ones
	group     string            // rows of one group are attributes of one resource
	effect    effect
	values    []value
	facts     []fact
	planned   func(*tfjson.Change) error // what else a plan to change it has to show
	extra     string                     // further resources
}

// value is what an attribute is set to: in HCL, or nothing.
type value struct {
	hcl  string
	name string   // the resource's name from now on, if that is the attribute
	also []string // computed attributes that change as a consequence
	same bool     // it means what the value before did
}

// fact is what the engine has to hold for one configurable attribute, be it
// nested, at each of the values.
type fact struct {
	path string
	read func(object) string
	want []string
}

// effect is what a change does to the containers.
type effect int

const (
	stays effect = iota
	replaced
	scaled
)

// object is what the engine has of a resource.
type object struct {
	engine     *engineView
	project    string
	name       string
	containers []container.InspectResponse // by name
	one        container.InspectResponse   // the first of them
}

// engineView is what the engine has of a project.
type engineView struct {
	containers map[string]container.InspectResponse
	networks   map[string]network.Summary
	volumes    map[string]*volume.Volume
}

func TestEveryAttribute(t *testing.T) {
	t.Parallel()
	for _, image := range []string{"busybox:stable", "redis:7", "postgres:15"} {
		testenv.Image(t, image)
	}
	for name, rows := range map[string]func(*bench) []row{
		"app": appRows, "others": func(b *bench) []row {
			return slices.Concat(serviceRows(b), relationshipRows(b), volumeRows(b))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{workspace: newWorkspace(t)}
			b.port = b.freePort()
			b.variant("busybox:stable", "9.9")
			b.variant("redis:7", "9.9")
			b.rows = rows(b)
			b.run()
		})
	}
}

// A configurable attribute that no row changes is one that nobody has seen work.
func TestEveryAttributeHasARow(t *testing.T) {
	t.Parallel()
	b := &bench{workspace: &workspace{project: "any"}}
	covered := map[string]bool{}
	for _, r := range slices.Concat(appRows(b), serviceRows(b), relationshipRows(b), volumeRows(b), directoryRows()) {
		for _, f := range r.facts {
			covered[r.of+"."+f.path] = true
		}
	}
	for _, path := range configurable(t) {
		if !covered[path] {
			t.Errorf("%s has no row", path)
		}
		delete(covered, path)
	}
	for path := range covered {
		t.Errorf("%s has a row, but cannot be configured", path)
	}
}

// bench is a configuration of all rows, applied with one value of each after
// the other.
type bench struct {
	*workspace
	rows   []row
	port   int // free on the host
	plan   *tfjson.Plan
	before map[string][]string // ids of containers by resource
}

// freePort returns a port of the host that nothing listens on.
func (w *workspace) freePort() int {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// run applies all first values, then all second ones, and so on; the library
// sees that each time an empty plan follows.
func (b *bench) run() {
	steps := 0
	for _, r := range b.rows {
		steps = max(steps, len(r.values))
	}
	var all []resource.TestStep
	for at := range steps {
		all = append(all, resource.TestStep{
			Config: b.config(at),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{note{b}}, PostApplyPostRefresh: []plancheck.PlanCheck{undisturbed{}},
			},
			Check: func(*terraform.State) error {
				b.check(at)
				if at == 0 {
					b.imports()
				}
				return nil
			},
		})
	}
	resource.UnitTest(b.t, resource.TestCase{ // unlike Test, it does not skip itself
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"bayplan": providerserver.NewProtocol6WithError(provider.New("test", inProcess)()),
		},
		Steps: all,
	})
}

func inProcess(o provider.EngineOptions) (apply.Runtime, error) {
	return docker.New(docker.Options{
		Host: o.Host, TLS: docker.TLS{CA: o.TLS.CA, Cert: o.TLS.Cert, Key: o.TLS.Key}, Logins: o.Logins, Pool: o.NetworkPool,
	})
}

// declares is the head of a resource in a configuration, with its name.
var declares = regexp.MustCompile(`(?m)^resource "(\w+)" "(\w+)" \{\n\s+name\s+= "([^"]+)"`)

// imports imports everything, as it was created, into a state of its own, which
// has to leave nothing to do. Later no label has what was changed of a policy.
func (b *bench) imports() {
	fresh, config := b.fresh(), b.config(0)
	here, err := filepath.Abs("testdata")
	if err == nil {
		err = os.Symlink(here, filepath.Join(fresh.dir, "testdata"))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	_, resources, _ := strings.Cut(config, "\n}\n") // after the provider
	declared := declares.FindAllStringSubmatch(resources, -1)
	for _, of := range declared {
		resources += fmt.Sprintf("import {\n  to = %s.%s\n  id = \"default/%s\"\n}\n", of[1], of[2], of[3])
	}
	if len(declared) != strings.Count(resources, "\nresource ") {
		b.t.Fatalf("%d resources have a name in\n%s", len(declared), resources)
	}
	fresh.write(resources)
	changes, _ := fresh.plan()
	delete(changes, "bayplan_relationship.target_version") // whose target is written as that one is not
	for _, address := range slices.Sorted(maps.Keys(changes)) {
		// That a value is sensitive is no state's to know, and is a change to Terraform.
		if differs := changes[address].differs(); len(differs) > 0 {
			b.t.Errorf("the import of %s changes %v", address, differs)
		}
	}
}

// note keeps the plan that is about to be applied.
type note struct{ b *bench }

func (n note) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, _ *plancheck.CheckPlanResponse) {
	n.b.plan = req.Plan
}

// undisturbed checks that a plan finds nothing changed outside of Terraform.
type undisturbed struct{}

func (undisturbed) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, drift := range req.Plan.ResourceDrift {
		resp.Error = fmt.Errorf("%s has changed outside of Terraform: %v", drift.Address, differences(drift.Change))
	}
}

// basics are the attributes that every resource of a type has in its rows,
// unless a row says otherwise.
var basics = map[string]map[string]string{
	"app": {
		"image": `"busybox:stable"`, "command": `["sleep", "3600"]`, "stop_signal": `"SIGKILL"`, "egress": "false",
	},
	"service": {
		"image": `"busybox:stable"`, "command": `["sleep", "3600"]`, "stop_signal": `"SIGKILL"`,
	},
	"relationship": {"target": "bayplan_service.one"},
	"volume":       {"on_destroy": `"delete"`},
}

// stage is what the rows refer to.
const stage = `
resource "bayplan_service" "one" {
  name        = "one"
  image       = "busybox:stable"
  version     = "7.1"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  endpoints   = { default = { port = 80 }, admin = { port = 81, scheme = "https", path = "/admin" } }
}
resource "bayplan_service" "two" {
  name        = "two"
  image       = "busybox:stable"
  version     = "7.2"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  endpoints   = { default = { port = 80 } }
}
resource "bayplan_volume" "one" {
  name       = "one"
  shared     = true
  on_destroy = "delete"
}
resource "bayplan_volume" "two" {
  name       = "two"
  shared     = true
  on_destroy = "delete"
}
`

// at returns a row's value at a step; the last one stays.
func (r row) at(step int) value { return r.values[min(step, len(r.values)-1)] }

// label is what a row's resource is called in the configuration.
func (r row) label() string {
	if r.group != "" {
		return r.group
	}
	return strings.ReplaceAll(r.facts[0].path, ".", "_")
}

func (r row) address() string { return "bayplan_" + r.of + "." + r.label() }

// nameAt is the name of a row's resource at a step.
func (r row) nameAt(step int) string {
	if name := r.at(step).name; name != "" {
		return name
	}
	return r.of[:1] + "-" + strings.ReplaceAll(r.label(), "_", "-")
}

// config is the whole configuration at a step.
func (b *bench) config(step int) string {
	type block struct {
		head  string
		basic map[string]string
		own   []string
	}
	blocks, extra := map[string]*block{}, ""
	for _, r := range b.rows {
		one := blocks[r.address()]
		if one == nil {
			one = &block{basic: maps.Clone(basics[r.of]), head: fmt.Sprintf("resource %q %q {\n  name = %q\n", "bayplan_"+r.of, r.label(), r.nameAt(step))}
			blocks[r.address()] = one
		}
		extra += r.extra
		maps.Copy(one.basic, r.with)
		delete(one.basic, r.attribute)
		if r.at(step).hcl != "" && r.attribute != "name" {
			one.own = append(one.own, r.attribute+" = "+r.at(step).hcl)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "provider \"bayplan\" {\n  project = %q\n  host = %q\n  key = %q\n}\n%s", b.project, b.engine.Host, testKey, stage+extra)
	for _, address := range slices.Sorted(maps.Keys(blocks)) {
		one := blocks[address]
		out.WriteString(one.head)
		for _, name := range slices.Sorted(maps.Keys(one.basic)) {
			if text := one.basic[name]; text != "" {
				fmt.Fprintf(&out, "  %s = %s\n", name, text)
			}
		}
		fmt.Fprintf(&out, "  %s\n}\n", strings.Join(one.own, "\n  "))
	}
	return out.String()
}

// check compares the plan of a step, and what is on the engine after it, with
// each row.
func (b *bench) check(step int) {
	view := b.view()
	now := map[string][]string{}
	for _, r := range b.rows {
		b.t.Run(fmt.Sprintf("%s.%s/%d", r.of, r.facts[0].path, step), func(t *testing.T) {
			o := b.object(view, r.nameAt(step))
			for _, c := range o.containers {
				now[r.address()] = append(now[r.address()], c.ID)
			}
			for _, f := range r.facts {
				if got, want := f.read(o), f.want[min(step, len(f.want)-1)]; got != want {
					t.Errorf("%s: the engine has %q; want %q", f.path, got, want)
				}
			}
			if step > 0 && step < len(r.values) {
				b.checkPlan(t, r, step)
				checkIDs(t, r.effect, b.before[r.address()], now[r.address()])
			}
		})
	}
	b.before = now
}

// checkPlan checks that a step's plan shows of a row's resource exactly the
// attribute, those of its group, and what follows from them.
func (b *bench) checkPlan(t *testing.T, r row, step int) {
	want := map[string]bool{}
	for _, other := range b.rows {
		if other.address() != r.address() || other.at(step).same || step >= len(other.values) {
			continue
		}
		want[other.attribute] = true
		for _, also := range other.at(step).also {
			want[also] = true
		}
		if other.effect != stays {
			want["instances"] = true
		}
	}
	var got []string
	for _, rc := range b.plan.ResourceChanges {
		if rc.Address != r.address() {
			continue
		}
		got = differences(rc.Change)
		if after, ok := rc.Change.After.(map[string]any); ok && len(got) > 0 && after["impact"] == nil {
			t.Error("the plan does not say its impact")
		}
		if r.planned != nil {
			if err := r.planned(rc.Change); err != nil {
				t.Error(err)
			}
		}
	}
	if want := slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("the plan changes %v; want %v", got, want)
	}
}

// differences returns the root attributes that a change changes, sorted,
// without impact.
func differences(c *tfjson.Change) []string {
	before, _ := c.Before.(map[string]any)
	after, _ := c.After.(map[string]any)
	unknown, _ := c.AfterUnknown.(map[string]any)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(before)) {
		all, _ := unknown[name].(bool)
		if name != "impact" && (all || !reflect.DeepEqual(before[name], after[name])) {
			out = append(out, name)
		}
	}
	return out
}

func checkIDs(t *testing.T, e effect, before, now []string) {
	t.Helper()
	kept := 0
	for _, id := range before {
		if slices.Contains(now, id) {
			kept++
		}
	}
	switch {
	case e == stays && (kept != len(before) || kept != len(now)):
		t.Errorf("containers were replaced: %v before, %v now", before, now)
	case e == replaced && kept > 0:
		t.Errorf("containers were not replaced: %v before, %v now", before, now)
	case e == scaled && kept != min(len(before), len(now)):
		t.Errorf("containers were replaced, not added or removed: %v before, %v now", before, now)
	}
}

// view reads what the engine has of the project.
func (w *workspace) view() *engineView {
	w.t.Helper()
	v := &engineView{containers: w.containers(), networks: map[string]network.Summary{}, volumes: map[string]*volume.Volume{}}
	networks, err := w.engine.Docker.NetworkList(w.ctx(), network.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range networks {
		v.networks[n.Name] = n
	}
	volumes, err := w.engine.Docker.VolumeList(w.ctx(), volume.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range volumes.Volumes {
		v.volumes[one.Name] = one
	}
	return v
}

func (b *bench) object(view *engineView, name string) object {
	o := object{engine: view, project: b.project, name: name}
	for _, key := range slices.Sorted(maps.Keys(view.containers)) {
		if c := view.containers[key]; c.Config.Labels["io.bayplan.name"] == name {
			o.containers = append(o.containers, c)
		}
	}
	if len(o.containers) > 0 {
		o.one = o.containers[0]
	}
	return o
}
