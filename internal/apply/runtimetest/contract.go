package runtimetest

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Factory returns a Runtime to test, a scope that no other call returned, and
// an image that is on its engine with its digest: one that has the commands
// sh, sleep, true and false, as busybox does.
type Factory func(t *testing.T) (rt apply.Runtime, scope topology.Scope, image, digest string)

// Contract checks that a Runtime keeps what apply.Runtime and plan.Op promise.
// It calls the factory for each of its tests, which run in parallel. Each
// works in the scope it gets and in the one whose environment has "-other"
// added, and leaves both empty. Some publish ports of 127.0.0.1 that are free on
// the machine of the test, so the engine has to be there too.
func Contract(t *testing.T, factory Factory) {
	t.Helper()
	for _, group := range [][]promise{
		imagePromises, networkPromises, connectionPromises, volumePromises, markerPromises,
		instancePromises, readingPromises, lifePromises, awaitPromises, servingPromises, scopePromises, ledgerPromises,
	} {
		for _, p := range group {
			t.Run(p.says, func(t *testing.T) {
				t.Parallel()
				p.check(newBench(t, factory))
			})
		}
	}
}

// promise is one thing that every Runtime keeps to.
type promise struct {
	says  string
	check func(b *bench)
}
