package acceptance

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// A tag that moved in its registry is a change with pull = "always" only, and
// nothing is pulled with "never".
func TestPull(t *testing.T) {
	r := testenv.NewRegistry(t)
	w := newWorkspace(t)
	busybox := w.engine.Busybox(t)
	push := func(content string) (digest string) {
		return r.PushFile("web", "1", "1.0", "busybox", slices.Concat(busybox, []byte(r.Host+content)))
	}
	configure := func(pull string) {
		w.write(fmt.Sprintf("resource \"bayplan_app\" \"web\" {\n  name = \"web\"\n  image = \"%s/web:1\"\n"+
			"  command = [\"/busybox\", \"sleep\", \"3600\"]\n  stop_signal = \"SIGKILL\"\n  pull = %q\n}", r.Host, pull))
	}
	runs := func(digest string) {
		t.Helper()
		if c := w.only("web"); !strings.HasSuffix(c.Config.Image, digest) {
			t.Errorf("web runs %s, not %s", c.Config.Image, digest)
		}
	}
	first := push("first")
	configure("never")
	w.bothRefuse("Cannot plan app.web", "is not on the engine, and pull says never to pull it", "set pull to missing")
	configure("always")
	w.settled()
	runs(first)

	second := push("second")
	pull(t, w, r.Host+"/web:1") // so that the engine has what the tag is now
	third := push("third")
	configure("missing")
	w.settled()
	runs(second)
	configure("always")
	if out := w.bayplan("plan"); !strings.Contains(out, "the tag leads to another image now") {
		t.Errorf("the command does not say that the tag moved:\n%s", out)
	}
	w.settled()
	runs(third)
	configure("never")
	w.settled()
	runs(second) // which is what the engine has under that name
	w.destroy()
}

func pull(t *testing.T, w *workspace, name string) {
	t.Helper()
	stream, err := w.engine.Docker.ImagePull(t.Context(), name, image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := io.Copy(io.Discard, stream); err != nil {
		t.Fatal(err)
	}
}
