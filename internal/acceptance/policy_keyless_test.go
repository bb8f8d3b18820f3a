package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/sigstore"
)

// What nobody, or somebody else, has signed without a key is refused by both programs,
// which say who was wanted and who was found.
func TestKeylessImagePolicy(t *testing.T) {
	const us, them, issuer = "release@shop.example", "somebody@shop.example", "https://accounts.example"
	testenv.Image(t, "busybox:stable")
	r := testenv.NewDistribution(t, nil)
	digest := r.Push(t, "busybox:stable", "team/web:1")
	name := r.Host + "/team/web:1"
	ours, theirs := sigstore.New(t), sigstore.New(t)
	w := newWorkspace(t)
	requires := func(of *sigstore.Sigstore, who string) {
		if err := os.WriteFile(filepath.Join(w.dir, "trusted_root.json"), []byte(of.TrustedRoot), 0o600); err != nil {
			t.Fatal(err)
		}
		w.settings = fmt.Sprintf(`  registry_auth = { %q = { username = %q, password = %q } }
  image_policy = {
    signatures = {
      %q = { keyless = { %s, trusted_root = file("trusted_root.json") } }
    }
  }`, r.Host, r.Username, r.Password, r.Host+"/team", who)
		w.write(sleeper("web", name))
	}
	exactly := fmt.Sprintf("identity = %q, issuer = %q", us, issuer)
	told := name + `" (` + digest + ") is not signed as image_policy requires of " + r.Host + "/team: "

	requires(ours, exactly)
	w.bothRefuse("Cannot plan app.web", `image = "`+name+`"`, told+"it has no signature", "Have "+us+" of issuer "+issuer+" sign it: cosign sign "+r.Host+"/team/web@"+digest)
	ours.SignTag(r, "team/web", digest, them, issuer)
	w.bothRefuse(told + "it is not signed by that identity: want " + us + " of issuer " + issuer + ", and found " + them + " of issuer " + issuer)
	theirs.SignBundle(r, "team/web", digest, us, issuer)
	w.bothRefuse("and found " + them + " of issuer " + issuer + "; a signature that does not hold (")

	ours.SignBundle(r, "team/web", digest, us, issuer)
	w.settled()
	w.destroy()
	w.bayplan("plan", "--out", "plan.saved")
	w.bayplan("apply", "plan.saved")
	requires(ours, `identity_regexp = ".*@shop\\.example", issuer_regexp = "https://.*"`)
	if out := w.bayplan("plan"); !strings.Contains(out, "No changes") {
		t.Errorf("a plan with regular expressions says:\n%s", out)
	}

	requires(theirs, fmt.Sprintf("identity = %q, issuer = %q", us, "https://other.example"))
	w.bothRefuse("want " + us + " of issuer https://other.example, and found ")
	requires(ours, fmt.Sprintf("identity_regexp = %q, issuer = %q", "release", issuer))
	w.bothRefuse("want /release/ of issuer " + issuer + ", and found ")
	requires(ours, fmt.Sprintf("identity = %q", us))
	w.bothRefuse("signatures for " + r.Host + "/team: want issuer or issuer_regexp")
	requires(ours, exactly)
	w.bayplan("destroy", "--auto-approve")
}
