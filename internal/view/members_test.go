package view

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Written by members it is byte for byte what it is as one.
func TestMembersAreWrittenAsOne(t *testing.T) {
	for name, object := range map[string]planJSON{
		"nothing": {},
		"empty":   {Changes: []changeJSON{}, Steps: []stepJSON{}, Kept: []keptJSON{}, Resources: []Resource{}, Outputs: map[string]Output{}},
		"much": {
			Drift: true, Engine: "<&>", Changes: []changeJSON{{Action: "create", Fields: []fieldJSON{{Field: "a", New: []string{"<b>"}}, {}}}, {}},
			Steps:   []stepJSON{{Text: "one", Needs: []int{}}, {Text: "two", Needs: []int{0, 1}}},
			Outputs: map[string]Output{"b": {Value: map[string]any{"c": 1}}, "a": {}},
		},
	} {
		var whole, members bytes.Buffer
		if err := writeJSON(&whole, object); err != nil {
			t.Fatal(err)
		}
		if err := writeMembers(&members, object); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.String(), members.String()); diff != "" {
			t.Errorf("%s (-as one +by members):\n%s", name, diff)
		}
	}
}
