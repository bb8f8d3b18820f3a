package view

import (
	"encoding"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
)

// The guides have every key that is written as JSON, and name none that is not.
func TestFormatsAreDocumented(t *testing.T) {
	command, review := guide(t, "command.md")+"\n\n", guide(t, "review.md")+"\n\n"
	of := func(guide, begin, end string) string {
		_, after, found := strings.Cut(guide, begin)
		part, _, ends := strings.Cut(after, end)
		if !found || !ends {
			t.Fatalf("the guide has nothing from %q to %q", begin, end)
		}
		return part
	}
	inReview := keysOfType(reflect.TypeFor[struct {
		changeJSON
		State
		Count
	}]())
	for name, tt := range map[string]struct {
		format any
		text   string
		shared []string // keys that another part of the guides tells of
	}{
		"plan":    {planJSON{}, of(command, "\n`plan --json`:\n", "`apply --json`"), nil},
		"outcome": {outcomeJSON{}, of(command, "\n`apply --json`", "\n\n"), nil},
		"status":  {statusJSON{}, of(command, "\n`status --json`", "\n\n"), nil},
		"output":  {outputsJSON{}, of(command, "\n`output --json`", ";"), []string{"value", "sensitive", "unknown"}},
		"version": {versionJSON{}, of(command, "`version --json`", "\n"), nil},
		"history": {historyJSON{}, of(command, "\n### Revisions\n", "\n`blame --json`"), nil},
		"blame":   {blameJSON{}, of(command, "\n`blame --json`", "\n\n"), nil},
		"diff":    {diffJSON{}, of(review, "\n`diff --json`:\n", "\n`review"), keysOfType(reflect.TypeFor[fieldJSON]())},
		"review":  {reviewJSON{}, of(review, "\n`review --format json`:\n", "\n\n\n"), inReview},
	} {
		said := map[string]bool{"format_version": true} // of which the guides tell once for all
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(tt.text, -1) {
			for word := range strings.FieldsFuncSeq(found[1], func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
				said[word] = true
			}
		}
		keys := keysOfType(reflect.TypeOf(tt.format))
		for _, key := range keys {
			if !said[key] && !slices.Contains(tt.shared, key) {
				t.Errorf("%s: the guide does not tell of %q", name, key)
			}
		}
		for word := range said {
			if !slices.Contains(keys, word) && !slices.Contains(values(), word) {
				t.Errorf("%s: the guide tells of %q, which is not written", name, word)
			}
		}
	}
}

// guide returns a guide as it is published.
func guide(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guides", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keysOfType returns the keys that values of a type have as JSON, sorted.
func keysOfType(of reflect.Type) []string {
	found := map[string]bool{}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
			walk(of.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[of] || of.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return
		}
		seen[of] = true
		for _, field := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				found[name] = true
			}
			if field.IsExported() && name != "-" {
				walk(field.Type)
			}
		}
	}
	walk(of)
	var out []string
	for key := range found {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// values returns what the guides say beside keys: values that some of them have,
// commands and arguments.
func values() []string {
	out := []string{
		"1", "0", `""`, "#3", "null", "true", "false", "plan", "show", "file", "history", "--json", "--rollback", "--refresh-only", "--format json",
		"history --json", "history show REVISION --json", "destroy --json", "revert --json", "io", "bayplan", "record",
		effectName(plan.EffectNone), effectName(plan.EffectLive), effectName(plan.EffectReplace), effectName(plan.EffectRenew),
		string(plan.CauseConfiguration), string(plan.CauseChange), string(plan.CauseDrift), string(plan.CauseTag), string(plan.CauseLock), string(plan.CauseBase),
		string(StateWorking), string(StateDirectory), string(StateCommit), string(StateRevision), string(StatePlan), string(StateLive), string(StateTerraform),
		string(revision.StatusRunning), string(revision.StatusDone), string(revision.StatusFailed), string(revision.StatusInterrupted),
		string(apply.OutcomeDone), string(apply.OutcomeFailed), string(apply.OutcomeAbandoned),
		"apply", "destroy", "revert", "pressing", "changes", "drift", "recorded",
	}
	for _, a := range []plan.Action{plan.ActionCreate, plan.ActionUpdate, plan.ActionReplace, plan.ActionDelete} {
		out = append(out, ActionName(a))
	}
	for _, h := range plan.Hazards {
		out = append(out, string(h))
	}
	return out
}

func TestKeysOfType(t *testing.T) {
	type inner struct {
		B int `json:"b,omitempty"`
	}
	type outer struct {
		inner
		A map[string][]*struct {
			C any `json:"c"`
		} `json:"a"`
		Not int `json:"-"`
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, keysOfType(reflect.TypeFor[outer]())); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
