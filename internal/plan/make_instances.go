package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// repair puts kept instances right: settings that can change live, the
// networks they need and no others, and that they run.
func (r *roll) repair() {
	for _, i := range r.keep {
		settled := slices.Concat(r.ready, r.able)
		if set := r.changedSettings(i); len(set) > 0 {
			settled = append(settled, r.add(UpdateInstance{Name: i.Name, Settings: set}, nil, r.ready))
		}
		settled = append(settled, r.reconnect(i)...)
		r.proven = append(r.proven, settled...)
		if r.idle(i) {
			settled = append(settled, r.makeWay(settled)...)
			settled = append(settled, r.runHook(topology.HookDeploy, settled)...)
			settled = append(settled, r.starting(settled)...)
			settled = []int{r.revive(i, settled)}
			r.awaited = append(r.awaited, settled...)
			r.proven = append(r.proven, settled...)
		}
		settled = r.rotate(i.Name, settled)
		r.proven = append(r.proven, settled...)
		if r.replacing() && !r.want.Job {
			r.proven = append(r.proven, r.take(i, settled)...)
		}
	}
}

func (r *roll) changedSettings(i topology.Instance) []Setting {
	var out []Setting
	for _, f := range WorkloadFields {
		if f.Path == "" || f.Effect != EffectLive {
			continue
		}
		if want := f.Get(&r.want); !Equal(f.Get(&i.Workload), want) {
			out = append(out, Setting{Path: f.Path, Value: want.Interface()})
		}
	}
	return out
}

// reconnect connects a kept instance to what it needs and disconnects it from
// what neither it nor a consumer of it declares.
func (r *roll) reconnect(i topology.Instance) []int {
	var out []int
	wanted := map[string]bool{}
	for _, n := range r.container.Networks {
		wanted[n.Network] = true
		if !in(i, n.Network) {
			r.impact.Repair = append(r.impact.Repair, "connects "+i.Name+" to "+n.Network)
			out = append(out, r.add(Connect{Network: n.Network, Instance: i.Name, Aliases: n.Aliases},
				Disconnect{Network: n.Network, Instance: i.Name}, r.ready))
		}
	}
	for _, n := range r.asTarget() {
		wanted[n.Network] = true
	}
	for _, name := range sortedKeys(i.Networks) {
		if !wanted[name] && !r.standsIn(i, name) {
			r.impact.Repair = append(r.impact.Repair, "disconnects "+i.Name+" from "+name)
			out = append(out, r.add(Disconnect{Network: name, Instance: i.Name}, nil, r.ready))
		}
	}
	return out
}

// standsIn reports whether an instance answers in a network to the name of a
// target that is nowhere: those who know it under a former name still use it.
func (r *roll) standsIn(i topology.Instance, network string) bool {
	n, there := r.Live.Network(network)
	return there && slices.Contains(i.Networks[network], n.Host) && none(r.Live.Each(r.Live.TargetOf(n)))
}

// idle reports whether a kept instance is not in the state it should be in.
func (r *roll) idle(i topology.Instance) bool {
	if r.want.Job {
		return i.Status != topology.StatusCompleted
	}
	return i.Status != topology.StatusRunning
}

// revive makes an idle instance do its work again and waits until it does.
func (r *roll) revive(i topology.Instance, needs []int) int {
	r.impact.Start++
	if i.Status == topology.StatusUnhealthy || i.Status == topology.StatusRestarting {
		needs = []int{r.add(StopInstance{Name: i.Name}, nil, needs)}
	}
	started := r.add(StartInstance{Name: i.Name}, nil, needs)
	return r.await(AwaitInstance{Name: i.Name, Condition: r.condition()}, []int{started})
}

// makeWay stops the old instances beside which a kept one cannot be started again,
// and returns the steps. Who uses them waits meanwhile.
func (r *roll) makeWay(before []int) []int {
	conflicts, rolling := r.conflicts()
	if !rolling && len(conflicts) > 0 {
		before = slices.Concat(before, r.freeze(before))
	}
	return r.withdraw(conflicts, before)
}

func serving(i topology.Instance) bool {
	switch i.Status {
	case topology.StatusRunning, topology.StatusUnhealthy, topology.StatusPaused, topology.StatusRestarting:
		return true
	}
	return false
}

