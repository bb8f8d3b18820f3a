package provider_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
)

// Who comes to run as root is told, and who goes on as root is not.
func TestRootIsTold(t *testing.T) {
	memory := newMemory()
	memory.SetImage("root:1", runtimetest.Image{Digest: "sha256:b1"})
	memory.SetImage("far:1", runtimetest.Image{Digest: "sha256:b2", Remote: true})
	m := newMiniature(t, memory, key)
	state := m.mustApply(m.absent("bayplan_app"), web(map[string]any{"image": "root:1"}))
	for what, tt := range map[string]struct {
		state object
		set   map[string]any
		want  int
	}{
		"made":            {m.absent("bayplan_app"), map[string]any{"name": "a", "image": "root:1"}, 1},
		"made as a user":  {m.absent("bayplan_app"), map[string]any{"name": "b", "image": "root:1", "user": "1000"}, 0},
		"made as root":    {m.absent("bayplan_app"), map[string]any{"name": "c", "user": "0"}, 1},
		"image of a user": {m.absent("bayplan_app"), map[string]any{"name": "d"}, 0},
		"nobody knows":    {m.absent("bayplan_app"), map[string]any{"name": "e", "image": "far:1"}, 0},
		"goes on as root": {state, map[string]any{"image": "root:1", "working_dir": "/tmp"}, 0},
		"another image":   {state, map[string]any{"image": "app:2", "user": "root"}, 1},
	} {
		if said := m.warnings(tt.state, web(tt.set)); len(said) != tt.want {
			t.Errorf("%s: %q", what, said)
		}
	}
}
