package docker

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

func TestCredentials(t *testing.T) {
	testenv.Image(t, busybox)
	dir := unset(t)
	for name, over := range map[string]*testenv.Authority{"plain": nil, "tls": testenv.NewAuthority(t)} {
		t.Run(name, func(t *testing.T) {
			r := testenv.NewDistribution(t, over)
			digest := r.Push(t, busybox, "team/shop:1")
			image := r.Host + "/team/shop:1"
			as := func(logins registry.Logins) bench {
				e, err := New(Options{Host: testenv.Require(t).Host, Logins: logins})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { e.Close() })
				return bench{Engine: e}
			}
			as(nil).isDenied(t, image, digest, "none for "+r.Host+" in registry_auth on the provider, nor in "+filepath.Join(dir, "config.json"))
			const wrong = "a wrong password"
			as(registry.Logins{r.Host: {Username: r.Username, Password: wrong}}).isDenied(t, image, digest, `user "bot" of registry_auth on the provider`)

			b := as(registry.Logins{r.Host: {Username: r.Username, Password: r.Password}})
			b.resolves(t, b.ResolveImage, image, apply.Image{Digest: digest, Published: true, Platforms: []string{"linux/" + runtime.GOARCH}})
			b.perform(t, plan.EnsureImage{Image: image, Digest: digest})
			if got, err := b.ResolveImage(t.Context(), image+"@"+digest); err != nil || !got.Local {
				t.Errorf("pulled, it is %+v, error %v", got, err)
			}
		})
	}
}

// isDenied checks what is said of an image that a registry does not give out:
// where the credentials come from, or were looked for, and none of them.
func (b bench) isDenied(t *testing.T, image, digest, origin string) {
	t.Helper()
	_, asked := b.ResolveImage(t.Context(), image)
	pulled := b.Perform(t.Context(), b.scope, plan.EnsureImage{Image: image, Digest: digest}, nil)
	host, _, _ := strings.Cut(image, "/")
	for call, err := range map[string]error{"ask": asked, "pull": pulled} {
		if err == nil || !strings.Contains(err.Error(), "(credentials: "+origin+")") || strings.Contains(err.Error(), "password") {
			t.Errorf("%s: got error %v, want one that names %s", call, err, origin)
		}
		if hint := apply.Hint(err); !strings.Contains(hint, "docker login "+host) {
			t.Errorf("%s: got hint %q", call, hint)
		}
	}
}
