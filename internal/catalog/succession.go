package catalog

import (
	"cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Succession is what it means for the data of a service that another type or
// version takes it over.
type Succession int

// The successions.
const (
	SuccessionSame     Succession = iota // the data is read as it is
	SuccessionConverts                   // the data becomes that of the new version; the old one may not read it again
	SuccessionDown                       // to an earlier version, which may not read the data
	SuccessionOther                      // to another type, which does not
	SuccessionDump                       // to a later version that does not: the data has to be written out and read in
)

// Succeed returns what it means that one service takes over the data of
// another. What a version does not say counts as equal: 7 is also 7.2.
func Succeed(before, after topology.Workload) Succession {
	x, from, errBefore := Lookup(before.Type)
	y, to, errAfter := Lookup(after.Type)
	switch {
	case errBefore != nil || errAfter != nil || from == to && x.Name == y.Name:
		return SuccessionSame
	case x.Name != y.Name:
		return SuccessionOther
	}
	at, order := firstDifference(numbers(from), numbers(to))
	switch {
	case order < 0 && y.Dumps && at == 0 && after.Image == y.Repository+":"+to:
		return SuccessionDump
	case order < 0 && at < y.Format:
		return SuccessionConverts
	case order > 0:
		return SuccessionDown
	}
	return SuccessionSame
}

// firstDifference returns where two versions differ in what both say, and how.
func firstDifference(x, y []int) (at, order int) {
	for i := range min(len(x), len(y)) {
		if order := cmp.Compare(x[i], y[i]); order != 0 {
			return i, order
		}
	}
	return 0, 0
}
