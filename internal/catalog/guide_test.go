package catalog_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var update = flag.Bool("update", false, "rewrite the table of types in the guide")

const guide = "../../templates/guides/services.md.tmpl"

// The guide's table of types says what the catalog does.
func TestGuideHasEveryType(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opened := strings.Cut(string(text), "-update -->\n")
	_, after, closed := strings.Cut(rest, "<!-- /types -->")
	if !opened || !closed {
		t.Fatal("the guide has no place for the table")
	}
	want := before + "-update -->\n" + table(t) + "<!-- /types -->" + after
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), want); diff != "" {
		t.Errorf("the guide is stale, go test -update rewrites it:\n%s", diff)
	}
}

func table(t *testing.T) string {
	var out strings.Builder
	out.WriteString("| type | image | listens at | data | user, database | capabilities | setting |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range catalog.Names() {
		w := service(t, name+":1")
		kind, _, _ := catalog.Lookup(w.Type)
		var ports []string
		for _, endpoint := range slices.Sorted(maps.Keys(w.Endpoints)) {
			e := w.Endpoints[endpoint]
			ports = append(ports, fmt.Sprintf("`%s` %d (%s)", endpoint, e.Port, e.Scheme))
		}
		fmt.Fprintf(&out, "| `%s` | `%s` | %s | %s | %s | %s | %s |\n", name, kind.Repository, strings.Join(ports, ", "),
			code(kind.Data), code(kind.Username, kind.Database), code(catalog.Capabilities(w)...), setting(name))
	}
	return out.String()
}

// setting shows how a type is given one.
func setting(name string) string {
	w, errs := catalog.Complete(scope, db, topology.Workload{Type: name + ":1", Configuration: map[string]string{"name": "value"}})
	if len(errs) > 0 {
		return "in a file"
	}
	if command := catalog.Effective(w).Command; len(command) > 0 {
		return code(strings.Join(command, " "))
	}
	plain := w
	plain.Configuration = nil
	has := catalog.Environment(scope, db, plain, key)
	for variable, value := range catalog.Environment(scope, db, w, key) {
		if has[variable] != value {
			return "variable " + code(variable+"="+value)
		}
	}
	return "none"
}

func code(words ...string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" })
	if len(words) == 0 {
		return "–"
	}
	return "`" + strings.Join(words, "`, `") + "`"
}
