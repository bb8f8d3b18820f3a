package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
)

// miniature is as much of Terraform as tests of single resources need: it
// plans, applies, reads and forgets, with a provider on an engine in memory. A
// new one on the same engine is a new process.
type miniature struct {
	t       *testing.T
	memory  *runtimetest.Memory
	server  tfprotov6.ProviderServer
	schemas map[string]*tfprotov6.Schema
}

// object is a resource as Terraform's state has it.
type object struct {
	resource string
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData // nil before there is one, as in a state of an older Terraform
}

func newMiniature(t *testing.T, memory *runtimetest.Memory, key string) *miniature {
	t.Helper()
	onMemory := func(provider.EngineOptions) (apply.Runtime, error) { return memory, nil }
	m := newMiniatureOn(t, onMemory, map[string]any{"project": "p", "environment": "default", "host": "unix:///memory", "key": key})
	m.memory = memory
	return m
}

// newMiniatureOn makes one on another engine, with other settings of the provider.
func newMiniatureOn(t *testing.T, on provider.NewRuntime, settings map[string]any) *miniature {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test", on)())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	m := &miniature{t: t, server: server, schemas: schemas.ResourceSchemas}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: m.dynamic(m.value(schemas.Provider, settings))})
	m.none(err, resp.Diagnostics)
	return m
}

func (m *miniature) none(err error, diagnostics []*tfprotov6.Diagnostic) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
	if said := complaints(diagnostics); len(said) > 0 {
		m.t.Fatal(said)
	}
}

// complaints are the errors among diagnostics.
func complaints(diagnostics []*tfprotov6.Diagnostic) []string {
	return sayings(slices.DeleteFunc(slices.Clone(diagnostics), func(d *tfprotov6.Diagnostic) bool {
		return d.Severity != tfprotov6.DiagnosticSeverityError
	}))
}

// value returns an object of a schema's type: nothing is set but what is given,
// tftypes.Value or what tftypes.NewValue takes.
func (m *miniature) value(schema *tfprotov6.Schema, set map[string]any) tftypes.Value {
	of, _ := schema.ValueType().(tftypes.Object)
	return m.objectOf(of, set)
}

func (m *miniature) objectOf(of tftypes.Object, set map[string]any) tftypes.Value {
	m.t.Helper()
	attributes := map[string]tftypes.Value{}
	for name, t := range of.AttributeTypes {
		v, ok := set[name].(tftypes.Value)
		if !ok {
			v = tftypes.NewValue(t, set[name])
		}
		attributes[name] = v
	}
	return tftypes.NewValue(of, attributes)
}

func (m *miniature) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	m.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		m.t.Fatal(err)
	}
	return &d
}

func (m *miniature) static(d *tfprotov6.DynamicValue, of tftypes.Type) tftypes.Value {
	m.t.Helper()
	v, err := d.Unmarshal(of)
	if err != nil {
		m.t.Fatal(err)
	}
	return v
}

// absent is a resource that there is not.
func (m *miniature) absent(resource string) object {
	return object{resource: resource, state: tftypes.NewValue(m.schemas[resource].ValueType(), nil)}
}

// plan plans a configuration, and returns what was complained of.
func (m *miniature) plan(prior object, set map[string]any) (object, []string) {
	m.t.Helper()
	config := m.value(m.schemas[prior.resource], set)
	return m.planValue(prior, config, m.proposed(prior, config))
}

