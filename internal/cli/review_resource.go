package cli

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// noun returns the address that a resource is, false where it is none of ours or
// has a name that only an apply decides.
func (c terraformChange) noun() (topology.Address, bool) {
	kind, ours := strings.CutPrefix(c.Type, "bayplan_")
	a, err := topology.ParseAddress(kind + "." + c.text("name"))
	return a, err == nil && ours && c.Mode == "managed"
}

// before returns the attributes as they were, nil where there was nothing.
func (c terraformChange) before() map[string]any { return object(c.Change.Before) }

// after returns the attributes as they are to be, nil where nothing is to be.
func (c terraformChange) after() map[string]any { return object(c.Change.After) }

func object(value any) map[string]any {
	attributes, _ := value.(map[string]any)
	return attributes
}

// text returns an attribute that is a text, as it is to be or, of what goes, as it was.
func (c terraformChange) text(name string) string {
	said, ok := c.after()[name].(string)
	if !ok {
		said, _ = c.before()[name].(string)
	}
	return said
}

// environment returns the environment that a resource is of, "" where its id does not tell.
func (c terraformChange) environment() string {
	if _, ours := c.noun(); !ours {
		return ""
	}
	environment, _, _ := strings.Cut(c.text("id"), "/")
	return environment
}

// action returns what happens to a resource, ActionNone where nothing does.
func (c terraformChange) action() plan.Action {
	switch strings.Join(c.Change.Actions, " ") {
	case "create":
		return plan.ActionCreate
	case "update":
		return plan.ActionUpdate
	case "delete":
		return plan.ActionDelete
	case "delete create", "create delete":
		return plan.ActionReplace
	}
	return plan.ActionNone
}

// add adds what happens to a resource to a review. Needs are who needs each address.
func (c terraformChange) add(r *view.Review, drifted map[topology.Address][]string, needs map[topology.Address][]topology.Address) {
	if c.PreviousAddress != "" && c.PreviousAddress != c.Address {
		r.Moved = append(r.Moved, view.Move{From: c.PreviousAddress, To: c.Address})
	}
	a, ours := c.noun()
	switch {
	case c.action() == plan.ActionNone:
		return
	case !ours:
		r.Others[c.Type]++
		return
	}
	change := plan.Change{Address: a, Action: c.action(), Fields: c.fields(a), Impact: c.impact()}
	beside := view.Background{Resource: c.Address, Impact: c.text("impact"), Fields: map[string]view.Field{}}
	if change.Action == plan.ActionDelete {
		beside.Impact = "" // which is that of the last change
	}
	if change.Action == plan.ActionDelete || change.Action == plan.ActionReplace || change.Impact.Replace > 0 {
		beside.NeededBy = needs[a]
	}
	inert := change.Action == plan.ActionUpdate && len(change.Fields) > 0
	for _, d := range change.Fields {
		field := view.Field{Default: d.New == false}
		if c.hides(d) {
			field.Hidden = view.HiddenBoth
		}
		beside.Fields[view.FieldName(d)] = field
		inert = inert && d.Effect == plan.EffectNone
	}
	r.Background[a] = beside
	if inert {
		r.Recorded = append(r.Recorded, change)
		return
	}
	r.Changes = append(r.Changes, change)
	undoes, isDrift := drifted[a]
	r.Unasked[a] = isDrift && !slices.ContainsFunc(names(change.Fields), func(name string) bool { return !slices.Contains(undoes, name) })
}

// impact returns what a change costs, as far as its text or what goes tells.
func (c terraformChange) impact() plan.Impact {
	i := plan.ReadImpact(c.text("impact"))
	goes := c.action() == plan.ActionDelete || c.action() == plan.ActionReplace
	if c.action() == plan.ActionDelete {
		i = plan.Impact{}
		i.Remove = len(object(c.before()["instances"]))
	}
	switch volume, _ := c.before()["data_volume"].(string); {
	case goes && c.Type == "bayplan_volume" && c.before()["on_destroy"] == topology.OnDestroyDelete && c.leadsElsewhere():
		i.LeavesData = []string{c.text("id")}
	case goes && c.Type == "bayplan_volume" && c.before()["on_destroy"] == topology.OnDestroyDelete:
		i.DeletesData = []string{c.text("id")}
	case goes && c.Type == "bayplan_volume":
		i.KeepsData = []string{c.text("id")}
	case goes && volume != "":
		i.KeepsData = []string{volume}
	}
	return i
}

// leadsElsewhere reports whether what is in a volume that goes outlives it.
func (c terraformChange) leadsElsewhere() bool {
	v := topology.Volume{DriverOpts: map[string]string{}}
	v.Driver, _ = c.before()["driver"].(string)
	for name, value := range object(c.before()["driver_opts"]) {
		v.DriverOpts[name], _ = value.(string)
	}
	return v.Elsewhere()
}

