package plan_test

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

func TestANameIsOfOneAlone(t *testing.T) {
	for what, tt := range map[string]struct{ text, want string }{
		"still declared":  {"app web image=web:1\napp site image=web:1 renamed_from=web", "app.site: renamed_from: app.web has, or had, that name"},
		"claimed twice":   {"app a image=web:1 renamed_from=web\napp b image=web:1 renamed_from=web", "app.b: renamed_from: app.a has, or had, that name"},
		"of another kind": {"service web type=redis:7\napp site image=web:1 renamed_from=web", ""},
	} {
		w := newWorld()
		w.want(t, declare(t, tt.text))
		_, err := plan.Renames(w.desired)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
