package config_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
)

// unknown stands for what only an apply can know.
const unknown = "(known after apply)"

// planned is a value, and the paths of it that are sensitive.
type planned struct {
	Value     any
	Sensitive []string
}

// jsonChange is a change as terraform shows it.
type jsonChange struct {
	After          any
	AfterUnknown   any `json:"after_unknown"`
	AfterSensitive any `json:"after_sensitive"`
}

func (c jsonChange) value() planned {
	p := planned{Value: withUnknown(c.After, c.AfterUnknown)}
	truePaths(c.AfterSensitive, "", &p.Sensitive)
	slices.Sort(p.Sensitive)
	return p
}

// withUnknown puts what is unknown into a value that leaves it out.
func withUnknown(v, isUnknown any) any {
	switch u := isUnknown.(type) {
	case bool:
		if u {
			return unknown
		}
	case map[string]any:
		m, ok := v.(map[string]any)
		if !ok && len(u) == 0 {
			return v
		}
		if !ok {
			m = map[string]any{}
		}
		for key, inner := range u {
			if _, has := m[key]; has || containsTrue(inner) {
				m[key] = withUnknown(m[key], inner)
			}
		}
		return m
	case []any:
		l, _ := v.([]any)
		for i := range u {
			if i >= len(l) {
				l = append(l, nil)
			}
			l[i] = withUnknown(l[i], u[i])
		}
		if l != nil {
			return l
		}
	}
	return v
}

func containsTrue(v any) bool {
	var paths []string
	truePaths(v, "", &paths)
	return len(paths) > 0
}

func truePaths(v any, at string, out *[]string) {
	switch v := v.(type) {
	case bool:
		if v {
			*out = append(*out, at)
		}
	case map[string]any:
		for key, inner := range v {
			truePaths(inner, at+"/"+key, out)
		}
	case []any:
		for i, inner := range v {
			truePaths(inner, fmt.Sprintf("%s/%d", at, i), out)
		}
	}
}

func changeOf(v cty.Value, sensitive []cty.Path) planned {
	p := planned{Value: jsonOf(v)}
	for _, path := range sensitive {
		text := ""
		for _, step := range path {
			switch step := step.(type) {
			case cty.GetAttrStep:
				text += "/" + step.Name
			case cty.IndexStep:
				if step.Key.Type() == cty.String {
					text += "/" + step.Key.AsString()
				} else {
					text += "/" + step.Key.AsBigFloat().Text('f', -1)
				}
			}
		}
		p.Sensitive = append(p.Sensitive, text)
	}
	slices.Sort(p.Sensitive)
	return p
}

func outputOf(o config.Output) planned {
	p := planned{Value: jsonOf(o.Value)}
	if o.Sensitive {
		p.Sensitive = []string{""}
	}
	return p
}

// jsonOf is a value as JSON has it.
func jsonOf(v cty.Value) any {
	switch {
	case !v.IsKnown():
		return unknown
	case v.IsNull():
		return nil
	case v.Type().IsObjectType() || v.Type().IsMapType():
		m := map[string]any{}
		for key, inner := range v.AsValueMap() {
			m[key] = jsonOf(inner)
		}
		return m
	case v.CanIterateElements():
		l := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, inner := it.Element()
			l = append(l, jsonOf(inner))
		}
		return l
	}
	text, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return err.Error()
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		return err.Error()
	}
	return out
}
