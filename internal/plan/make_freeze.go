package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// freeze pauses who uses the workload, so that their clients wait while nobody
// of it serves, and returns the steps. They go on once it does, and in any case
// when the workload's freeze timeout is over.
func (r *roll) freeze(before []int) []int {
	limit, err := r.want.FreezeTimeout.Value()
	if err != nil || limit == 0 {
		return nil
	}
	var networks []string
	for _, n := range r.asTarget() {
		networks = append(networks, n.Network)
	}
	for i := range r.Live.Members(networks...) {
		if i.Address == r.at || i.Status != topology.StatusRunning || r.frozen[i.Name] > 0 {
			continue
		}
		step := r.add(PauseInstance{Name: i.Name}, UnpauseInstance{Name: i.Name}, before)
		r.plan.Steps[step].Hold = limit
		r.frozen[i.Name] = step
		if !slices.Contains(r.impact.Pauses, i.Address) {
			r.impact.Pauses = append(r.impact.Pauses, i.Address)
		}
	}
	var out []int
	for _, name := range sortedKeys(r.frozen) {
		out = append(out, r.frozen[name])
	}
	return out
}

// thaw lets those go on that were paused.
func (r *roll) thaw() {
	for _, name := range sortedKeys(r.frozen) {
		r.proven = append(r.proven, r.add(UnpauseInstance{Name: name}, nil, r.awaited))
	}
}
