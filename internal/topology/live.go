package topology

import (
	"iter"
	"slices"
)

// Status is the state of an instance as the engine tells it.
type Status string

// The states of an instance. Unhealthy is a running instance whose health
// check fails; Completed an exited one with exit code 0.
const (
	StatusCreated    Status = "created"
	StatusRunning    Status = "running"
	StatusUnhealthy  Status = "unhealthy"
	StatusRestarting Status = "restarting"
	StatusPaused     Status = "paused"
	StatusExited     Status = "exited"
	StatusCompleted  Status = "completed"
)

// Health is the engine's own verdict on an instance that has a health check:
// "", "starting", "healthy" or "unhealthy".
type Health string

// The verdicts of a health check.
const (
	HealthNone      Health = ""
	HealthStarting  Health = "starting"
	HealthHealthy   Health = "healthy"
	HealthUnhealthy Health = "unhealthy"
)

// Instance is one live container of ours.
type Instance struct {
	ID         string
	Name       string  // as the engine has it, without a leading slash
	Address    Address // from its labels
	Generation int     // from its name: the number before the last
	N          int     // from its name: the last number
	SpecHash   string  // from its labels: the hash of the container it was made from
	KeyID      string  // from its labels: the fingerprint of the key of its credentials, or ""
	Status     Status
	Health     Health
	ExitCode   int
	// Workload is what the instance was made from, with the fields that can
	// change on a live container as they are now. Replicas is always 1.
	Workload Workload `json:",omitzero"`
	// Networks it is connected to by name, with its aliases there, sorted.
	Networks map[string][]string
	// Mounts are the engine names of the volumes it holds, by path.
	Mounts map[string]VolumeUse
}

// LiveHook is the container of a hook: one that is to run, runs, or was left.
type LiveHook struct {
	ID      string
	Name    string  // on the engine
	Address Address // whose hook it is
	Hook    Hook
}

// VolumeUse is a volume as one instance holds it.
type VolumeUse struct {
	Volume   string
	ReadOnly bool
}

// Vault is a volume in memory for secrets, gone with the last container that
// has it mounted and runs.
type Vault struct {
	Name    string // on the engine
	Address Address
}

// Keeper is the container that holds a vault open for the instances of a
// workload. A vault is filled while a keeper of that name runs, see KeeperName.
type Keeper struct {
	ID      string
	Name    string
	Address Address
	Vault   string // its name
	Status  Status
}

// NetworkKind is what a network of ours is for.
type NetworkKind string

// The kinds of network.
const (
	NetworkRelationship NetworkKind = "relationship" // of a declared relationship
	NetworkImplied      NetworkKind = "implied"      // of one direct reference
	NetworkEgress       NetworkKind = "egress"       // to the outside, members kept apart
)

// Network is a network of ours, wanted or live. A live one has an ID.
type Network struct {
	ID     string
	Name   string
	Kind   NetworkKind
	Owner  Address // the relationship, or the consumer of a direct reference; zero for egress
	Key    string  // implied: the consumer's map key
	Target Address // whom Host leads to, as of the network's creation; see Live.TargetOf
	Host   string  // the alias of the target
	// Declared is the relationship as of the network's creation.
	Declared Relationship
}

// LiveVolume is a volume of ours on the engine.
type LiveVolume struct {
	Name     string  // on the engine
	Address  Address // volume.NAME, or service.NAME for a managed data volume
	Declared Volume  // as of its creation
	KeyID    string  // the fingerprint of the key that was given when it was made, or ""
	Data     Data    // of a managed data volume: what it was made for
}

// Data is what a service has made of a volume; without a type nobody knows.
type Data struct {
	Type               string `json:"type,omitempty"`                // with its version
	CredentialsVersion int64  `json:"credentials_version,omitempty"` // of the passwords that it knows
}

// DataOf returns what a service makes of its data.
func DataOf(w Workload) Data { return Data{w.Type, w.CredentialsVersion} }

// Marker records on the engine what the labels of an address's own object
// cannot: that it was taken over or led elsewhere, or what the data in a volume
// has become. The highest generation counts.
type Marker struct {
	Name       string
	Address    Address
	Generation int
	Target     Address // relationships: whom it leads to
	Volume     string  // data: the volume on the engine, which is used by Address
	Data       Data
}

