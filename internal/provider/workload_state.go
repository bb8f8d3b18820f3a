package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// present writes a workload, what others know of it, and other attributes into
// a state.
func (s *session) present(state tftypes.Value, a topology.Address, w topology.Workload, others map[string]any) (tftypes.Value, error) {
	w, _ = catalog.Complete(s.scope, a, w)
	out, err := encode(state, w)
	if err != nil {
		return tftypes.Value{}, err
	}
	if out, err = encode(out, catalog.Reference(s.scope, a, w)); err != nil {
		return tftypes.Value{}, err
	}
	others["id"] = s.scope.ID(a)
	return withAttributes(out, others)
}

// instancesOf returns the instances of an address as the state has them: name
// to container id.
func instancesOf(live topology.Live, a topology.Address) map[string]tftypes.Value {
	out := map[string]tftypes.Value{}
	for _, i := range live.Of(a) {
		out[i.Name] = tftypes.NewValue(tftypes.String, i.ID)
	}
	return out
}

// namedIn returns the instances that a state names: id by name. It is never nil.
func namedIn(state tftypes.Value) (map[string]string, error) {
	var named struct {
		Instances map[string]string `attr:"instances"`
	}
	_, err := decode(state, &named)
	if named.Instances == nil {
		named.Instances = map[string]string{}
	}
	return named.Instances, err
}

// superseded reports whether another resource has taken over the address since
// this one was created, as create_before_destroy does: what is live is then not
// this one's, but for what its state names. To take over is to mark the address
// and to rename its instances, which no update does.
func superseded(live topology.Live, a topology.Address, generation int, state tftypes.Value) (bool, error) {
	named, err := namedIn(state)
	if err != nil || live.Generation(a) > generation {
		return true, err
	}
	ids := map[string]string{}
	for name, id := range named {
		ids[id] = name
	}
	return slices.ContainsFunc(live.Of(a), func(i topology.Instance) bool {
		name, known := ids[i.ID]
		return known && name != i.Name
	}), nil
}

// owned leaves of an address's instances those that are the state's.
func owned(live topology.Live, a topology.Address, generation int, state tftypes.Value) (topology.Live, error) {
	foreign, err := superseded(live, a, generation, state)
	if err != nil || !foreign {
		return live, err
	}
	named, err := namedIn(state)
	live.Instances = slices.DeleteFunc(slices.Clone(live.Instances), func(i topology.Instance) bool {
		return i.Address == a && named[i.Name] != i.ID
	})
	return live, err
}
