package view

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// plain returns a value of a topology's field in the terms of JSON: objects by
// the names that configuration uses, without what is not set. An empty list, map
// or object is nil.
func plain(value any) any {
	if value == nil {
		return nil
	}
	switch v := value.(type) {
	case topology.Address:
		return v.String()
	case topology.Secret:
		return place("(secret)")
	case place:
		return v
	}
	return plainOf(reflect.ValueOf(value))
}

func plainOf(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem().Interface())
	case reflect.String:
		return v.String()
	case reflect.Slice:
		if v.Len() == 0 {
			return nil
		}
		items := make([]any, v.Len())
		for i := range items {
			items[i] = plain(v.Index(i).Interface())
		}
		return items
	case reflect.Map:
		if v.Len() == 0 {
			return nil
		}
		items := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			items[it.Key().String()] = plain(it.Value().Interface())
		}
		return items
	case reflect.Struct:
		return plainObject(v)
	}
	return v.Interface()
}

func plainObject(v reflect.Value) any {
	items := map[string]any{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("attr")
		if name == "" || v.Field(i).IsZero() {
			continue
		}
		items[name] = plain(v.Field(i).Interface())
	}
	if len(items) == 0 {
		return nil
	}
	return items
}

// text writes what plain returns in one line, as configuration spells it.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		return strconv.Quote(v)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = text(v[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var items []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, word(key)+" = "+text(v[key]))
		}
		return "{ " + strings.Join(items, ", ") + " }"
	}
	return fmt.Sprint(value)
}

// word writes a name that may be any text: bare where that is one word, else in quotes.
func word(name string) string {
	odd := func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-./:@", c)
	}
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

// inLine writes a text so that it ends no line and no column: in quotes where it would.
func inLine(s string) string {
	if strings.ContainsFunc(s, func(c rune) bool { return c == '\n' || c == '\t' || live(c) }) {
		return strconv.Quote(s)
	}
	return s
}

// shown returns the values of a difference as a person reads them: of references
// where they lead or, when that is one place, what else differs in them.
func shown(before, after any) (from, to any) {
	x, was := before.(topology.Reference)
	y, is := after.(topology.Reference)
	if was && is && leadsTo(x) == leadsTo(y) {
		x.Endpoints, y.Endpoints = nil, nil // of which port and scheme are one
		return plain(x), plain(y)
	}
	if from = plain(before); was {
		from = leadsTo(x)
	}
	if to = plain(after); is {
		to = leadsTo(y)
	}
	return from, to
}

// leadsTo says where a reference leads.
func leadsTo(r topology.Reference) place {
	switch {
	case r.External():
		return place(fmt.Sprintf("%s:%d", word(r.Host), r.Port))
	case r.TargetAddress != r.Address:
		return place(fmt.Sprintf("%s (%s)", r.Address, r.TargetAddress))
	}
	return place(r.Address.String())
}

// NotYetKnown is a value that only an apply decides.
var NotYetKnown any = place("(known after apply)")

// place is text that is no configuration's, and stands without quotes.
type place string

// keys returns the keys of both maps, sorted.
func keys(x, y map[string]any) []string {
	all := maps.Clone(x)
	maps.Copy(all, y)
	return slices.Sorted(maps.Keys(all))
}
