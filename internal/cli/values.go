package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// writeJSON writes a plan with the planned values of the configuration.
func (p *project) writeJSON(w io.Writer, proposed *proposal) error {
	var resources []view.Resource
	for _, r := range p.config.Resources {
		shown, err := resource(r)
		if err != nil {
			return err
		}
		resources = append(resources, shown)
	}
	return view.WritePlanJSON(w, proposed.Plan, resources, outputs(p.config, false))
}

// resource returns a resource as JSON shows it.
func resource(r *config.Resource) (view.Resource, error) {
	planned, err := r.Value()
	if err != nil {
		return view.Resource{}, fmt.Errorf("%s: %w", r.Address, err)
	}
	out := view.Resource{Address: r.Address, Type: r.Type}
	for _, path := range r.Sensitive {
		out.Sensitive = append(out.Sensitive, pathText(path))
	}
	e := explainer{sensitive: r.Sensitive}
	out.Values = e.value(planned, nil)
	if values, ok := out.Values.(map[string]any); ok {
		delete(values, "impact") // it was planned without a look at what is live; the change has it
	}
	out.Unknown = e.unknown
	return out, nil
}

// outputs returns the outputs as JSON shows them.
func outputs(c *config.Config, revealed bool) map[string]view.Output {
	out := map[string]view.Output{}
	for _, o := range c.Outputs {
		shown := view.Output{Sensitive: o.Sensitive, Unknown: !o.Value.IsWhollyKnown()}
		if revealed || !o.Sensitive {
			e := explainer{}
			shown.Value = e.value(o.Value, nil)
		}
		out[o.Name] = shown
	}
	return out
}

// explainer turns values into those of JSON: what is sensitive or not known is nil.
type explainer struct {
	sensitive []cty.Path
	unknown   []string
}

func (e *explainer) value(v cty.Value, at cty.Path) any {
	t := v.Type()
	switch {
	case e.hides(at):
		return nil
	case !v.IsKnown():
		e.unknown = append(e.unknown, pathText(at))
		return nil
	case v.IsNull():
		return nil
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		return jsonNumber(v.AsBigFloat().Text('f', -1))
	case t.IsObjectType() || t.IsMapType():
		out := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			step := at.GetAttr(key.AsString())
			if t.IsMapType() {
				step = at.Index(key)
			}
			out[key.AsString()] = e.value(element, step)
		}
		return out
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		out := []any{}
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			out = append(out, e.value(element, at.Index(key)))
		}
		return out
	}
	return nil
}

func (e *explainer) hides(at cty.Path) bool {
	for _, path := range e.sensitive {
		if at.Equals(path) {
			return true
		}
	}
	return false
}

// jsonNumber is a number as its digits.
type jsonNumber string

// MarshalJSON writes the digits.
func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func (n jsonNumber) String() string { return string(n) }

// pathText writes a path as configuration does: env["A"].
func pathText(path cty.Path) string {
	var out strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			if out.Len() > 0 {
				out.WriteByte('.')
			}
			out.WriteString(s.Name)
		case cty.IndexStep:
			switch {
			case s.Key.Type() == cty.String:
				fmt.Fprintf(&out, "[%q]", s.Key.AsString())
			case s.Key.Type() == cty.Number:
				fmt.Fprintf(&out, "[%s]", s.Key.AsBigFloat().Text('f', -1))
			default:
				out.WriteString("[...]")
			}
		}
	}
	return out.String()
}
