package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// workload plans an app or service. An instance whose hash is that of the
// wanted container is kept and put right where it stands; all others are replaced.
func (b *builder) workload() (Change, error) {
	want, wanted := b.Desired.Workloads[b.at]
	instances := byGeneration(b.Live, b.at)
	if !wanted {
		return b.deleteWorkload(instances), nil
	}
	if err := b.alone(want); err != nil {
		return Change{}, err
	}
	converts, err := b.succeeds(want)
	if err != nil {
		return Change{}, err
	}
	r := &roll{
		builder: b, want: want, data: b.lastWritten(want, instances), converts: converts, container: Lower(b.Desired.Scope, b.at, want, b.Key),
		stopped: map[string]int{}, frozen: map[string]int{}, owed: map[topology.Hook]*owedHook{},
	}
	if err := r.renamable(); err != nil {
		return Change{}, err
	}
	present, _, there := presentOf(b.Live, b.at, instances, &want)
	fields := diff(WorkloadFields, &present, &want)
	r.sort(instances)
	if all(instances, func(i topology.Instance) bool { return i.SpecHash == r.container.Hash }) && there {
		settle(fields)
	}
	if b.Create {
		r.takeOver()
	}
	r.describe(fields)
	if want.Strategy == topology.StrategyRolling && r.impact.Down != "" {
		return Change{}, b.refuse("strategy", "", `Remove strategy, or say "recreate".`,
			"an old and a new instance cannot run at once: %s", r.impact.Down)
	}
	r.prepare()
	r.repair()
	r.replace()
	r.retire()
	b.proofs[b.at] = r.proven
	if !there || b.Create {
		return Change{Action: ActionCreate, Fields: fields}, nil
	}
	return Change{Action: b.action(fields), Fields: fields}, nil
}

// settle notes that nothing forces a replacement: what differs is how the
// instances are connected, which is put right live.
func settle(fields []FieldDiff) {
	for i := range fields {
		fields[i].Effect = min(fields[i].Effect, EffectLive)
	}
}

// alone refuses what another app or service has that only one can have: the
// name, which is that of instances and host, and a service's data.
func (b *builder) alone(want topology.Workload) error {
	data, _ := b.Live.Volume(b.dataOf(want))
	if data.KeyID != "" && data.KeyID != b.Key.ID() && catalog.Reference(b.Live.Scope, b.at, want).Username != "" {
		return b.refuse("data_volume", "", "Give the key that the data was made with: another one gives other passwords than the data knows.",
			"the data in volume %s was made with key %s, and the key given is %s", data.Name, data.KeyID, b.Key.ID())
	}
	for i := range b.Live.Rivals(b.at, want.DataVolume) {
		switch has := i.Workload.DataVolume; {
		case i.Address == b.at && has != "" && want.DataVolume != "" && has != want.DataVolume:
			return b.refuse("data_volume", "", "Keep the name that it had, or say renamed_from.",
				"%s has its data in volume %s, and would be left with an empty one", b.at, has)
		case i.Address == b.at:
		case i.Address.Name == b.at.Name:
			return b.refuse("name", "", "Give one of them another name.", "%s has the same name", i.Address)
		case b.Create || b.wants(i.Address):
			return b.refuse("data_volume", "", "Give the service another name, or mount a declared volume where its data is.",
				"%s has its data in volume %s", i.Address, want.DataVolume)
		}
	}
	return nil
}

// dataOf returns the engine name of the volume that has a service's data,
// managed or declared, "" when it has none.
func (b *builder) dataOf(w topology.Workload) string {
	if m, mounted := w.Mounts[catalog.Data(w)]; mounted && m.Volume != "" {
		return b.Desired.Scope.VolumeName(path.Base(m.Volume))
	}
	return w.DataVolume
}

func (b *builder) wants(a topology.Address) bool {
	_, wanted := b.Desired.Workloads[a]
	return wanted
}

// roll is the planning of one workload's instances.
type roll struct {
	*builder
	want      topology.Workload
	container Container
	keep      []topology.Instance         // made from the wanted container
	old       []topology.Instance         // made from another, or more than wanted
	missing   int                         // how many new ones are needed
	converts  string                      // what new ones do to the data of the old, or ""
	stopped   map[string]int              // the steps that stop old instances before all new ones are proven, by instance
	frozen    map[string]int              // the steps that pause consumers, by instance
	owed      map[topology.Hook]*owedHook // the hooks that are to run
	data      written                     // what is known of its data
	ready     []int                       // the steps before any instance may be made
	able      []int                       // the further steps before any may start
	awaited   []int                       // the steps after which the new ones do their work
	proven    []int                       // the steps after which old instances may go
	gone      []int                       // the steps after which the old ones are gone
}

