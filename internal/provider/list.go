package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	query "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var _ query.ListResourceWithConfigure = (*listing)(nil)

// listing lists what is live of a kind, whoever made it.
type listing struct {
	*base
	read refresher
}

func newAppList() query.ListResource {
	r := &appResource{workloadResource{base{kind: topology.KindApp}}}
	return &listing{&r.base, r.current}
}

func newServiceList() query.ListResource {
	r := &serviceResource{workloadResource{base{kind: topology.KindService}}}
	return &listing{&r.base, r.current}
}

func newRelationshipList() query.ListResource {
	r := &relationshipResource{base{kind: topology.KindRelationship}}
	return &listing{&r.base, r.current}
}

func newVolumeList() query.ListResource {
	r := &volumeResource{base{kind: topology.KindVolume}}
	return &listing{&r.base, r.current}
}

// ListResourceConfigSchema describes the config block of a list block.
func (l *listing) ListResourceConfigSchema(_ context.Context, _ query.ListResourceSchemaRequest, resp *query.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists every " + string(l.kind) + " that is live in the provider's project and environment, also what the command or another state made.",
	}
	if l.kind == topology.KindApp || l.kind == topology.KindVolume {
		resp.Schema.Attributes = map[string]schema.Attribute{"foreign": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to list what Bayplan did not make, and could be adopted, instead. Defaults to `false`.",
		}}
	}
}

// List finds what is live, in order of name.
func (l *listing) List(ctx context.Context, req query.ListRequest, stream *query.ListResultsStream) {
	found, err := l.find(ctx, req)
	if err != nil {
		var diags diag.Diagnostics
		diags.AddError(fmt.Sprintf("Cannot list what is live of bayplan_%s", l.kind), withHint(err.Error(), apply.Hint(err)))
		stream.Results = query.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = l.results(ctx, req, found)
}

// find returns what is to be listed.
func (l *listing) find(ctx context.Context, req query.ListRequest) ([]identity, error) {
	var config struct {
		Foreign bool `attr:"foreign"`
	}
	if _, err := decode(req.Config.Raw, &config); err != nil {
		return nil, err
	}
	if config.Foreign {
		return l.findForeign(ctx)
	}
	live, err := l.runtime.Observe(ctx, l.scope)
	var found []identity
	for _, name := range l.named(live) {
		found = append(found, identity{Name: name})
	}
	return found, err
}

// findForeign returns what could be adopted, under names that are like theirs.
func (l *listing) findForeign(ctx context.Context) ([]identity, error) {
	adopter, ok := l.runtime.(apply.Adopter)
	if !ok {
		return nil, errors.New("this engine cannot adopt anything")
	}
	names, volumes, err := adopter.Adoptable(ctx)
	if l.kind == topology.KindVolume {
		names = volumes
	}
	var found []identity
	for _, name := range names {
		found = append(found, identity{Name: nameLike(name), EngineName: name})
	}
	return found, err
}

// named returns the names of what is live of the kind, sorted.
func (l *listing) named(live topology.Live) []string {
	names := map[string]bool{}
	note := func(a topology.Address) {
		if a.Kind == l.kind {
			names[a.Name] = true
		}
	}
	for k := range live.Instances {
		note(live.Instances[k].Address)
	}
	for _, n := range live.Networks {
		note(n.Owner)
	}
	for _, v := range live.Volumes {
		note(v.Address)
	}
	return slices.Sorted(maps.Keys(names))
}

// results reads each as if it was imported. One that is gone since is left out.
func (l *listing) results(ctx context.Context, req query.ListRequest, found []identity) iter.Seq[query.ListResult] {
	return func(push func(query.ListResult) bool) {
		sent := int64(0)
		for _, of := range found {
			if req.Limit > 0 && sent == req.Limit {
				return
			}
			result, there := l.result(ctx, req, of)
			if !there {
				continue
			}
			sent++
			if !push(result) {
				return
			}
		}
	}
}

func (l *listing) result(ctx context.Context, req query.ListRequest, of identity) (result query.ListResult, there bool) {
	result = req.NewListResult(ctx)
	result.DisplayName = cmp.Or(of.EngineName, l.at(of.Name).String())
	result.Identity.Raw = l.identify(of)
	if !req.IncludeResource {
		return result, true
	}
	now, err := l.look(ctx, imported(result.Resource.Raw.Type(), of.Name), of, &result.Diagnostics)
	report(&result.Diagnostics, "read", l.at(of.Name), err)
	if err != nil {
		return result, true
	}
	result.Resource.Raw = now
	return result, !now.IsNull()
}

// look reads what would be imported, and leaves no adoption behind.
func (l *listing) look(ctx context.Context, state tftypes.Value, of identity, diags *diag.Diagnostics) (tftypes.Value, error) {
	private := passing{}
	if of.EngineName != "" {
		kept, err := l.imports(ctx, of, diags)
		if err == nil {
			err = remember(ctx, private, kept)
		}
		if err != nil {
			return state, err
		}
		if adopter, ok := l.runtime.(apply.Adopter); ok {
			defer adopter.Release(l.scope, kept.Adopted)
		}
	}
	_, now, err := l.read(ctx, state, private, private)
	return now, err
}

// imported returns a state that was just imported: it has a name, and nothing else.
func imported(t tftypes.Type, name string) tftypes.Value {
	attributes := map[string]tftypes.Value{}
	if object, ok := t.(tftypes.Object); ok {
		for attribute, of := range object.AttributeTypes {
			attributes[attribute] = tftypes.NewValue(of, nil)
		}
	}
	attributes["name"] = tftypes.NewValue(tftypes.String, name)
	return tftypes.NewValue(t, attributes)
}

// passing is the private state of what is only looked at.
type passing map[string][]byte

func (p passing) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return p[key], nil }

func (p passing) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}
