package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
)

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

// locking returns a miniature whose lock file has these images.
func locking(t *testing.T, memory *runtimetest.Memory, images map[string]revision.LockEntry) *miniature {
	t.Helper()
	name := filepath.Join(t.TempDir(), "images.hcl")
	if err := (revision.Lock{Images: images}).WriteFile(name); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BAYPLAN_LOCK_FILE", name)
	return newMiniature(t, memory, key)
}

func published(digest string) map[string]revision.LockEntry {
	return map[string]revision.LockEntry{"app:1": {Digest: digest}}
}

func TestLockedImage(t *testing.T) {
	for name, entry := range map[string]revision.LockEntry{
		"of a registry": {Digest: digestA}, "of an engine": {Local: map[string]string{"linux/amd64": digestA}},
	} {
		t.Run(name, func(t *testing.T) {
			memory := newMemory()
			memory.SetImage("app:1", runtimetest.Image{Digest: digestA, Version: "1.0", User: "app"})
			m := locking(t, memory, map[string]revision.LockEntry{"app:1": entry})
			state := m.mustApply(m.absent("bayplan_app"), web(nil))
			memory.SetImage("app:1", runtimetest.Image{Digest: digestB, Version: "1.1", User: "app"}) // the tag moves, the lock does not
			m.mustChange(state)
			other := web(map[string]any{"name": "other"})
			planned, said := m.plan(m.absent("bayplan_app"), other)
			if len(said) > 0 {
				t.Fatal(said)
			}
			var digest string
			if err := m.attributes(planned.state)["image_digest"].As(&digest); err != nil || digest != digestA {
				t.Errorf("a new app is of %s, %v", digest, err)
			}
			m = locking(t, memory, map[string]revision.LockEntry{"app:1": entry})
			if said := m.warnings(m.absent("bayplan_app"), other); len(said) > 0 {
				t.Errorf("of a locked image: %q", said)
			}
			m = locking(t, memory, published(digestB))
			m.mustChange(state, "image_digest", "impact", "instances", "version")
		})
	}
}

// mustChange reads the app's state and checks what a plan of it changes.
func (m *miniature) mustChange(state object, want ...string) {
	m.t.Helper()
	read, said := m.read(state)
	if len(said) > 0 {
		m.t.Fatal(said)
	}
	if got := m.differing(read, web(nil)); !slices.Equal(got, want) {
		m.t.Errorf("the plan changes %v; want %v", got, want)
	}
}

func TestLockedImageThatIsGone(t *testing.T) {
	memory := newMemory()
	memory.SetImage("app:1", runtimetest.Image{Digest: digestA})
	m := locking(t, memory, published(digestB))
	want := `image "app:1" is locked to ` + digestB + `, which is not to be had any more`
	hint := "bayplan lock --upgrade app:1"
	said := strings.Join(m.warnings(m.absent("bayplan_app"), web(nil)), "\n")
	if !strings.Contains(said, want) || !strings.Contains(said, hint) || !strings.Contains(said, `AttributeName("image")`) {
		t.Errorf("a new app: %s", said)
	}
	t.Setenv("BAYPLAN_LOCK_FILE", "")
	without := newMiniature(t, memory, key)
	state := without.mustApply(without.absent("bayplan_app"), web(nil))
	m = locking(t, memory, published(digestB))
	state, complaints := m.read(state)
	if len(complaints) > 0 {
		t.Fatal(complaints) // a refresh is not to be in the way of a destroy
	}
	if said := strings.Join(m.warnings(state, web(nil)), "\n"); !strings.Contains(said, want) {
		t.Errorf("an app that runs another: %s", said)
	}
	if said := m.destroy(state); len(said) > 0 {
		t.Errorf("destroy: %v", said)
	}
}

func TestUnlockedImage(t *testing.T) {
	memory := newMemory()
	m := locking(t, memory, published(digestA))
	set := web(map[string]any{"image": "app:2"})
	said := m.warnings(m.absent("bayplan_app"), set)
	if len(said) != 1 || !strings.Contains(said[0], `AttributeName("image"): Image of app.web is not locked: The lock file does not have app:2`) ||
		!strings.Contains(said[0], "sha256:a2") {
		t.Errorf("said %q", said)
	}
	service := m.warnings(m.absent("bayplan_service"), map[string]any{"name": "cache", "type": "redis:7"})
	if len(service) != 1 || !strings.Contains(service[0], `AttributeName("type"): Image of service.cache is not locked`) {
		t.Errorf("said of a service %q", service)
	}
	m = locking(t, memory, published(digestA))
	state := m.mustApply(m.absent("bayplan_app"), set)
	for change, want := range map[string]int{"memory": 0, "user": 1} {
		value := map[string]any{"memory": "96m", "user": "nobody"}[change]
		if said := m.warnings(state, web(map[string]any{"image": "app:2", change: value})); len(said) != want {
			t.Errorf("of a change of %s: %q, want %d", change, said, want)
		}
	}
	t.Setenv("BAYPLAN_LOCK_FILE", "")
	if said := newMiniature(t, memory, key).warnings(m.absent("bayplan_app"), set); len(said) > 0 {
		t.Errorf("without a lock file: %q", said)
	}
}

// A lock file that is named is wanted, also before it is there; one that cannot
// be read is said at its attribute.
func TestLockFileOfTheProvider(t *testing.T) {
	memory := newMemory()
	t.Setenv("BAYPLAN_LOCK_FILE", filepath.Join(t.TempDir(), "none.hcl"))
	m := newMiniature(t, memory, key)
	if said := m.warnings(m.absent("bayplan_app"), web(nil)); len(said) != 1 {
		t.Errorf("a lock file that is not there yet: %q", said)
	}
	broken := filepath.Join(t.TempDir(), "broken.hcl")
	if err := os.WriteFile(broken, []byte("<<<<<<< HEAD\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := provider.NewCommand("test", func(provider.EngineOptions) (apply.Runtime, error) { return memory, nil }).
		Open(provider.Settings{Project: "p", LockFile: broken})
	if err == nil || !strings.Contains(err.Error(), "broken.hcl:1: ") {
		t.Errorf("a broken lock file: %v", err)
	}
}