// Live is what an engine holds of a scope, each list sorted by name.
type Live struct {
	Scope     Scope
	Instances []Instance
	Hooks     []LiveHook
	Networks  []Network
	Volumes   []LiveVolume
	Vaults    []Vault
	Keepers   []Keeper
	Markers   []Marker
	Written   []Marker // those of data
	// Foreign holds what is not of this scope but could be in its way, filled only when asked for.
	Foreign Foreign `json:"-"`
	// Index says where in the lists things are; nil where that is not known.
	Index *Index `json:"-"`
}

// Foreign is what else is on the engine: names by kind of object, and
// published ports with the name of the container that holds each.
type Foreign struct {
	Containers map[string]bool
	Networks   map[string]bool
	Volumes    map[string]bool
	Ports      map[Port]string
}

// All returns the instances, in order of name, where they are: one is large.
func (l Live) All() iter.Seq[*Instance] {
	return func(yield func(*Instance) bool) {
		for k := range l.Instances {
			removed := l.Index != nil && l.Instances[k].Name == ""
			if !removed && !yield(&l.Instances[k]) {
				return
			}
		}
	}
}

// Each returns the instances of an address, in order of name, where they are.
func (l Live) Each(a Address) iter.Seq[*Instance] {
	return find(l.Instances, l.index().instances, func(i *Instance) bool { return i.Address == a }, ofAddress(of, a))
}

// Of returns the instances of an address, in order of name.
func (l Live) Of(a Address) []Instance {
	var out []Instance
	for i := range l.Each(a) {
		out = append(out, *i)
	}
	return out
}

// Named returns the instance of that name, nil when there is none.
func (l Live) Named(name string) *Instance {
	for i := range find(l.Instances, l.index().instances, func(i *Instance) bool { return i.Name == name }, key{by: named, name: name}) {
		return i
	}
	return nil
}

// Members returns the instances that are in any of the networks, where they are.
func (l Live) Members(networks ...string) iter.Seq[*Instance] {
	in := func(i *Instance) bool {
		return slices.ContainsFunc(networks, func(n string) bool { _, is := i.Networks[n]; return is })
	}
	return find(l.Instances, l.index().instances, in, keysOf(within, networks)...)
}

// Holders returns the instances that have a volume mounted, where they are.
func (l Live) Holders(volume string) iter.Seq[*Instance] {
	return find(l.Instances, l.index().instances, func(i *Instance) bool { return i.Holds(volume) }, key{by: holding, name: volume})
}

// Holds reports whether the instance has a volume mounted.
func (i *Instance) Holds(volume string) bool {
	for _, use := range i.Mounts {
		if use.Volume == volume {
			return true
		}
	}
	return false
}

// Rivals returns the instances that have the name of an app or service, its own too,
// or have its data mounted, which is in a volume or "", where they are.
func (l Live) Rivals(a Address, data string) iter.Seq[*Instance] {
	is := func(i *Instance) bool {
		return i.Address.IsWorkload() && i.Address.Name == a.Name || data != "" && i.Holds(data)
	}
	by := []key{{of, KindApp, a.Name}, {of, KindService, a.Name}, {by: holding, name: data}}
	return find(l.Instances, l.index().instances, is, by...)
}

// Consumers returns the instances that were made with a relationship to an
// address, where they are.
func (l Live) Consumers(a Address) iter.Seq[*Instance] {
	needs := func(i *Instance) bool {
		for _, r := range i.Workload.Relationships {
			if r.Address == a || r.TargetAddress == a {
				return true
			}
		}
		return false
	}
	return find(l.Instances, l.index().instances, needs, ofAddress(needing, a))
}

// HooksOf returns the containers of the hooks of an address.
func (l Live) HooksOf(a Address) iter.Seq[*LiveHook] {
	return find(l.Hooks, l.index().hooks, func(h *LiveHook) bool { return h.Address == a }, ofAddress(of, a))
}

// Network returns the network of that name.
func (l Live) Network(name string) (Network, bool) {
	return first(find(l.Networks, l.index().networks, func(n *Network) bool { return n.Name == name }, key{by: named, name: name}))
}

// NetworksOf returns the networks that an address owns.
func (l Live) NetworksOf(owner Address) iter.Seq[*Network] {
	return find(l.Networks, l.index().networks, func(n *Network) bool { return n.Owner == owner }, ofAddress(of, owner))
}

