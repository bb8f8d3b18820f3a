package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
)

func TestWriteLock(t *testing.T) {
	entry := func(digit string) revision.LockEntry {
		return revision.LockEntry{Digest: "sha256:" + strings.Repeat(digit, 64)}
	}
	local := revision.LockEntry{Local: map[string]string{"linux/amd64": "sha256:" + strings.Repeat("c", 64)}}
	lock := func(images map[string]revision.LockEntry) revision.Lock { return revision.Lock{Images: images} }
	before := lock(map[string]revision.LockEntry{"same:1": entry("a"), "moved:1": entry("a"), "gone:1": entry("a")})
	after := lock(map[string]revision.LockEntry{"same:1": entry("a"), "moved:1": entry("b"), "built-here:1": local})
	var out bytes.Buffer
	WriteLock(&out, Style{}, "bayplan.lock.hcl", before, after)
	WriteLock(&out, Style{}, "bayplan.lock.hcl", after, after)
	want := `+ built-here:1  sha256:cccccccccccc… (linux/amd64, on the engine only)
- gone:1        sha256:aaaaaaaaaaaa…  # the configuration does not name it
~ moved:1       sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…

bayplan.lock.hcl: 1 locked, 1 changed, 1 dropped.
No changes. bayplan.lock.hcl stays as it is.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
