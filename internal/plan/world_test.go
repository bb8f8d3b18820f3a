package plan_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var (
	scope = topology.Scope{Project: "shop", Environment: "default"}
	key   = topology.Key("a key of the tests")
)

// failing is what a world's methods need of a test, a property or a fuzz target.
type failing interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is an engine and what is wanted of it.
type world struct {
	engine  *runtimetest.Memory
	desired topology.Topology
	order   []topology.Address // of desired, what is needed first
}

func newWorld() *world {
	return &world{engine: runtimetest.NewMemory(), desired: topology.Topology{Scope: scope}}
}

// want makes a declared topology the desired one: it fills in types, images
// and references as the provider does, and orders it.
func (w *world) want(t failing, d declared) {
	t.Helper()
	w.desired = topology.Topology{
		Scope: scope, Relationships: map[topology.Address]topology.Relationship{},
		Workloads: map[topology.Address]topology.Workload{}, Volumes: d.volumes,
	}
	for a, work := range d.workloads {
		w.desired.Workloads[a] = w.complete(t, a, work)
	}
	w.order = nil
	for _, a := range d.addresses() {
		w.settle(t, d, a)
	}
}

func (w *world) complete(t failing, a topology.Address, work topology.Workload) topology.Workload {
	t.Helper()
	work, errs := catalog.Complete(scope, a, work)
	if len(errs) > 0 {
		t.Fatalf("%v", errs[0])
	}
	if work.Build == nil {
		work.ImageDigest = w.stands(t, work.Image)
		return work
	}
	work.Image = scope.Prefix() + work.Name + ":" + work.Build.Context
	work.ImageDigest = "build:sha256:" + work.Build.Context
	for base := range work.BaseImages {
		work.BaseImages[base] = w.stands(t, base)
		work.ImageDigest += "+" + work.BaseImages[base]
	}
	return work
}

// stands returns what an image stands for, which from now on it does.
func (w *world) stands(t failing, reference string) string {
	t.Helper()
	image, err := w.engine.ResolveImage(context.Background(), reference)
	if apply.IsNotFound(err) {
		w.engine.SetImage(reference, runtimetest.Image{Digest: "sha256:" + reference})
		image, err = w.engine.ResolveImage(context.Background(), reference)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return image.Digest
}

// settle fills in the references of an address, those it leads to first.
func (w *world) settle(t failing, d declared, a topology.Address) {
	t.Helper()
	if slices.Contains(w.order, a) {
		return
	}
	for _, needed := range d.needs(a) {
		w.settle(t, d, needed)
	}
	if r, ok := d.relationships[a]; ok {
		r.Target = w.reference(t, d.targets[a][""])
		w.desired.Relationships[a] = r
	}
	if work, ok := w.desired.Workloads[a]; ok {
		work.Relationships = map[string]topology.Reference{}
		for name, external := range d.workloads[a].Relationships {
			work.Relationships[name] = external
		}
		for name, target := range d.targets[a] {
			work.Relationships[name] = w.reference(t, target)
		}
		w.desired.Workloads[a] = work
	}
	w.order = append(w.order, a)
}

func (w *world) reference(t failing, a topology.Address) topology.Reference {
	t.Helper()
	if work, ok := w.desired.Workloads[a]; ok {
		return catalog.Reference(scope, a, work)
	}
	r, ok := w.desired.Relationships[a]
	if !ok {
		t.Fatalf("%s is not declared", a)
	}
	ref, errs := topology.RelationshipReference(r)
	if len(errs) > 0 {
		t.Fatalf("%v", errs[0])
	}
	return ref
}

// live reads all that is there.
func (w *world) live(t failing) topology.Live {
	t.Helper()
	live, err := w.engine.Observe(context.Background(), scope)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return live
}

// plan plans one address, or several at once.
func (w *world) plan(t failing, o options, about ...topology.Address) (plan.Plan, error) {
	t.Helper()
	return plan.Make(w.input(t, o, about...))
}

// options are what an Input has beside what is wanted and live.
type options struct {
	create, deleteData bool
	only               map[string]string
}

func (w *world) input(t failing, o options, about ...topology.Address) plan.Input {
	t.Helper()
	deleted := map[topology.Address]bool{}
	for _, a := range about {
		deleted[a] = o.deleteData
	}
	renamed, err := plan.Renames(w.desired)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return plan.Input{
		Desired: w.desired, Live: w.live(t), Key: key, About: about,
		Only: o.only, Create: o.create, DeleteData: deleted, Renamed: renamed, Built: w.built(),
	}
}

// built says of what is wanted whether the engine has built it.
func (w *world) built() map[string]bool {
	out := map[string]bool{}
	for _, work := range w.desired.Workloads {
		if _, err := w.engine.ResolveImage(context.Background(), work.ImageDigest); work.Build != nil && err == nil {
			out[work.ImageDigest] = true
		}
	}
	return out
}

func (w *world) run(p plan.Plan) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := apply.Run(ctx, w.engine, scope, p.Steps, apply.Options{})
	return err
}

// apply plans and runs one address after the other, as Terraform does.
func (w *world) apply(t failing, o options, about ...topology.Address) {
	t.Helper()
	for _, a := range about {
		p, err := w.plan(t, o, a)
		if err == nil {
			err = w.run(p)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, p)
		}
	}
}

// settled fails the test where the desired topology is not what is live, seen
// as a whole or by each address's own part of it.
func (w *world) settled(t failing) {
	t.Helper()
	for _, a := range w.order {
		in := w.input(t, options{}, a)
		for range 2 {
			p, err := plan.Make(in)
			if err != nil {
				t.Fatalf("%s: the next plan: %v", a, err)
			}
			if p.Changes[0].Action != plan.ActionNone || len(p.Changes[0].Fields) > 0 || len(p.Steps) > 0 {
				t.Errorf("%s: the next plan is not empty:\n%s", a, p)
			}
			in.Live = plan.Own(in.Live, a)
		}
	}
}

// gone returns those of the addresses that are not wanted, in the order in
// which they go.
func (w *world) gone(before []topology.Address) []topology.Address {
	var out []topology.Address
	for _, a := range slices.Backward(before) {
		if !slices.Contains(w.order, a) {
			out = append(out, a)
		}
	}
	return out
}

// telltale returns the derived password that a text has in it, or "".
func (w *world) telltale(text string) string {
	for a := range w.desired.Workloads {
		for _, user := range []string{"main", "root"} {
			if password := key.Password(scope, a, user); strings.Contains(text, password) {
				return a.String() + "'s of " + user
			}
		}
	}
	return ""
}
