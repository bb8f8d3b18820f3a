package provider

import (
	"context"
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
}

// List finds what is live, in order of name.
func (l *listing) List(ctx context.Context, req query.ListRequest, stream *query.ListResultsStream) {
	live, err := l.runtime.Observe(ctx, l.scope)
	if err != nil {
		var diags diag.Diagnostics
		diags.AddError(fmt.Sprintf("Cannot list what is live of bayplan_%s", l.kind), withHint(err.Error(), apply.Hint(err)))
		stream.Results = query.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = l.results(ctx, req, l.named(live))
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

// results reads each name as if it was imported. One that is gone since is left out.
func (l *listing) results(ctx context.Context, req query.ListRequest, names []string) iter.Seq[query.ListResult] {
	return func(push func(query.ListResult) bool) {
		sent := int64(0)
		for _, name := range names {
			if req.Limit > 0 && sent == req.Limit {
				return
			}
			result, there := l.result(ctx, req, name)
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

func (l *listing) result(ctx context.Context, req query.ListRequest, name string) (result query.ListResult, there bool) {
	result = req.NewListResult(ctx)
	result.DisplayName = l.at(name).String()
	result.Identity.Raw = l.identify(name)
	if !req.IncludeResource {
		return result, true
	}
	_, now, err := l.read(ctx, imported(result.Resource.Raw.Type(), name), forgotten{}, forgotten{})
	report(&result.Diagnostics, "read", l.at(name), err)
	if err != nil {
		return result, true
	}
	result.Resource.Raw = now
	return result, !now.IsNull()
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

// forgotten is the private state of what is only looked at.
type forgotten struct{}

func (forgotten) GetKey(context.Context, string) ([]byte, diag.Diagnostics) { return nil, nil }

func (forgotten) SetKey(context.Context, string, []byte) diag.Diagnostics { return nil }