// tables are the fields of each kind that a person can configure.
var tables = map[topology.Kind][]plan.Field{
	topology.KindRelationship: plan.RelationshipFields, topology.KindVolume: plan.VolumeFields,
	topology.KindApp: plan.WorkloadFields, topology.KindService: plan.WorkloadFields,
}

// fields returns what differs; of what goes nothing.
func (c terraformChange) fields(a topology.Address) []plan.FieldDiff {
	var out []plan.FieldDiff
	if c.action() == plan.ActionDelete {
		return nil
	}
	unknown := object(c.Change.AfterUnknown)
	for _, f := range tables[a.Kind] {
		before, after := plainJSON(c.before()[f.Name]), plainJSON(c.after()[f.Name])
		if unknown[f.Name] == true {
			after = view.NotYetKnown
		}
		x, was := before.(map[string]any)
		y, is := after.(map[string]any)
		switch {
		case (was || before == nil) && (is || after == nil) && slices.Contains(mapFields, f.Name):
			out = append(out, keysThatDiffer(f, x, y)...)
		case !reflect.DeepEqual(before, after):
			out = append(out, plan.FieldDiff{Field: f.Name, Old: reference(f.Name, before), New: reference(f.Name, after), Effect: f.Effect})
		}
	}
	return out
}

// mapFields are the fields that differ key by key.
var mapFields = []string{"env", "labels", "mounts", "relationships"}

func keysThatDiffer(f plan.Field, before, after map[string]any) []plan.FieldDiff {
	keys := maps.Clone(before)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, after)
	var out []plan.FieldDiff
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if x, y := before[key], after[key]; !reflect.DeepEqual(x, y) {
			out = append(out, plan.FieldDiff{Field: f.Name, Key: key, Old: reference(f.Name, x), New: reference(f.Name, y), Effect: f.Effect})
		}
	}
	return out
}

// hides reports whether Terraform says of a value that it is sensitive, before or after.
func (c terraformChange) hides(d plan.FieldDiff) bool {
	return masks(c.Change.BeforeSensitive, d.Field, d.Key) || masks(c.Change.AfterSensitive, d.Field, d.Key)
}

// masks reports whether a mask hides a value or anything in it: at each level it
// is true, or has a mask for each part.
func masks(mask any, path ...string) bool {
	switch m := mask.(type) {
	case bool:
		return m
	case []any:
		return slices.ContainsFunc(m, func(part any) bool { return masks(part) })
	case map[string]any:
		if len(path) > 0 && path[0] != "" {
			return masks(m[path[0]], path[1:]...)
		}
		for _, part := range m {
			if masks(part) {
				return true
			}
		}
	}
	return false
}

// plainJSON returns a value without what is not set in it, whole numbers as such.
func plainJSON(value any) any {
	switch v := value.(type) {
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, plainJSON(item))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			if item = plainJSON(item); item != nil {
				out[key] = item
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return value
}

// reference returns what a value of a relationship leads to, another value as it is.
func reference(field string, value any) any {
	if _, whole := value.(map[string]any); !whole || field != "relationships" && field != "target" {
		return value
	}
	var r topology.Reference
	text, err := json.Marshal(value)
	if err != nil || json.Unmarshal(text, &r) != nil {
		return value
	}
	return r
}

// draw adds to topologies what a resource has to do with.
func (c terraformChange) draw(before, after topology.Topology) {
	if a, ours := c.noun(); ours {
		place(before, a, c.before())
		place(after, a, c.after())
	}
}

func place(t topology.Topology, a topology.Address, values map[string]any) {
	said := func(name string) string {
		text, _ := values[name].(string)
		return text
	}
	switch {
	case values == nil:
	case a.Kind == topology.KindVolume:
		t.Volumes[a] = topology.Volume{Name: a.Name}
	case a.Kind == topology.KindRelationship:
		target, _ := reference("target", plainJSON(values["target"])).(topology.Reference)
		t.Relationships[a] = topology.Relationship{Name: a.Name, Target: target, Constraint: said("constraint")}
	default:
		w := topology.Workload{
			Name: a.Name, Image: said("image"), Type: said("type"),
			Relationships: map[string]topology.Reference{}, Mounts: map[string]topology.Mount{},
		}
		for key, value := range object(plainJSON(values["relationships"])) {
			w.Relationships[key], _ = reference("relationships", value).(topology.Reference)
		}
		for at, value := range object(values["mounts"]) {
			volume, _ := object(value)["volume"].(string)
			w.Mounts[at] = topology.Mount{Volume: volume}
		}
		t.Workloads[a] = w
	}
}

// needing returns who needs each address, and does not go with it. Sorted.
func needing(r view.Review) map[topology.Address][]topology.Address {
	p := project{desired: r.After}
	p.Scope = r.Scope
	out := p.neededBy(slices.SortedFunc(maps.Keys(r.After.Workloads), byAddress))
	for a, by := range out {
		out[a] = slices.Compact(by)
	}
	return out
}
