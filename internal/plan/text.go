package plan

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// String writes the plan as text, the same for the same plan: each change with
// what differs and its impact, then the steps by number with what each needs
// and how it is taken back. Values of variables are left out, since any may be
// a secret; derived passwords are in no change and in no step's text.
func (p Plan) String() string {
	var out strings.Builder
	for _, c := range p.Changes {
		if c.Action != ActionNone {
			out.WriteString(c.String())
		}
	}
	for i, s := range p.Steps {
		fmt.Fprintf(&out, "%4d. %s\n", i+1, s)
	}
	if out.Len() == 0 {
		return "no changes\n"
	}
	return out.String()
}

// String writes the change in lines: its action and address, what differs, and
// its impact.
func (c Change) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%c %s\n", c.Action, c.Address)
	for _, d := range c.Fields {
		for _, line := range d.lines() {
			fmt.Fprintf(&out, "    %s\n", line)
		}
	}
	if impact := c.Impact.String(); impact != "" {
		fmt.Fprintf(&out, "  %s\n", impact)
	}
	return out.String()
}

// String writes the step in one line. The steps that it needs are counted from 1.
func (s Step) String() string {
	text := fmt.Sprintf("%s: %s", s.Address, s.Op)
	if len(s.Needs) > 0 {
		needs := make([]string, len(s.Needs))
		for i, n := range s.Needs {
			needs[i] = strconv.Itoa(n + 1)
		}
		text += "; needs " + strings.Join(needs, " ")
	}
	if s.Undo != nil {
		text += "; undo: " + s.Undo.String()
	}
	if s.Commit {
		text += "; commit"
	}
	return text
}

// lines writes a difference: "memory: 256m -> 512m", or of two objects only
// what differs in them: `relationships["db"].port: 5432 -> 5433`.
func (d FieldDiff) lines() []string {
	if d.Field == "env" || d.Field == "secrets" {
		return []string{d.label() + ": " + hidden(d.Old) + " -> " + hidden(d.New)}
	}
	before, after := reflect.ValueOf(d.Old), reflect.ValueOf(d.New)
	if !isObject(before) || !isObject(after) || leadsElsewhere(d.Old, d.New) {
		return []string{d.label() + ": " + text(before) + " -> " + text(after)}
	}
	before, after = reflect.Indirect(before), reflect.Indirect(after)
	var out []string
	for i := range before.NumField() {
		if x, y := before.Field(i), after.Field(i); !Equal(x, y) {
			out = append(out, d.label()+"."+attr(before, i)+": "+text(x)+" -> "+text(y))
		}
	}
	return out
}

// leadsElsewhere reports whether two references lead to different places,
// which is then all there is to say.
func leadsElsewhere(before, after any) bool {
	from, ok := before.(topology.Reference)
	to, also := after.(topology.Reference)
	return ok && also && textOfReference(from) != textOfReference(to)
}

// textOfReference says where a reference leads: "service.db",
// "relationship.db (service.db)", or host and port of what is outside.
func textOfReference(r topology.Reference) string {
	switch {
	case r.External():
		return fmt.Sprintf("%s:%d", r.Host, r.Port)
	case r.TargetAddress != r.Address:
		return fmt.Sprintf("%s (%s)", r.Address, r.TargetAddress)
	}
	return r.Address.String()
}

func hidden(value any) string {
	if value == nil {
		return "none"
	}
	return "(hidden)"
}

func isObject(v reflect.Value) bool {
	return v.IsValid() && reflect.Indirect(v).Kind() == reflect.Struct
}

func attr(of reflect.Value, i int) string { return of.Type().Field(i).Tag.Get("attr") }

// text writes a value of a topology's field. Nothing, however it is written, is "none".
func text(v reflect.Value) string {
	if !v.IsValid() || v.IsZero() && v.Kind() != reflect.Bool {
		return "none"
	}
	switch value := v.Interface().(type) {
	case topology.Address:
		return value.String()
	case topology.Reference:
		return textOfReference(value)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return text(v.Elem())
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = text(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		return textOfMap(v)
	case reflect.Struct:
		return textOfObject(v)
	}
	return fmt.Sprint(v.Interface())
}

func textOfMap(v reflect.Value) string {
	items := map[string]string{}
	for it := v.MapRange(); it.Next(); {
		items[it.Key().String()] = text(it.Value())
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(items)) {
		out = append(out, key+" = "+items[key])
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func textOfObject(v reflect.Value) string {
	var out []string
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			out = append(out, attr(v, i)+" = "+text(v.Field(i)))
		}
	}
	return "{" + strings.Join(out, ", ") + "}"
}
