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
// another than before, each build that is another, and the count.
func WriteLock(w io.Writer, s Style, name string, before, after revision.Lock) {
	was, is := lockLines{}, lockLines{}
	was.of(before)
	is.of(after)
	all := maps.Clone(was)
	maps.Copy(all, is)
	names := slices.Sorted(maps.Keys(all))
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	var locked, moved, dropped int
	for _, name := range names {
		x, y := was[name], is[name]
		var mark, colour, said string
		switch {
		case x == y:
			continue
		case x == "":
			locked++
			mark, colour, said = "+", green, y
		case y == "":
			dropped++
			mark, colour, said = "-", red, x+s.Aside("  # the configuration does not name it")
		default:
			moved++
			mark, colour, said = "~", yellow, x+s.Aside(" -> ")+y
		}
		fmt.Fprintf(w, "%s %-*s  %s\n", s.mark(colour, mark), width, name, said)
	}
	if locked+moved+dropped == 0 {
		fmt.Fprintf(w, "%s %s stays as it is.\n", s.Good("No changes."), name)
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Bold(fmt.Sprintf("%s: %d locked, %d changed, %d dropped.", name, locked, moved, dropped)))
}

// lockLines are what a lock file says, by name of image or address of build.
type lockLines map[string]string

func (l lockLines) of(lock revision.Lock) {
	for image, entry := range lock.Images {
		l[image] = stands(entry)
	}
	for app, b := range lock.Builds {
		l[app] = shortDigest(b.Digest)
		for _, platform := range slices.Sorted(maps.Keys(b.Images)) {
			l[app] += ", " + shortDigest(b.Images[platform]) + " (" + platform + ")"
		}
	}
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
