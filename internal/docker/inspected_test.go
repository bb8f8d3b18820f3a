package docker

import (
	"cmp"
	"reflect"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// What is read of the engine's answers is there by that name and as that kind of
// value: a name of our own would be read as nothing.
func TestWhatIsReadIsOfTheEnginesAPI(t *testing.T) {
	isOf(t, "inspect", reflect.TypeFor[inspected](), reflect.TypeFor[container.InspectResponse]())
	isOf(t, "list", reflect.TypeFor[listed](), reflect.TypeFor[container.Summary]())
}

// isOf checks that each field of a type is one of the API's, by its name in JSON.
func isOf(t *testing.T, path string, ours, api reflect.Type) {
	t.Helper()
	ours, api = inner(ours), inner(api)
	if api.Kind() != reflect.Struct || ours == api {
		if ours.Kind() != api.Kind() {
			t.Errorf("%s is %s, and in the API %s", path, ours, api)
		}
		return
	}
	for i := range ours.NumField() {
		name := nameOf(ours.Field(i))
		field, there := api.FieldByNameFunc(func(field string) bool {
			f, _ := api.FieldByName(field)
			return nameOf(f) == name
		})
		if !there {
			t.Errorf("%s has no %s in the API", path, name)
			continue
		}
		isOf(t, path+"."+name, ours.Field(i).Type, field.Type)
	}
}

// inner is what a type points to, or holds.
func inner(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// nameOf is the name of a field in JSON.
func nameOf(f reflect.StructField) string {
	tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return cmp.Or(tag, f.Name)
}
