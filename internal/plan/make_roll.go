package plan

import (
	"slices"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// settling is how long a new instance has to go on serving before an old one
// stops: what is broken often ends in its first seconds.
const settling = 3 * time.Second

// replace adds the missing instances. Those that take the place of old ones
// come in batches: each batch is proven before the old ones of its places stop,
// which can be resumed until the last batch is proven too.
func (r *roll) replace() {
	generation, numbers := r.names()
	size := r.batch()
	var begin []int
	var earlier []string
	for first := 0; first < r.missing; first += size {
		last := min(first+size, r.missing)
		var batch []string
		var proven []int
		for _, n := range numbers[first:last] {
			name := r.Desired.Scope.InstanceName(r.at, generation, n)
			batch = append(batch, name)
			proven = append(proven, r.instance(name, begin)...)
		}
		before := proven
		for _, name := range earlier {
			proven = append(proven, r.add(WatchInstance{Name: name, Fresh: true}, nil, before))
		}
		earlier = append(earlier, batch...)
		r.proven = append(r.proven, proven...)
		if last < r.missing {
			begin = slices.Concat(proven, r.withdraw(r.old[min(first, r.impact.Replace):min(last, r.impact.Replace)], proven))
		}
	}
	r.thaw()
	r.proven = append(r.proven, r.runHook(topology.HookPostDeploy, r.proven)...)
}

// batch returns how many instances are made at once: a quarter of the replicas
// where they take the place of old ones that serve meanwhile.
func (r *roll) batch() int {
	if r.impact.Replace == 0 || r.impact.Down != "" || r.want.Job {
		return max(r.missing, 1)
	}
	return int(r.want.Replicas+3) / 4
}

// instance makes an instance and returns the steps after which it is proven.
// Where it cannot run beside an old one, that one stops before it starts.
func (r *roll) instance(name string, begin []int) []int {
	conflicts, rolling := r.conflicts()
	c := r.container
	if !rolling {
		c.Networks = slices.Concat(c.Networks, r.asTarget())
	}
	created := r.add(CreateInstance{Name: name, Container: c}, RemoveInstance{Name: name}, r.ready, begin)
	before := slices.Concat(r.ready, r.able, begin, []int{created})
	sharesData := slices.ContainsFunc(conflicts, func(old topology.Instance) bool { return r.oneWriter(old) != "" })
	if !sharesData {
		before = append(before, r.runHook(topology.HookDeploy, r.ready, r.able)...)
	}
	if !rolling && len(conflicts) > 0 {
		before = append(before, r.freeze(before)...)
	}
	before = append(before, r.withdraw(conflicts, before)...)
	if sharesData {
		before = append(before, r.runHook(topology.HookDeploy, before)...)
	}
	before = append(before, r.starting(before)...)
	started := r.add(StartInstance{Name: name}, StopInstance{Name: name}, before)
	proven := r.rotate(name, []int{r.await(AwaitInstance{Name: name, Condition: r.condition()}, []int{started})})
	r.awaited = append(r.awaited, proven...)
	if rolling {
		proven = r.serve(name, proven)
	}
	if r.replacing() && !r.want.Job {
		proven = append(proven, r.add(WatchInstance{Name: name, For: settling, Fresh: true}, nil, proven))
	}
	return proven
}

// replacing reports whether there is an old instance that was made from
// another container, and not only one too many.
func (r *roll) replacing() bool {
	return slices.ContainsFunc(r.old, func(i topology.Instance) bool { return i.SpecHash != r.container.Hash })
}

// names returns the generation of the new instances and their numbers: those
// that are free in the generation of the kept ones when it is just scaled,
// else a next generation.
func (r *roll) names() (generation int, numbers []int) {
	taken := map[int]bool{}
	generation = r.nextGeneration()
	if len(r.keep) > 0 && len(r.old) == 0 {
		generation = r.keep[len(r.keep)-1].Generation
		for _, i := range r.keep {
			taken[i.N] = i.Generation == generation || taken[i.N]
		}
	}
	for n := 1; len(numbers) < r.missing; n++ {
		if !taken[n] {
			numbers = append(numbers, n)
		}
	}
	return generation, numbers
}

// conflicts returns the old instances that must stop before a new one starts,
// and whether another goes on serving meanwhile.
func (r *roll) conflicts() (stop []topology.Instance, rolling bool) {
	rolling = slices.ContainsFunc(r.keep, serving)
	for _, old := range r.old {
		if !serving(old) {
			continue
		}
		why := r.exclusive(old)
		if why != "" {
			r.impact.Down = why
			stop = append(stop, old)
		}
		rolling = rolling || why == ""
	}
	return stop, rolling
}

// withdraw stops old instances that can be resumed, each once, and returns the steps.
func (r *roll) withdraw(old []topology.Instance, before []int) []int {
	var out []int
	for _, i := range old {
		if !serving(i) {
			continue
		}
		if _, stopped := r.stopped[i.Name]; !stopped {
			var undo Op = StartInstance{Name: i.Name}
			if i.Status == topology.StatusRunning && !i.Workload.Job {
				undo = ResumeInstance{Name: i.Name}
			}
			r.stopped[i.Name] = r.add(StopInstance{Name: i.Name}, undo, before, r.trusted())
		}
		out = append(out, r.stopped[i.Name])
	}
	return out
}

// serve lets consumers reach a proven instance. That is not taken back apart from
// the instance: one that is asked to stop has answers to give through the network.
func (r *roll) serve(name string, proven []int) []int {
	out := slices.Clone(proven)
	for _, n := range r.asTarget() {
		out = append(out, r.add(Connect{Network: n.Network, Instance: name, Aliases: n.Aliases}, nil, proven))
	}
	return out
}

// take lets consumers reach a kept instance, where they do not yet, and watches
// it before old ones stop.
func (r *roll) take(i topology.Instance, settled []int) []int {
	out := slices.Clone(settled)
	for _, n := range r.asTarget() {
		if !slices.Equal(i.Networks[n.Network], n.Aliases) {
			out = append(out, r.add(Connect{Network: n.Network, Instance: i.Name, Aliases: n.Aliases},
				Disconnect{Network: n.Network, Instance: i.Name}, settled))
		}
	}
	return append(out, r.add(WatchInstance{Name: i.Name, For: settling}, nil, out))
}