func (m *miniature) planValue(prior object, config, proposed tftypes.Value) (object, []string) {
	m.t.Helper()
	resp, err := m.server.PlanResourceChange(m.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: prior.resource, PriorState: m.dynamic(prior.state), PriorPrivate: prior.private,
		Config: m.dynamic(config), ProposedNewState: m.dynamic(proposed), PriorIdentity: prior.identity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if said := complaints(resp.Diagnostics); len(said) > 0 {
		return object{}, said
	}
	return object{prior.resource, m.static(resp.PlannedState, config.Type()), resp.PlannedPrivate, resp.PlannedIdentity}, nil
}

// warnings plans a configuration, or the deletion with nil, and returns all
// that was said.
func (m *miniature) warnings(prior object, set map[string]any) []string {
	m.t.Helper()
	config := m.absent(prior.resource).state
	proposed := config
	if set != nil {
		config = m.value(m.schemas[prior.resource], set)
		proposed = m.proposed(prior, config)
	}
	resp, err := m.server.PlanResourceChange(m.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: prior.resource, PriorState: m.dynamic(prior.state), PriorPrivate: prior.private,
		Config: m.dynamic(config), ProposedNewState: m.dynamic(proposed),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return sayings(resp.Diagnostics)
}

// proposed is what Terraform proposes: the configuration, and of the prior
// state what is computed and not configured.
func (m *miniature) proposed(prior object, config tftypes.Value) tftypes.Value {
	m.t.Helper()
	if prior.state.IsNull() {
		return config
	}
	before, after := m.attributes(prior.state), m.attributes(config)
	for _, a := range m.schemas[prior.resource].Block.Attributes {
		if a.Computed && after[a.Name].IsNull() {
			after[a.Name] = before[a.Name]
		}
	}
	return tftypes.NewValue(config.Type(), after)
}

func (m *miniature) attributes(v tftypes.Value) map[string]tftypes.Value {
	m.t.Helper()
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		m.t.Fatal(err)
	}
	return maps.Clone(attributes)
}

// apply applies what was planned and returns the new state, also after
// complaints. As Terraform does, it holds the provider to its plan.
func (m *miniature) apply(prior, planned object, set map[string]any) (object, []string) {
	m.t.Helper()
	config := tftypes.NewValue(planned.state.Type(), nil)
	if !planned.state.IsNull() {
		config = m.value(m.schemas[prior.resource], set)
	}
	resp, err := m.server.ApplyResourceChange(m.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: prior.resource, PriorState: m.dynamic(prior.state), PlannedState: m.dynamic(planned.state),
		Config: m.dynamic(config), PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	after := object{prior.resource, m.static(resp.NewState, planned.state.Type()), resp.Private, resp.NewIdentity}
	if said := complaints(resp.Diagnostics); len(said) > 0 {
		return after, said
	}
	if !planned.state.IsNull() {
		m.kept(planned, after)
	}
	return after, nil
}

// kept checks that all that was planned and known is so after the apply.
func (m *miniature) kept(planned, after object) {
	m.t.Helper()
	want, got := m.attributes(planned.state), m.attributes(after.state)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if want[name].IsFullyKnown() && !want[name].Equal(got[name]) {
			m.t.Errorf("%s: inconsistent result after apply: %s is %s, and was planned as %s", planned.resource, name, got[name], want[name])
		}
	}
}

// read refreshes a state. One that is null afterwards is gone.
func (m *miniature) read(o object) (object, []string) {
	m.t.Helper()
	if o.state.IsNull() {
		return o, nil
	}
	resp, err := m.server.ReadResource(m.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: o.resource, CurrentState: m.dynamic(o.state), Private: o.private, CurrentIdentity: o.identity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return object{o.resource, m.static(resp.NewState, o.state.Type()), resp.Private, resp.NewIdentity}, complaints(resp.Diagnostics)
}

// destroy deletes what a state names.
func (m *miniature) destroy(o object) []string {
	m.t.Helper()
	if o.state.IsNull() {
		return nil
	}
	none := m.absent(o.resource).state
	planned, said := m.planValue(o, none, none)
	if len(said) > 0 {
		return said
	}
	_, said = m.apply(o, planned, nil)
	return said
}

// mustApply reads, plans and applies a configuration, checks that nothing is
// left to do then, and returns the state.
func (m *miniature) mustApply(prior object, set map[string]any) object {
	m.t.Helper()
	prior, said := m.read(prior)
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	planned, said := m.plan(prior, set)
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	after := prior
	if !planned.state.Equal(prior.state) {
		if after, said = m.apply(prior, planned, set); len(said) > 0 {
			m.t.Fatal(said)
		}
	}
	after, said = m.read(after)
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	if differing := m.differing(after, set); len(differing) > 0 {
		m.t.Fatalf("%s: a second plan changes %v", prior.resource, differing)
	}
	return after
}

// differing returns the attributes that a plan changes, sorted.
func (m *miniature) differing(prior object, set map[string]any) []string {
	m.t.Helper()
	planned, said := m.plan(prior, set)
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	before, after := m.attributes(prior.state), m.attributes(planned.state)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !before[name].Equal(after[name]) {
			out = append(out, name)
		}
	}
	return out
}

// reference converts a resource to what a relationship takes of it.
func (m *miniature) reference(o object, nested tftypes.Object) tftypes.Value {
	m.t.Helper()
	all, picked := m.attributes(o.state), map[string]tftypes.Value{}
	for name, of := range nested.AttributeTypes {
		picked[name] = tftypes.NewValue(of, nil)
		if v, ok := all[name]; ok {
			picked[name] = v
		}
	}
	return tftypes.NewValue(nested, picked)
}

// nested returns the type of what is nested in an attribute, in a map of them
// or by itself.
func (m *miniature) nested(resource, attribute string) tftypes.Object {
	m.t.Helper()
	of, _ := m.schemas[resource].ValueType().(tftypes.Object)
	switch t := of.AttributeTypes[attribute].(type) {
	case tftypes.Map:
		element, _ := t.ElementType.(tftypes.Object)
		return element
	case tftypes.Object:
		return t
	}
	m.t.Fatalf("%s: nothing is nested in %s", resource, attribute)
	return tftypes.Object{}
}