// sort decides which instances stay: of those with the right hash as many as
// wanted, running ones and later generations first. While an old one serves,
// one that does not is no start: it could be in the way.
func (r *roll) sort(instances []topology.Instance) {
	right := func(i topology.Instance) bool { return i.SpecHash == r.container.Hash }
	serves := slices.ContainsFunc(instances, func(i topology.Instance) bool { return !right(i) && serving(i) })
	byUse := slices.Clone(instances)
	slices.SortStableFunc(byUse, func(x, y topology.Instance) int {
		return cmp.Or(
			cmp.Compare(distance(x), distance(y)),
			cmp.Compare(y.Generation, x.Generation))
	})
	kept := map[string]bool{}
	for _, i := range byUse {
		if right(i) && len(kept) < int(r.want.Replicas) && (serving(i) || r.want.Job && i.Status == topology.StatusCompleted || !serves) {
			kept[i.Name] = true
		}
	}
	for _, i := range instances {
		if kept[i.Name] {
			r.keep = append(r.keep, i)
		} else {
			r.old = append(r.old, i)
		}
	}
	slices.SortStableFunc(r.old, func(x, y topology.Instance) int { return cmp.Compare(standing(x), standing(y)) })
	r.missing = int(r.want.Replicas) - len(r.keep)
}

// standing orders those that serve before those that do not.
func standing(i topology.Instance) int {
	if serving(i) {
		return 0
	}
	return 1
}

// takeOver gives everything that is there the names of a next generation, so
// that a deletion that still knows the old names leaves it alone.
func (r *roll) takeOver() {
	if len(r.keep)+len(r.old) > 0 {
		r.ready = append(r.ready, r.markNext(topology.Address{}))
	}
	next, names := r.nextGeneration(), map[string]string{}
	for n, list := 1, [][]topology.Instance{r.keep, r.old}; len(list) > 0; list = list[1:] {
		for i := range list[0] {
			instance := &list[0][i]
			to := r.Live.Scope.InstanceName(r.at, next, n)
			r.impact.TakesOver = append(r.impact.TakesOver, instance.Name)
			r.ready = append(r.ready, r.add(RenameInstance{From: instance.Name, To: to}, nil))
			names[instance.Name] = to
			instance.Name, instance.Generation, instance.N = to, next, n
			n++
		}
	}
	r.Live = copied(r.Live)
	for i := range r.Live.All() {
		i.Name = cmp.Or(names[i.Name], i.Name)
	}
	r.Live = r.Live.Indexed()
}

func (r *roll) nextGeneration() int {
	highest := 0
	note := func(i *topology.Instance) {
		if !r.former(i) {
			highest = max(highest, i.Generation)
		}
	}
	for i := range r.Live.Each(r.at) {
		note(i)
	}
	for _, list := range [][]topology.Instance{r.keep, r.old} {
		for k := range list {
			note(&list[k])
		}
	}
	return highest + 1
}

// prepare adds what must be there before an instance starts: image, probe,
// data volume, networks, and its targets as it needs them.
func (r *roll) prepare() {
	_, filled := r.Live.Filled(r.vault())
	fill := r.vault() != "" && !filled
	if r.missing > 0 || fill {
		image := r.add(r.image(), nil)
		r.ready = append(r.ready, image)
		if h := r.container.Health; fill || h != nil && h.Probe {
			r.ready = append(r.ready, r.add(EnsureProbe{Image: r.container.Image}, nil, []int{image}))
		}
	}
	r.dataVolume()
	if fill {
		r.fillVault()
	}
	r.networks()
	r.hooks()
	if r.missing > 0 || len(r.owed) > 0 || slices.ContainsFunc(r.keep, r.idle) {
		r.targets()
	}
}

// image is what makes the image available.
func (r *roll) image() Op {
	if b := r.want.Build; b != nil {
		return BuildImage{Image: r.container.Image, Digest: r.container.Digest, Build: *b, Bases: r.want.BaseImages, Never: r.want.Pull == topology.PullNever}
	}
	return EnsureImage{Image: r.container.Image, Digest: r.container.Digest, Never: r.want.Pull == topology.PullNever}
}

// dataVolume makes the managed data volume, or says that what an earlier
// service left in it is used on.
func (r *roll) dataVolume() {
	name := r.want.DataVolume
	if name == "" || r.missing == 0 {
		return
	}
	if _, there := r.Live.Volume(name); there { // made with the right key, see alone
		if r.Create || len(r.keep)+len(r.old) == 0 {
			r.impact.TakesOver = append(r.impact.TakesOver, name)
		}
		return
	}
	volume := topology.LiveVolume{
		Name: name, Address: r.at, Declared: topology.Volume{Name: r.at.Name + "-data", OnDestroy: topology.OnDestroyRetain},
		KeyID: r.container.KeyID, Data: topology.DataOf(r.want),
	}
	// The image is there before a volume says that it is of its version.
	r.ready = append(r.ready, r.add(CreateVolume{Volume: volume}, nil, r.ready, r.forget(name, math.MaxInt)))
}

