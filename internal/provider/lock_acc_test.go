package provider_test

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// What is locked runs, wherever the tag leads, until the lock has another.
func TestAccLock(t *testing.T) {
	registry := testenv.NewRegistry(t)
	a := newAcceptance(t)
	busybox := testenv.Require(t).Busybox(t)
	reference := registry.Host + "/web:1"
	push := func(content string) string {
		return registry.PushFile("web", "1", "1.0.7", "busybox", slices.Concat(busybox, []byte(registry.Host+content)))
	}
	lock := filepath.Join(t.TempDir(), "images.hcl")
	locked := func(digest string) func() {
		return func() {
			a.must(revision.Lock{Images: map[string]revision.LockEntry{reference: {Digest: digest}}}.WriteFile(lock))
		}
	}
	config := fmt.Sprintf("provider \"bayplan\" {\n  project = %q\n  host = %q\n  key = %q\n  lock_file = %q\n}\n", a.project, a.host, key, lock) +
		fmt.Sprintf("resource \"bayplan_app\" \"web\" {\n  name = \"web\"\n  image = %q\n  command = [\"/busybox\", \"sleep\", \"3600\"]\n  stop_signal = \"SIGKILL\"\n}\n", reference)
	runs := func(instance, digest string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			of, err := a.docker.ImageInspect(t.Context(), a.inspect(instance).Image)
			if err != nil {
				return err
			}
			if want := registry.Host + "/web@" + digest; !slices.Contains(of.RepoDigests, want) {
				return fmt.Errorf("%s runs %v, not %s", instance, of.RepoDigests, want)
			}
			return nil
		}
	}
	first := push("first")
	second := push("second") // where the tag leads
	a.run(
		resource.TestStep{PreConfig: locked(first), Config: config, Check: runs("web-1-1", first)},
		resource.TestStep{
			PreConfig: func() {
				stream, err := a.docker.ImagePull(t.Context(), reference, image.PullOptions{})
				a.must(err)
				defer stream.Close()
				_, err = io.Copy(io.Discard, stream)
				a.must(err)
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			PreConfig: locked(second), Config: config, ConfigPlanChecks: planned(only("bayplan_app.web", "image_digest", "instances", "version")),
			Check: runs("web-2-1", second),
		},
		resource.TestStep{
			PreConfig: locked("sha256:" + strings.Repeat("0", 64)), Config: config,
			ExpectError: regexp.MustCompile(`is locked to\s+sha256:0{64}`),
		},
		resource.TestStep{PreConfig: locked(first), Config: config, Check: runs("web-3-1", first)},
	)
}
