package view

import (
	"cmp"
	"encoding/json"
	"io"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// FormatVersion is that of everything written as JSON. What is added to the
// format leaves its first number alone; what is removed or changed raises it.
const FormatVersion = "1.0"

// Resource is a configured resource with its planned values.
type Resource struct {
	Address string `json:"address"` // as in configuration: bayplan_app.web[0]
	Type    string `json:"type"`
	// Values are the attributes; what is sensitive or not known yet is null.
	Values    any      `json:"values"`
	Sensitive []string `json:"sensitive,omitempty"` // paths of what is hidden in the values
	Unknown   []string `json:"unknown,omitempty"`   // paths of what only an apply decides
}

// Output is an output as JSON has it.
type Output struct {
	Value     any  `json:"value"` // null where it is not to be shown, or not known
	Sensitive bool `json:"sensitive"`
	// Unknown says that all or a part of the value is for an apply to decide.
	Unknown bool `json:"unknown,omitempty"`
}

type planJSON struct {
	FormatVersion string            `json:"format_version"`
	Project       string            `json:"project"`
	Environment   string            `json:"environment"`
	Engine        string            `json:"engine"`
	Empty         bool              `json:"empty"`
	Drift         bool              `json:"drift,omitempty"` // what is not as it was made, only
	Count         Count             `json:"count"`
	Changes       []changeJSON      `json:"changes"`
	Steps         []stepJSON        `json:"steps"`
	Kept          []keptJSON        `json:"kept"`
	Resources     []Resource        `json:"resources"`
	Outputs       map[string]Output `json:"outputs"`
}

type changeJSON struct {
	Address  topology.Address   `json:"address"`
	Action   string             `json:"action"`
	Place    *Place             `json:"place"` // null where nothing is configured
	Fields   []fieldJSON        `json:"fields"`
	Impact   impactJSON         `json:"impact"`
	NeededBy []topology.Address `json:"needed_by"`
	Hazards  []plan.Hazard      `json:"hazards"`
}

type fieldJSON struct {
	Field     string `json:"field"`
	Key       string `json:"key,omitempty"`
	Old       any    `json:"old"`
	New       any    `json:"new"`
	Sensitive bool   `json:"sensitive,omitempty"`
	// OldSensitive says that the old value may be sensitive, and is not shown.
	OldSensitive bool   `json:"old_sensitive,omitempty"`
	Effect       string `json:"effect"`
	Cause        Cause  `json:"cause"`
}

type impactJSON struct {
	Text         string             `json:"text"`
	Create       int                `json:"create"`
	Replace      int                `json:"replace"`
	Remove       int                `json:"remove"`
	Start        int                `json:"start"`
	Because      []string           `json:"because,omitempty"`
	Down         string             `json:"down,omitempty"`
	Seconds      int                `json:"seconds,omitempty"`  // expected downtime
	Measured     bool               `json:"measured,omitempty"` // it is that of the last time, not as configured
	Pauses       []topology.Address `json:"pauses,omitempty"`
	Hooks        []topology.Hook    `json:"hooks,omitempty"`
	Hits         []topology.Address `json:"hits,omitempty"`
	Builds       string             `json:"builds_image,omitempty"`   // by the name that it gets
	Unlocked     string             `json:"unlocked_image,omitempty"` // with its digest; of a build, what it is built on
	ConvertsData string             `json:"converts_data,omitempty"`  // the volume, and of what and to what
	DeletesData  []string           `json:"deletes_data,omitempty"`
	KeepsData    []string           `json:"keeps_data,omitempty"`
	LeavesData   []string           `json:"leaves_data,omitempty"` // volumes that go, but not what they lead to
}

type stepJSON struct {
	Address topology.Address `json:"address"`
	Text    string           `json:"text"`
	Needs   []int            `json:"needs"` // indexes into steps
}

type keptJSON struct {
	Address topology.Address `json:"address"`
	Volume  string           `json:"volume"`
}

// WritePlanJSON writes a plan for a program, with the planned values of what is
// configured and the outputs.
func WritePlanJSON(w io.Writer, p Plan, resources []Resource, outputs map[string]Output) error {
	out := planJSON{
		FormatVersion: FormatVersion, Project: p.Scope.Project, Environment: p.Scope.Environment, Engine: p.Engine,
		Empty: p.Empty(), Drift: p.Drift, Count: p.Count(), Changes: []changeJSON{}, Steps: []stepJSON{}, Kept: []keptJSON{},
		Resources: orNone(resources), Outputs: outputs,
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, p.change(c))
	}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, stepJSON{s.Address, s.Op.String(), orNone(s.Needs)})
	}
	for _, v := range p.Kept {
		out.Kept = append(out.Kept, keptJSON{v.Address, v.Name})
	}
	return writeMembers(w, out)
}

// orNone returns a list that is written as one where it is nil, too.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (p Plan) change(c plan.Change) changeJSON {
	more := p.Background[c.Address]
	out := changeJSON{
		NeededBy: orNone(more.NeededBy),
		Address:  c.Address, Action: ActionName(c.Action), Fields: []fieldJSON{}, Hazards: orNone(c.Hazards(p.Destroy)),
		Impact: impactJSON{
			Text: cmp.Or(more.Impact, c.Impact.String()), Create: c.Impact.Create, Replace: c.Impact.Replace, Remove: c.Impact.Remove,
			Start: c.Impact.Start, Because: c.Impact.Because, Down: c.Impact.Down, Hits: c.Impact.Hits,
			Seconds: c.Impact.Seconds, Measured: c.Impact.Measured, Pauses: c.Impact.Pauses, Hooks: c.Impact.Hooks,
			Builds: c.Impact.Builds, Unlocked: c.Impact.Unlocked, ConvertsData: c.Impact.Converts, DeletesData: c.Impact.DeletesData, KeepsData: c.Impact.KeepsData,
			LeavesData: c.Impact.LeavesData,
		},
	}
	if more.Place != (Place{}) {
		out.Place = &more.Place
	}
	for _, d := range c.Fields {
		out.Fields = append(out.Fields, difference(d, p.field(c.Address, d)))
	}
	return out
}

func difference(d plan.FieldDiff, more Field) fieldJSON {
	out := fieldJSON{Field: d.Field, Key: d.Key, Effect: effectName(d.Effect), Cause: more.Cause}
	switch more.Hidden {
	case HiddenBoth:
		out.Sensitive = true
	case HiddenOld:
		out.New, out.OldSensitive = plain(d.New), d.Old != nil
	default:
		out.Old, out.New = plain(d.Old), plain(d.New)
	}
	return out
}

// ActionName returns the name that formats have for an action.
func ActionName(a plan.Action) string {
	switch a {
	case plan.ActionCreate:
		return "create"
	case plan.ActionUpdate:
		return "update"
	case plan.ActionReplace:
		return "replace"
	case plan.ActionDelete:
		return "delete"
	}
	return "none"
}

func effectName(e plan.Effect) string {
	switch e {
	case plan.EffectLive:
		return "live"
	case plan.EffectReplace:
		return "replace"
	case plan.EffectRenew:
		return "renew"
	}
	return "none"
}

func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
