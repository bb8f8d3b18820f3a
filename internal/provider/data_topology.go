package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

var _ datasource.DataSourceWithConfigure = (*topologyData)(nil)

func newTopologyData() datasource.DataSource { return &topologyData{} }

// topologyData is the data source bayplan_topology.
type topologyData struct{ data }

// topologyValues are its attributes.
type topologyValues struct {
	Project     string                `attr:"project"`
	Environment string                `attr:"environment"`
	Healthy     bool                  `attr:"healthy"`
	Resources   map[string]liveValues `attr:"resources"`
	Graph       string                `attr:"graph"`
}

// liveValues are what is live of one address.
type liveValues struct {
	State     string   `attr:"state"`
	Healthy   bool     `attr:"healthy"`
	Instances []string `attr:"instances"`
	Image     string   `attr:"image"`
	Digest    string   `attr:"image_digest"`
	Version   string   `attr:"version"`
	Ports     []string `attr:"ports"`
	Needs     []string `attr:"needs"`
}

func (d *topologyData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_topology"
}

func (d *topologyData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What is live of an environment of the project, whoever declares it: how each app, service, relationship and " +
			"volume is, and what needs what. It is read when a plan is made; with `depends_on`, when what it names has been applied.",
		Attributes: map[string]schema.Attribute{
			"environment": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Environment to read. Defaults to that of the provider.",
			},
			"project": readString("Project that it is of: the provider's."),
			"healthy": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether every app and service that is live is as it should be. What is not there is not missed.",
			},
			"resources": schema.MapNestedAttribute{
				Computed:            true,
				MarkdownDescription: "What is live, by address, such as `app.web`.",
				NestedObject:        schema.NestedAttributeObject{Attributes: liveAttributes()},
			},
			"graph": readString("What needs what, as a [Mermaid](https://mermaid.js.org) flowchart."),
		},
	}
}

func liveAttributes() map[string]schema.Attribute {
	texts := func(description string) schema.ListAttribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"state": readString("How it is: of apps and services the state of the instance that is furthest from what it should be, such as " +
			"`healthy`, `running` (without a health check), `starting`, `exited`; of relationships and volumes `present`."),
		"healthy":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is as it should be."},
		"instances":    texts("Names of its instances, on the engine."),
		"image":        readString("Image, as it was declared."),
		"image_digest": readString("What exactly runs."),
		"version":      readString("Version, as constraints on it see it."),
		"ports":        texts("Published ports."),
		"needs":        texts("Addresses of what it needs."),
	}
}

// Read reads what is live.
func (d *topologyData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var v topologyValues
	_, err := decode(req.Config.Raw, &v)
	if err == nil {
		err = d.observe(ctx, &v)
	}
	if err == nil {
		resp.State.Raw, err = encode(req.Config.Raw, v)
	}
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the topology", withHint(err.Error(), apply.Hint(err)))
	}
}

func (d *topologyData) observe(ctx context.Context, v *topologyValues) error {
	scope := topology.Scope{Project: d.scope.Project, Environment: firstOf(v.Environment, d.scope.Environment)}
	if err := topology.ValidName(scope.Environment); err != nil {
		return err
	}
	live, err := d.runtime.Observe(ctx, scope)
	if err != nil {
		return err
	}
	live = live.With(apply.Checked(ctx, d.runtime, scope, live.Instances))
	all := plan.PresentAll(live, topology.Topology{})
	v.Project, v.Environment, v.Healthy = scope.Project, scope.Environment, true
	v.Resources = map[string]liveValues{}
	for a, w := range all.Workloads {
		one := liveWorkload(live, a, w)
		v.Healthy = v.Healthy && one.Healthy
		v.Resources[a.String()] = one
	}
	for a, r := range all.Relationships {
		v.Resources[a.String()] = liveValues{State: "present", Healthy: true, Needs: named(r.Target.Address)}
	}
	for a := range all.Volumes {
		v.Resources[a.String()] = liveValues{State: "present", Healthy: true}
	}
	var graph strings.Builder
	view.WriteMermaid(&graph, all)
	v.Graph = graph.String()
	return nil
}

func liveWorkload(live topology.Live, a topology.Address, w topology.Workload) liveValues {
	_, status, _ := plan.Present(live, a, nil)
	out := liveValues{
		State: plan.State(live.Of(a), status),
		Image: w.Image, Digest: w.ImageDigest, Version: w.Version, Ports: w.Ports,
	}
	out.Healthy = status == plan.Status(w) && (out.State == string(status) || out.State == string(topology.HealthHealthy))
	for _, i := range live.Of(a) {
		out.Instances = append(out.Instances, i.Name)
	}
	needed := map[topology.Address]bool{}
	for _, r := range w.Relationships {
		needed[r.Address] = !r.External()
	}
	for _, m := range w.Mounts {
		if v, err := live.Scope.VolumeOf(m.Volume); err == nil {
			needed[v] = true
		}
	}
	maps.DeleteFunc(needed, func(_ topology.Address, is bool) bool { return !is })
	out.Needs = named(slices.Collect(maps.Keys(needed))...)
	return out
}

// named writes addresses as text, sorted.
func named(all ...topology.Address) []string {
	slices.SortFunc(all, compareAddresses)
	var out []string
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}
