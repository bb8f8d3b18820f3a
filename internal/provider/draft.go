package provider

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// draft is a planned object while what nobody configured is being filled in.
// All of that starts out unknown, whatever the state holds, so that a plan
// follows from the configuration alone.
type draft struct {
	config     map[string]tftypes.Value // what nobody configured may be there as null, or not
	attributes map[string]tftypes.Value // so may what is null
	filledIn   map[string]bool          // attributes of the schema that a plan fills in where nobody configured them
}

func newDraft(planned tfsdk.Plan, config tfsdk.Config) (*draft, error) {
	s, ok := planned.Schema.(schema.Schema)
	if !ok {
		return nil, fmt.Errorf("the schema is a %T", planned.Schema)
	}
	d := &draft{filledIn: map[string]bool{}}
	var err error
	if d.attributes, err = attributesOf(planned.Raw); err != nil {
		return nil, err
	}
	if d.config, err = attributesOf(config.Raw); err != nil {
		return nil, err
	}
	for name, attribute := range s.Attributes {
		d.filledIn[name] = isFilledIn(attribute)
		if d.computed(name) {
			d.attributes[name] = tftypes.NewValue(d.attributes[name].Type(), tftypes.UnknownValue)
		}
	}
	return d, nil
}

// computed reports whether an attribute is to be filled in.
func (d *draft) computed(name string) bool { return d.filledIn[name] && d.config[name].IsNull() }

// isFilledIn reports whether a plan fills in an attribute that nobody configured.
func isFilledIn(attribute schema.Attribute) bool {
	fallback := reflect.ValueOf(attribute).FieldByName("Default")
	return attribute.IsComputed() && (!fallback.IsValid() || fallback.IsNil())
}

// decode reads the draft; what is only not filled in yet is not unknown.
func (d *draft) decode(into any) (unknowns, error) {
	unknown, err := decodeAttributes(d.attributes, into)
	for p := range unknown {
		if d.computed(p.field) {
			delete(unknown, p)
		}
	}
	return unknown, err
}

// fill sets what is to be filled in from the fields of a struct.
func (d *draft) fill(from any) error {
	return encodeInto(d.attributes, from, d.computed)
}

// set sets attributes to be filled in; the schema may lack some. A value is a
// tftypes.Value or what tftypes.NewValue takes.
func (d *draft) set(values map[string]any) { setAttributes(d.attributes, values) }

// forget makes attributes that were filled in unknown again.
func (d *draft) forget(names ...string) {
	values := map[string]any{}
	for _, name := range names {
		if d.computed(name) {
			values[name] = tftypes.UnknownValue
		}
	}
	d.set(values)
}

// noConsequence is the impact of a change that costs nobody anything.
const noConsequence = "nothing restarts"

// settle sets the impact of a change. A draft without one that differs from
// the state in nothing else becomes the state itself, so that there is nothing
// to apply; one whose impact is all that is to be seen of it differs in that.
func (d *draft) settle(state tftypes.Value, impact string) error {
	if !state.IsNull() {
		before, err := attributesOf(state)
		if err != nil {
			return err
		}
		d.attributes["impact"] = before["impact"]
		same := tftypes.NewValue(state.Type(), maps.Clone(d.attributes)).Equal(state)
		if same && impact == "" {
			return nil
		}
		if same && before["impact"].Equal(tftypes.NewValue(tftypes.String, impact)) {
			impact += ", again"
		}
	}
	d.set(map[string]any{"impact": cmp.Or(impact, noConsequence)})
	return nil
}

// withAttributes returns object with those of its attributes set.
func withAttributes(object tftypes.Value, values map[string]any) (tftypes.Value, error) {
	attributes, err := attributesOf(object)
	if err != nil {
		return tftypes.Value{}, err
	}
	setAttributes(attributes, values)
	return tftypes.NewValue(object.Type(), attributes), nil
}

func setAttributes(attributes map[string]tftypes.Value, values map[string]any) {
	for name, v := range values {
		old, ok := attributes[name]
		if !ok {
			continue
		}
		attributes[name], ok = v.(tftypes.Value)
		if !ok {
			attributes[name] = tftypes.NewValue(old.Type(), v)
		}
	}
}
