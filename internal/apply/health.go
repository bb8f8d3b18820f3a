package apply

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// patience is how long Checked waits for the health check of what starts.
const patience = 2 * time.Second

// Checked returns instances with the health that they have now. The engine's own
// first check takes an interval, and until then it says of each that it starts.
func Checked(ctx context.Context, runtime Runtime, scope topology.Scope, instances []topology.Instance) []topology.Instance {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out := slices.Clone(instances)
	var waiting sync.WaitGroup
	for i := range out {
		if out[i].Health != topology.HealthStarting {
			continue
		}
		waiting.Go(func() {
			wait := plan.AwaitInstance{Name: out[i].Name, Condition: topology.ConditionHealthy}
			if runtime.Perform(ctx, scope, wait, nil) == nil {
				out[i].Health = topology.HealthHealthy
			}
		})
	}
	waiting.Wait()
	return out
}
