package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// bothRefuse checks that neither program plans, and that both say why.
func (w *workspace) bothRefuse(wants ...string) {
	w.t.Helper()
	for who, said := range map[string]string{"terraform": w.fails("plan"), "bayplan": strings.Join(strings.Fields(w.bayplanRefuses("plan")), " ")} {
		for _, want := range wants {
			if !strings.Contains(said, want) {
				w.t.Errorf("%s does not say %q:\n%s", who, want, said)
			}
		}
	}
}

// What the image policy does not let run is refused at its place, by both programs.
func TestImagePolicy(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	testenv.Image(t, "redis:7")
	r := testenv.NewDistribution(t, nil)
	digest := r.Push(t, "busybox:stable", "team/web:1")
	name := r.Host + "/team/web:1"
	ours, theirs := testenv.NewSigner(t), testenv.NewSigner(t)
	w := newWorkspace(t)
	policy := func(rules string) {
		w.settings = fmt.Sprintf("  registry_auth = { %q = { username = %q, password = %q } }\n  image_policy = {\n%s\n}", r.Host, r.Username, r.Password, rules)
		w.write(fmt.Sprintf(`
resource "bayplan_app" "web" {
  name        = "web"
  image       = %q
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}
resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}`, name))
	}
	requires := func(key *testenv.Signer) string {
		return fmt.Sprintf("signatures = { %q = { public_key = %q } }", r.Host+"/team", key.PublicKey)
	}

	policy(fmt.Sprintf("allowed_registries = [%q]", "docker.io/library"))
	w.bothRefuse("Cannot plan app.web", "image = \""+name+"\"", "is of "+r.Host+"/team/web, and image_policy allows only: docker.io/library", "allowed_registries")
	policy(fmt.Sprintf("allowed_registries = [%q]", r.Host+"/team"))
	w.bothRefuse("Cannot plan service.cache", `type = "redis:7"`, "is of docker.io/library/redis")

	policy("require_digest = true")
	w.bothRefuse(`image "redis:7" is named by a tag, and image_policy requires a digest`, "bayplan lock", name+"@"+digest)
	w.bayplan("lock")

	policy("require_digest = true\n" + requires(ours))
	w.bothRefuse(name+`" (`+digest+") is not signed as image_policy requires of "+r.Host+"/team: it has no signature", "cosign sign --key")
	ours.SignTag(r, "team/web", digest)
	w.settled()
	w.destroy()
	w.bayplan("plan", "--out", "plan.saved")
	r.Retag(t, "team/web", "1", strings.Replace(digest, ":", "-", 1)+".sig") // which takes the signature away
	if said := w.bayplanRefuses("apply", "plan.saved"); !strings.Contains(said, "is not signed as image_policy requires") {
		t.Errorf("a saved plan of what is no longer signed says:\n%s", said)
	}
	ours.SignTag(r, "team/web", digest)

	policy("require_digest = true\n" + requires(theirs))
	w.bothRefuse("it is not signed with that key")
	theirs.SignBundle(r, "team/web", digest)
	w.bayplan("apply", "--auto-approve")
	if out := w.bayplan("plan"); !strings.Contains(out, "No changes") {
		t.Errorf("a second plan says:\n%s", out)
	}

	held, err := w.engine.Docker.ImageInspect(w.ctx(), "busybox:stable")
	if err != nil {
		t.Fatal(err)
	}
	name = held.ID
	policy(requires(ours))
	w.bothRefuse("image = \""+name+"\"", "is named by an id, which does not tell", "Name it as its registry does")
	name = r.Host + "/team/web:1"

	policy("require_digests = true")
	w.bothRefuse("image_policy requires nothing")
	policy("allowed_registries = []")
	w.bothRefuse("allowed_registries is empty")
	w.settings = "  image_policy = { allowed_registries = [\"busybox:stable\"] }"
	w.write(sleeper("web", "busybox:stable"))
	w.bothRefuse(`"busybox:stable" is no registry`)

	policy("allowed_registries = [\"docker.io/nobody\"]")
	w.bayplan("destroy", "--auto-approve") // which nothing keeps from
	if said := w.bayplanRefuses("revert", "#1", "--auto-approve"); !strings.Contains(strings.Join(strings.Fields(said), " "), "image_policy allows only: docker.io/nobody") {
		t.Errorf("going back to what may not run any more says:\n%s", said)
	}
}

// It holds for what an app is built on.
func TestImagePolicyOfABuild(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	if err := os.WriteFile(filepath.Join(w.dir, "Dockerfile"), []byte("FROM busybox:stable\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, rule := range [][2]string{
		{`allowed_registries = ["docker.io/nobody"]`, "image_policy allows only: docker.io/nobody"},
		{`require_digest = true`, `image "busybox:stable" is named by a tag, and image_policy requires a digest`},
	} {
		w.settings = "  image_policy = { " + rule[0] + " }"
		w.write(`
resource "bayplan_app" "web" {
  name  = "web"
  build = { context = path.module }
}`)
		w.bothRefuse("Cannot plan app.web", "build = { context = path.module }", "it is built on another image: ", rule[1])
	}
	w.bayplan("lock")
	if out := w.bayplan("plan"); !strings.Contains(out, "builds "+w.project+"-default-web:") {
		t.Errorf("with what it is built on locked, a plan says:\n%s", out)
	}
}