func (r *roll) networks() {
	for _, key := range sortedKeys(r.want.Relationships) {
		reference := r.want.Relationships[key]
		name := networkOf(r.Desired.Scope, r.at, key, reference)
		if name == "" || reference.Address.Kind == topology.KindRelationship {
			continue
		}
		network, there := r.Live.Network(name)
		var made []int
		if !there {
			network = topology.Network{
				Name: name, Kind: topology.NetworkImplied, Owner: r.at, Key: key,
				Target: reference.TargetAddress, Host: reference.Host,
			}
			made = []int{r.add(CreateNetwork{Network: network}, RemoveNetwork{Name: name, IfUnused: true})}
		}
		target := r.now(reference.TargetAddress)
		connected := r.connectTarget(network, target, made...)
		if there && len(connected) > 0 {
			r.impact.Repair = append(r.impact.Repair, "connects "+target.String()+" to "+name)
		}
		r.ready = append(r.ready, made...)
		r.able = append(r.able, connected...)
		for _, i := range strangers(r.Live, network, target) {
			r.impact.Repair = append(r.impact.Repair, "disconnects "+i.Name+" from "+name)
			r.add(Disconnect{Network: name, Instance: i.Name}, nil, connected)
		}
	}
	egress := r.Desired.Scope.EgressNetwork()
	if _, there := r.Live.Network(egress); !there && r.needs(egress) {
		network := topology.Network{Name: egress, Kind: topology.NetworkEgress}
		r.ready = append(r.ready, r.add(CreateNetwork{Network: network}, RemoveNetwork{Name: egress, IfUnused: true}))
	}
}

func (r *roll) needs(network string) bool {
	return slices.ContainsFunc(r.container.Networks, func(n Attachment) bool { return n.Network == network })
}

// targets waits for what the workload needs.
func (r *roll) targets() {
	for _, key := range sortedKeys(r.want.Relationships) {
		reference := r.want.Relationships[key]
		r.able = append(r.able, r.told[r.now(reference.TargetAddress)]...)
		for i := range r.Live.Each(r.now(reference.TargetAddress)) {
			if reference.External() || i.Address == r.at {
				continue
			}
			wait := AwaitInstance{Name: i.Name, Condition: cmp.Or(reference.Condition, topology.ConditionHealthy)}
			r.able = append(r.able, r.await(wait))
		}
	}
}

// trusted returns the steps after which the changes of what the workload needs are
// proven: only then may old instances stop, which what it was before would need.
func (r *roll) trusted() []int {
	var out []int
	for _, reference := range r.want.Relationships {
		out = append(out, r.proofs[r.now(reference.TargetAddress)]...)
	}
	return merged(out)
}

// asTarget returns the networks in which the workload is the target.
func (r *roll) asTarget() []Attachment {
	of := []topology.Address{r.at}
	if former, renamed := r.Renamed[r.at]; renamed {
		of = append(of, former)
	}
	var out []Attachment
	for n := range r.Live.NetworksTo(of...) {
		if n.Kind != topology.NetworkEgress {
			out = append(out, Attachment{Network: n.Name, Aliases: []string{n.Host}})
		}
	}
	return out
}

// exclusive says why an old instance and a new one cannot run at once, or "".
func (r *roll) exclusive(old topology.Instance) string {
	if r.want.Strategy == topology.StrategyRecreate {
		return "its strategy is recreate"
	}
	for _, p := range r.container.Ports {
		for _, q := range containerPorts(old.Workload) {
			if p.Clashes(q) {
				return fmt.Sprintf("both publish host port %d", p.Host)
			}
		}
	}
	return r.oneWriter(old)
}

// oneWriter says which volume an old instance and a new one would both write to, or "".
func (r *roll) oneWriter(old topology.Instance) string {
	for _, m := range r.container.Mounts {
		for _, use := range old.Mounts {
			if m.Volume == "" || m.Volume != use.Volume || m.ReadOnly || use.ReadOnly {
				continue
			}
			if !shared(r.Live, m.Volume) {
				return fmt.Sprintf("volume %s has one writer", m.Volume)
			}
		}
	}
	return ""
}

// condition is what an instance must become to count as there.
func (r *roll) condition() topology.Condition {
	if r.want.Job {
		return topology.ConditionCompleted
	}
	return topology.ConditionHealthy
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
