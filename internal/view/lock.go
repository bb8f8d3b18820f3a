package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
)

// WriteLock writes what became of a lock file: each image that stands for
// another than before, and the count.
func WriteLock(w io.Writer, s Style, name string, before, after revision.Lock) {
	all := map[string]revision.LockEntry{}
	maps.Copy(all, before.Images)
	maps.Copy(all, after.Images)
	images := slices.Sorted(maps.Keys(all))
	width := 0
	for _, image := range images {
		width = max(width, len(image))
	}
	var locked, moved, dropped int
	for _, image := range images {
		x, y := before.Images[image], after.Images[image]
		var mark, colour, said string
		switch {
		case stands(x) == stands(y):
			continue
		case stands(x) == "":
			locked++
			mark, colour, said = "+", green, stands(y)
		case stands(y) == "":
			dropped++
			mark, colour, said = "-", red, stands(x)+s.Aside("  # the configuration does not name it")
		default:
			moved++
			mark, colour, said = "~", yellow, stands(x)+s.Aside(" -> ")+stands(y)
		}
		fmt.Fprintf(w, "%s %-*s  %s\n", s.mark(colour, mark), width, image, said)
	}
	if locked+moved+dropped == 0 {
		fmt.Fprintf(w, "%s %s stays as it is.\n", s.Good("No changes."), name)
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Bold(fmt.Sprintf("%s: %d locked, %d changed, %d dropped.", name, locked, moved, dropped)))
}

// stands says what an image stands for, "" when it is not locked.
func stands(e revision.LockEntry) string {
	if e.Digest != "" {
		return shortDigest(e.Digest)
	}
	var local []string
	for _, platform := range slices.Sorted(maps.Keys(e.Local)) {
		local = append(local, shortDigest(e.Local[platform])+" ("+platform+", on the engine only)")
	}
	return strings.Join(local, ", ")
}
