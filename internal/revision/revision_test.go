package revision

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var update = flag.Bool("update", false, "rewrite the record of testdata, with the fields that were added")

var (
	key   = topology.Key("a key that only tests have")
	scope = topology.Scope{Project: "shop", Environment: "default"}
	web   = topology.Address{Kind: topology.KindApp, Name: "web"}
	site  = topology.Address{Kind: topology.KindApp, Name: "site"}
	db    = topology.Address{Kind: topology.KindRelationship, Name: "db"}
	data  = topology.Address{Kind: topology.KindVolume, Name: "data"}
)

// filled returns a value of a type in which no field has its zero value.
func filled[T any](t *testing.T) T {
	t.Helper()
	var out T
	fill(t, reflect.ValueOf(&out).Elem())
	return out
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[topology.Address]():
		v.Set(reflect.ValueOf(web))
	case v.Type() == reflect.TypeFor[topology.Secret]():
		v.Set(reflect.ValueOf(topology.Secret{Print: "print"}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		fill(t, element)
		v.SetMapIndex(reflect.ValueOf("key"), element)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case v.Kind() == reflect.String:
		v.SetString("text")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(7)
	case v.CanFloat():
		v.SetFloat(0.5)
	default:
		t.Fatalf("no value for a %s", v.Type())
	}
}

func content(t *testing.T) Content {
	t.Helper()
	c := NewContent(scope)
	c.Topology.Workloads[web] = filled[topology.Workload](t)
	c.Topology.Relationships[db] = filled[topology.Relationship](t)
	c.Topology.Volumes[data] = filled[topology.Volume](t)
	c.Follows[web] = []topology.Address{db}
	c.Written[web] = []string{"image", "env"}
	c.Hidden[web] = []string{`env["key"]`}
	return c
}

// What one version recorded another reads, with every field that every noun had. A
// field that is renamed or read otherwise fails here: raise the format version,
// and go on reading the former.
func TestRecordsOfTheFormatAreRead(t *testing.T) {
	name := filepath.Join("testdata", "revision-"+FormatVersion+".json")
	if *update {
		b := Begun{FormatVersion: FormatVersion, ID: "lock", Number: 3, Operation: "apply", Began: time.Unix(1700000000, 0).UTC(), Author: "me@here"}
		if err := b.Seal(key, content(t)); err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(b, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(text, []byte(`{"status": "done", "ended": "2023-11-14T22:13:21Z"}`), "")
	if err != nil || r.Number != 3 || r.Status != StatusDone {
		t.Fatalf("read revision %d, %s, %v", r.Number, r.Status, err)
	}
	got, err := r.Open(key, scope)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recorded(t, r), jsonOf(t, got), cmp.FilterPath(added, cmp.Ignore())); diff != "" {
		t.Errorf("content (-recorded +read):\n%s", diff)
	}
}

// added holds of what is read and was not recorded: the record is of before it was added.
func added(p cmp.Path) bool {
	step, ok := p.Last().(cmp.MapIndex)
	if !ok {
		return false
	}
	was, _ := step.Values()
	return !was.IsValid()
}

// recorded returns what is sealed of a revision as it was written.
func recorded(t *testing.T, r Revision) (out any) {
	t.Helper()
	packed, err := Unseal(key, sealedContent, r.Sealed, r.beside(scope))
	if err != nil {
		t.Fatal(err)
	}
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(text).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// jsonOf returns a value as JSON has it.
func jsonOf(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What is sealed is opened as it was, with every field of every noun.
func TestContentIsSealed(t *testing.T) {
	b := Begun{Number: 3, ID: "lock"}
	if err := b.Seal(key, content(t)); err != nil {
		t.Fatal(err)
	}
	got, err := b.Open(key, scope)
	if diff := cmp.Diff(content(t), got); err != nil || diff != "" {
		t.Errorf("%v, content (-sealed +opened):\n%s", err, diff)
	}
}

// What is opened can be added to, also where nothing was in it.
func TestContentIsTaken(t *testing.T) {
	b := Begun{Number: 3, ID: "lock"}
	if err := b.Seal(key, NewContent(scope)); err != nil {
		t.Fatal(err)
	}
	got, err := b.Open(key, scope)
	if err != nil {
		t.Fatal(err)
	}
	want := content(t)
	for _, a := range want.Addresses() {
		got.Take(a, want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("all taken (-want +got):\n%s", diff)
	}
	for _, a := range want.Addresses() {
		got.Take(a, NewContent(scope))
	}
	if diff := cmp.Diff(NewContent(scope), got); diff != "" {
		t.Errorf("nothing taken (-want +got):\n%s", diff)
	}
}

func TestWhatIsSealedIsBoundToItsPlace(t *testing.T) {
	b := Begun{Number: 3, ID: "lock"}
	c := content(t)
	workload := c.Topology.Workloads[web]
	workload.Env = map[string]string{"TOKEN": strings.Repeat("hunter2", 9)}
	c.Topology.Workloads[web] = workload
	if err := b.Seal(key, c); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(b); err != nil || bytes.Contains(text, []byte("hunter2")) {
		t.Errorf("a secret is in clear, or %v", err)
	}
	moved, broken := b, b
	moved.Number = 4
	broken.Sealed = b.Sealed[:len(b.Sealed)-1]
	for name, try := range map[string]func() (Content, error){
		"another key":    func() (Content, error) { return b.Open(topology.Key("other"), scope) },
		"another scope":  func() (Content, error) { return b.Open(key, topology.Scope{Project: "shop", Environment: "staging"}) },
		"another number": func() (Content, error) { return moved.Open(key, scope) },
		"a part of it":   func() (Content, error) { return broken.Open(key, scope) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s opens it", name)
		}
	}
}

func TestParse(t *testing.T) {
	const begun = `{"format_version": "1.7", "number": 3, "id": "mine", "unheard": "of"}`
	for name, row := range map[string]struct {
		begun, ended, lock string
		want               Status
		err                string
	}{
		"done":           {begun, `{"status": "done"}`, "mine", StatusDone, ""},
		"failed":         {begun, `{"status": "failed"}`, "", StatusFailed, ""},
		"running":        {begun, "", "mine", StatusRunning, ""},
		"killed":         {begun, "", "another's", StatusInterrupted, ""},
		"nobody's":       {begun, "", "", StatusInterrupted, ""},
		"without a lock": {`{"format_version": "1.0"}`, "", "", StatusInterrupted, ""},
		"newer":          {`{"format_version": "2.0", "number": 3}`, "", "", "", "it has the format 2.0, and this is for 1.0"},
		"not whole":      {`{"format_version": "1`, "", "", "", "unexpected end of JSON input"},
		"no good end":    {begun, `{"status": "do`, "", "", "its end: unexpected end of JSON input"},
	} {
		var ended []byte
		if row.ended != "" {
			ended = []byte(row.ended)
		}
		r, err := Parse([]byte(row.begun), ended, row.lock)
		if row.err != "" {
			if err == nil || err.Error() != row.err {
				t.Errorf("%s: got %v, want %s", name, err, row.err)
			}
			continue
		}
		if err != nil || r.Status != row.want {
			t.Errorf("%s: got %s, %v; want %s", name, r.Status, err, row.want)
		}
	}
}