// retire removes the old instances once the new ones are proven, and then what
// nobody needs any more.
func (r *roll) retire() {
	if len(r.impact.TakesOver) > 0 { // the marker of that is the one that counts
		r.unmark(r.Live.Generation(r.at)+1, slices.Concat(r.ready, r.able, r.proven)...)
	}
	if former, renamed := r.Renamed[r.at]; renamed {
		for m := range r.Live.MarkersOf(former) {
			r.commit(Unmark{Name: m.Name}, slices.Concat(r.ready, r.able, r.proven))
		}
	}
	for _, i := range r.old {
		needs := slices.Concat(r.proven, r.ready, r.able, r.trusted())
		if step, stopped := r.stopped[i.Name]; stopped {
			needs = append(needs, step)
		} else if serving(i) {
			needs = []int{r.commit(StopInstance{Name: i.Name}, needs)}
		}
		r.gone = append(r.gone, r.commit(RemoveInstance{Name: i.Name, ID: i.ID}, needs))
	}
	for _, step := range r.forget(r.dataOf(r.want), r.data.generation, r.gone, r.proven) {
		r.plan.Steps[step].Commit = true
	}
	r.removeVaults(r.vault(), r.gone, r.proven, r.able)
	for n := range r.Live.NetworksOf(r.at) {
		if n.Kind == topology.NetworkImplied && !r.needs(n.Name) {
			r.removeNetwork(n.Name, slices.Concat(r.old, r.keep), slices.Concat(r.gone, r.proven)...)
		}
	}
	egress := r.Desired.Scope.EgressNetwork()
	leaves := func(i topology.Instance) bool { return in(i, egress) }
	if !r.egress && slices.ContainsFunc(slices.Concat(r.old, r.keep), leaves) {
		r.add(RemoveNetwork{Name: egress, IfUnused: true}, nil, r.gone, r.proven)
	}
}

// deleteWorkload removes the instances that the deletion names, and with the
// last of the address its own networks. Data stays.
func (b *builder) deleteWorkload(instances []topology.Instance) Change {
	going, gone := []topology.Instance{}, []int{}
	for _, i := range instances {
		if id, named := b.Only[i.Name]; b.Only != nil && (!named || id != i.ID) {
			continue
		}
		going = append(going, i)
		if why := b.claims().inTheWay(b.Desired, b.Live, i); why != "" && serving(i) {
			b.impact.Down = why
		}
		stopped := b.add(StopInstance{Name: i.Name}, nil)
		gone = append(gone, b.add(RemoveInstance{Name: i.Name, ID: i.ID}, nil, []int{stopped}))
	}
	b.impact.Remove = len(going)
	b.remember(going, gone)
	if len(going) == len(instances) {
		for h := range b.Live.HooksOf(b.at) {
			gone = append(gone, b.add(RemoveInstance{Name: h.Name, ID: h.ID}, nil))
		}
		for n := range b.Live.NetworksOf(b.at) {
			if n.Kind == topology.NetworkImplied {
				b.removeNetwork(n.Name, going, gone...)
			}
		}
		b.removeVaults("", gone)
		b.unmark(b.Live.Generation(b.at)+1, gone...)
	}
	if b.leavesEgress(going) {
		b.add(RemoveNetwork{Name: b.Live.Scope.EgressNetwork(), IfUnused: true}, nil, gone)
	}
	var held []string
	for _, i := range going {
		for _, use := range i.Mounts {
			held = append(held, use.Volume)
		}
	}
	for v := range b.Live.VolumesOf(b.at, held...) {
		if v.Address == b.at || v.Address.Kind == topology.KindService {
			b.impact.KeepsData = append(b.impact.KeepsData, v.Name)
		}
	}
	return Change{Action: ActionDelete}
}

// remember records where the data of a service is that had another name when
// it was made: its instances, which tell, go. The marker is of no generation.
func (b *builder) remember(going []topology.Instance, gone []int) {
	for _, i := range going {
		principal := b.Live.Scope.Principal(i.Workload.DataVolume)
		marker := topology.Marker{
			Name: b.Live.Scope.MarkerName(b.at, 0), Address: b.at, Target: topology.Address{Kind: b.at.Kind, Name: principal},
		}
		there, taken := b.Live.Marker(marker.Name)
		if principal == "" || principal == b.at.Name || there == marker {
			continue
		}
		if taken {
			gone = []int{b.add(Unmark{Name: marker.Name}, nil, gone)} // of another's data, under the same name
		}
		b.add(Mark{Marker: marker}, nil, gone)
		return
	}
}

// leavesEgress reports whether the egress network may be without members when
// the given instances are gone: one of them is in it, or nobody is.
func (b *builder) leavesEgress(going []topology.Instance) bool {
	name := b.Live.Scope.EgressNetwork()
	_, there := b.Live.Network(name)
	member := func(i topology.Instance) bool { return in(i, name) }
	return there && !b.egress && (slices.ContainsFunc(going, member) || none(b.Live.Members(name)))
}
