package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
)

// built is an app that is built on app:1 from a directory of its own.
type built struct {
	*miniature
	dir string
}

func building(t *testing.T, m *miniature) built {
	t.Helper()
	b := built{m, t.TempDir()}
	b.write("Dockerfile", "FROM app:1\nCOPY . /app\n")
	b.write("file", "1")
	return b
}

func (b built) write(name, content string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// app is its configuration.
func (b built) app() map[string]any {
	config := web(map[string]any{"build": b.objectOf(b.nested("bayplan_app", "build"), map[string]any{
		"context": b.dir, "dockerfile": "Dockerfile",
	})})
	delete(config, "image")
	return config
}

func (b built) text(o object, name string) string {
	b.t.Helper()
	var text string
	if err := b.attributes(o.state)[name].As(&text); err != nil {
		b.t.Errorf("%s: %v", name, err)
	}
	return text
}

// changes checks which attributes a plan changes once the state was read.
func (b built) changes(o object, want ...string) object {
	b.t.Helper()
	now, said := b.read(o)
	if len(said) > 0 {
		b.t.Fatal(said)
	}
	if got := b.differing(now, b.app()); !slices.Equal(got, want) {
		b.t.Errorf("a plan changes %v; want %v", got, want)
	}
	return now
}

func TestABuildIsKnownWhenItIsPlanned(t *testing.T) {
	memory := newMemory()
	b := building(t, newMiniature(t, memory, key))
	planned, said := b.plan(b.absent("bayplan_app"), b.app())
	if len(said) > 0 {
		t.Fatal(said)
	}
	if digest := b.text(planned, "image_digest"); !strings.HasPrefix(digest, build.DigestPrefix) {
		t.Errorf("the digest is %q", digest)
	}
	if image := b.text(planned, "image"); !strings.HasPrefix(image, "p-default-web:") {
		t.Errorf("the image is called %q", image)
	}
	if impact := b.text(planned, "impact"); !strings.Contains(impact, "builds p-default-web:") || !strings.Contains(impact, ", unless it is there") {
		t.Errorf("the impact is %q", impact)
	}
	b.miniature = newMiniature(t, memory, key)
	state := b.mustApply(b.absent("bayplan_app"), b.app())
	state = b.changes(state)

	b.write("file", "2")
	if got := b.differing(state, b.app()); len(got) > 0 {
		t.Errorf("without a refresh a plan changes %v", got)
	}
	state = b.mustApply(b.changes(state, "image", "image_digest", "impact", "instances"), b.app())
	memory.SetImage("app:1", runtimetest.Image{Digest: digestB, User: "app"})
	b.changes(state, "base_images", "image_digest", "instances")
	b.dir += "/."
	state = b.mustApply(state, b.app())
	if _, known := b.attributes(state.state)["base_images"]; !known {
		t.Error("nothing says what it is built on")
	}
}

func TestABuildIsOnWhatIsLocked(t *testing.T) {
	memory := newMemory()
	memory.SetImage("app:1", runtimetest.Image{Digest: digestA, User: "app"})
	b := building(t, locking(t, memory, map[string]revision.LockEntry{"app:1": {Local: map[string]string{"linux/amd64": digestA}}}))
	planned := b.app()
	planned["name"] = "planned"
	if said := b.warnings(b.absent("bayplan_app"), planned); len(said) > 0 {
		t.Errorf("of a build on what is locked: %q", said)
	}
	state := b.mustApply(b.absent("bayplan_app"), b.app())
	memory.SetImage("app:1", runtimetest.Image{Digest: digestB, User: "app"})
	b.changes(state)
	b.write("Dockerfile", "FROM other:1\n")
	memory.SetImage("other:1", runtimetest.Image{Digest: digestB, User: "app"})
	planned["name"] = "other"
	if said := b.warnings(b.absent("bayplan_app"), planned); len(said) != 1 || !strings.Contains(said[0], "does not have all that it is built on: other:1") {
		t.Errorf("of a build on what is not locked: %q", said)
	}
}

// What is built is what was planned, or nothing is done.
func TestABuildOfOtherFilesIsRefused(t *testing.T) {
	memory := newMemory()
	b := building(t, newMiniature(t, memory, key))
	state := b.mustApply(b.absent("bayplan_app"), b.app())
	b.write("file", "2")
	state, said := b.read(state)
	if len(said) > 0 {
		t.Fatal(said)
	}
	planned, said := b.plan(state, b.app())
	if len(said) > 0 {
		t.Fatal(said)
	}
	b.write("file", "3")
	before := len(memory.Calls())
	if _, said := b.apply(state, planned, b.app()); len(said) != 1 || !strings.Contains(said[0], "has changed since the plan was made, and nothing was changed") {
		t.Errorf("it said %q", said)
	}
	if calls := memory.Calls()[before:]; len(calls) > 0 {
		t.Errorf("it made calls nevertheless: %v", calls)
	}
	b.write("file", "2")
	if _, said := b.apply(state, planned, b.app()); len(said) > 0 {
		t.Errorf("with the files of the plan it said %q", said)
	}
}

func TestWhatIsNoBuildIsSaid(t *testing.T) {
	memory := newMemory()
	b := building(t, newMiniature(t, memory, key))
	state := b.mustApply(b.absent("bayplan_app"), b.app())
	b.write("Dockerfile", "FROM none:1\n")
	other := b.app()
	other["name"] = "other"
	if _, said := b.plan(b.absent("bayplan_app"), other); len(said) != 1 || !strings.Contains(said[0], "it is built on another image") {
		t.Errorf("of an image that is not to be had it said %q", said)
	}
	if err := os.RemoveAll(b.dir); err != nil {
		t.Fatal(err)
	}
	state, said := b.read(state)
	if len(said) > 0 {
		t.Fatalf("what runs cannot be read: %q", said)
	}
	if _, said := b.plan(state, b.app()); len(said) != 1 || !strings.Contains(said[0], "there is no directory") {
		t.Errorf("of files that are gone it said %q", said)
	}
	unknown := b.app()
	unknown["name"] = "unknown"
	unknown["build"] = tftypes.NewValue(b.nested("bayplan_app", "build"), tftypes.UnknownValue)
	planned, said := b.plan(b.absent("bayplan_app"), unknown)
	if len(said) > 0 {
		t.Fatal(said)
	}
	for _, name := range []string{"image", "image_digest", "base_images"} {
		if b.attributes(planned.state)[name].IsKnown() {
			t.Errorf("%s is known of a build that is not", name)
		}
	}
}

// Pull is about what is built on.
func TestABuildPulls(t *testing.T) {
	memory := newMemory()
	memory.SetImage("app:1", runtimetest.Image{Digest: digestA, User: "app", Remote: true})
	b := building(t, newMiniature(t, memory, key))
	never := b.app()
	never["pull"] = "never"
	if _, said := b.plan(b.absent("bayplan_app"), never); len(said) != 1 || !strings.Contains(said[0], "pull says never to pull it") {
		t.Errorf("of a build on what is not there it said %q", said)
	}
}
