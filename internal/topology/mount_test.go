package topology_test

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestVeilMount(t *testing.T) {
	for options, want := range map[string]string{
		"":                                   "",
		"addr=files,bypass=1,rw":             "addr=files,bypass=1,rw",
		"password=x":                         "password=(hidden)",
		"username=a,password=x y: z,,w,rw":   "username=a,password=(hidden),rw",
		"username=a, PASS=x,credentials=/c":  "username=a, PASS=(hidden),credentials=(hidden)",
		"passwd=x,password2=y,cred=z,addr=a": "passwd=(hidden),password2=(hidden),cred=(hidden),addr=a",
	} {
		if got := topology.VeilMount(options); got != want {
			t.Errorf("%q: got %q; want %q", options, got, want)
		}
	}
}
