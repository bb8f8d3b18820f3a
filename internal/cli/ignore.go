package cli

import (
	"errors"
	"reflect"

	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// ignore makes wanted what is live where ignore_changes says so. What is not
// live yet is made as it is configured.
func (p *project) ignore(live topology.Live) error {
	var errs []error
	for a, r := range p.sources {
		if !r.Lifecycle.IgnoreAll && len(r.Lifecycle.IgnoreChanges) == 0 {
			continue
		}
		switch a.Kind {
		case topology.KindVolume:
			want := p.desired.Volumes[a]
			if present, ok := plan.PresentVolume(live, a, &want); ok {
				want = ignoring(r, plan.VolumeFields, want, present)
				p.desired.Volumes[a] = want
				errs = append(errs, p.replan(a, want))
			}
		case topology.KindRelationship:
			want := p.desired.Relationships[a]
			if present, ok := plan.PresentRelationship(live, a, &want); ok {
				want = ignoring(r, plan.RelationshipFields, want, present)
				p.desired.Relationships[a] = want
				errs = append(errs, p.replan(a, want))
			}
		default:
			want := p.desired.Workloads[a]
			if present, _, ok := plan.Present(live, a, &want); ok {
				present.Image = live.Of(a)[0].Workload.Image
				want = ignoring(r, plan.WorkloadFields, want, present)
				p.desired.Workloads[a] = want
				errs = append(errs, p.replan(a, want))
			}
		}
	}
	return errors.Join(errs...)
}

// decides says which fields another decides: to ignore it is to ignore them.
var decides = map[string][]string{"image": {"image_digest"}, "build": {"image", "image_digest", "base_images"}, "type": {"image", "image_digest"}}

// ignoring returns what is wanted with what is present where a resource
// ignores changes.
func ignoring[T any](r *config.Resource, table []plan.Field, want, present T) T {
	carryField := func(name string, rest cty.Path) {
		for _, f := range table {
			if f.Name == name {
				carry(f.Get(&want), f.Get(&present), rest)
			}
		}
	}
	if r.Lifecycle.IgnoreAll {
		for _, f := range table {
			carryField(f.Name, nil)
		}
		return want
	}
	for _, path := range r.Lifecycle.IgnoreChanges {
		root, ok := path[0].(cty.GetAttrStep)
		if !ok {
			continue
		}
		carryField(root.Name, path[1:])
		for _, name := range decides[root.Name] {
			carryField(name, nil)
		}
	}
	return want
}

// carry sets what is at a path of a value to what is there in another.
func carry(into, from reflect.Value, path cty.Path) {
	if len(path) == 0 {
		into.Set(from)
		return
	}
	var key string
	switch step := path[0].(type) {
	case cty.GetAttrStep:
		key = step.Name
	case cty.IndexStep:
		if step.Key.Type() != cty.String {
			into.Set(from) // of a list, all of it
			return
		}
		key = step.Key.AsString()
	}
	switch into.Kind() {
	case reflect.Map:
		carryKey(into, from, key, path[1:])
	case reflect.Pointer:
		if into.IsNil() || from.IsNil() {
			into.Set(from)
			return
		}
		changed := reflect.New(into.Type().Elem())
		changed.Elem().Set(into.Elem())
		carry(changed.Elem(), from.Elem(), path)
		into.Set(changed)
	case reflect.Struct:
		for i := range into.NumField() {
			if into.Type().Field(i).Tag.Get("attr") == key {
				carry(into.Field(i), from.Field(i), path[1:])
			}
		}
	default:
		into.Set(from)
	}
}

// carryKey does so for one key of a map, in a copy of it.
func carryKey(into, from reflect.Value, key string, path cty.Path) {
	changed := reflect.MakeMap(into.Type())
	for it := into.MapRange(); it.Next(); {
		changed.SetMapIndex(it.Key(), it.Value())
	}
	at := reflect.ValueOf(key)
	value, wanted := from.MapIndex(at), into.MapIndex(at)
	if len(path) > 0 && value.IsValid() && wanted.IsValid() {
		element := reflect.New(into.Type().Elem()).Elem()
		element.Set(wanted)
		carry(element, value, path)
		value = element
	}
	changed.SetMapIndex(at, value)
	into.Set(changed)
}