// NetworksTo returns the networks whose host leads to any of the addresses now.
func (l Live) NetworksTo(targets ...Address) iter.Seq[*Network] {
	var by []key
	for _, a := range targets {
		by = append(by, ofAddress(leading, a))
	}
	return find(l.Networks, l.index().networks, func(n *Network) bool { return slices.Contains(targets, l.TargetOf(*n)) }, by...)
}

// Volume returns the volume of that engine name.
func (l Live) Volume(name string) (LiveVolume, bool) {
	return first(find(l.Volumes, l.index().volumes, func(v *LiveVolume) bool { return v.Name == name }, key{by: named, name: name}))
}

// VolumesOf returns the volumes of an address, and those of the given engine names.
func (l Live) VolumesOf(a Address, names ...string) iter.Seq[*LiveVolume] {
	is := func(v *LiveVolume) bool { return v.Address == a || slices.Contains(names, v.Name) }
	return find(l.Volumes, l.index().volumes, is, append(keysOf(named, names), ofAddress(of, a))...)
}

// Vault returns the vault of that name.
func (l Live) Vault(name string) (Vault, bool) {
	return first(find(l.Vaults, l.index().vaults, func(v *Vault) bool { return v.Name == name }, key{by: named, name: name}))
}

// VaultsOf returns the vaults of an address.
func (l Live) VaultsOf(a Address) iter.Seq[*Vault] {
	return find(l.Vaults, l.index().vaults, func(v *Vault) bool { return v.Address == a }, ofAddress(of, a))
}

// KeepersOf returns the keepers of an address, and those of the given vaults.
func (l Live) KeepersOf(a Address, vaults ...string) iter.Seq[*Keeper] {
	is := func(k *Keeper) bool { return k.Address == a || slices.Contains(vaults, k.Vault) }
	return find(l.Keepers, l.index().keepers, is, append(keysOf(within, vaults), ofAddress(of, a))...)
}

// Filled returns the keeper of a filled vault.
func (l Live) Filled(vault string) (Keeper, bool) {
	is := func(k *Keeper) bool {
		return k.Vault == vault && k.Name == KeeperName(vault) && k.Status == StatusRunning
	}
	return first(find(l.Keepers, l.index().keepers, is, key{by: within, name: vault}))
}

// Marker returns the marker of that name.
func (l Live) Marker(name string) (Marker, bool) {
	return first(find(l.Markers, l.index().markers, func(m *Marker) bool { return m.Name == name }, key{by: named, name: name}))
}

// MarkersOf returns the markers of an address.
func (l Live) MarkersOf(a Address) iter.Seq[*Marker] {
	return find(l.Markers, l.index().markers, func(m *Marker) bool { return m.Address == a }, ofAddress(of, a))
}

// MarkerOf returns the marker of an address that counts, or false.
func (l Live) MarkerOf(a Address) (Marker, bool) {
	var found Marker
	for m := range l.MarkersOf(a) {
		if m.Generation > found.Generation {
			found = *m
		}
	}
	return found, found.Generation > 0
}

// DataIn returns what is known of the data in a volume, and of which generation
// that is: 0 when the volume's own labels tell it, or nothing does.
func (l Live) DataIn(volume string) (Data, int) {
	v, there := l.Volume(volume)
	found := Marker{Data: v.Data}
	for _, m := range l.Written {
		if there && m.Volume == volume && m.Generation > found.Generation {
			found = m
		}
	}
	return found.Data, found.Generation
}

// Generation returns how often the object of a volume's or relationship's
// address was taken over or led elsewhere, from 1.
func (l Live) Generation(a Address) int {
	m, _ := l.MarkerOf(a)
	return max(m.Generation, 1)
}

// DataVolumeOf returns the engine name of the managed volume that has the data of
// a service, "" when nothing live tells: as its instances have it or, where there
// are none, as the last to go left it.
func (l Live) DataVolumeOf(a Address) string {
	for i := range l.Each(a) {
		if i.Workload.DataVolume != "" {
			return i.Workload.DataVolume
		}
	}
	for m := range l.MarkersOf(a) {
		if m.Generation != 0 {
			continue
		}
		if v, there := l.Volume(l.Scope.DataVolumeName(m.Target.Name)); there {
			return v.Name
		}
	}
	return ""
}

// TargetOf returns whom a network's host leads to now: as the marker of its
// relationship says, else as its own labels do.
func (l Live) TargetOf(n Network) Address {
	if m, ok := l.MarkerOf(n.Owner); ok && m.Target != (Address{}) {
		return m.Target
	}
	return n.Target
}
