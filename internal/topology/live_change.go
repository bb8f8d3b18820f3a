package topology

// What changes a Live that is indexed. What is removed leaves nothing in its place
// of a list.

// AddInstance adds an instance after all others.
func (l *Live) AddInstance(i Instance) { put(&l.Instances, l.Index.instances, i) }

// ChangeInstance changes the instance of a name, if there is one.
func (l *Live) ChangeInstance(name string, to func(*Instance)) {
	change(l.Instances, l.Index.instances, name, to)
}

// RemoveInstance removes what has a name: an instance, of that id unless that is
// "", the container of a hook, or a keeper.
func (l *Live) RemoveInstance(name, id string) {
	remove(l.Instances, l.Index.instances, name, func(i *Instance) bool { return id == "" || i.ID == id })
	remove(l.Hooks, l.Index.hooks, name, anyOf[LiveHook])
	remove(l.Keepers, l.Index.keepers, name, anyOf[Keeper])
}

func anyOf[T any](*T) bool { return true }

// AddNetwork adds a network.
func (l *Live) AddNetwork(n Network) {
	put(&l.Networks, l.Index.networks, n)
	for m := range l.MarkersOf(n.Owner) {
		l.lead(*m)
	}
}

// RemoveNetwork removes the network of a name.
func (l *Live) RemoveNetwork(name string) { remove(l.Networks, l.Index.networks, name, anyOf[Network]) }

// AddVolume adds a volume.
func (l *Live) AddVolume(v LiveVolume) { put(&l.Volumes, l.Index.volumes, v) }

// RemoveVolume removes the volume of a name.
func (l *Live) RemoveVolume(name string) { remove(l.Volumes, l.Index.volumes, name, anyOf[LiveVolume]) }

// AddVault adds a vault.
func (l *Live) AddVault(v Vault) { put(&l.Vaults, l.Index.vaults, v) }

// RemoveVault removes the vault of a name.
func (l *Live) RemoveVault(name string) { remove(l.Vaults, l.Index.vaults, name, anyOf[Vault]) }

// AddKeeper adds a keeper.
func (l *Live) AddKeeper(k Keeper) { put(&l.Keepers, l.Index.keepers, k) }

// ChangeKeeper changes the keeper of a name, if there is one.
func (l *Live) ChangeKeeper(name string, to func(*Keeper)) {
	change(l.Keepers, l.Index.keepers, name, to)
}

// AddMarker adds a marker.
func (l *Live) AddMarker(m Marker) {
	put(&l.Markers, l.Index.markers, m)
	l.lead(m)
}

// RemoveMarker removes the marker of a name.
func (l *Live) RemoveMarker(name string) { remove(l.Markers, l.Index.markers, name, anyOf[Marker]) }

func (i *Instance) keys(yield func(key)) {
	yield(key{by: named, name: i.Name})
	yield(ofAddress(of, i.Address))
	for network := range i.Networks {
		yield(key{by: within, name: network})
	}
	for _, use := range i.Mounts {
		yield(key{by: holding, name: use.Volume})
	}
	for _, r := range i.Workload.Relationships {
		yield(ofAddress(needing, r.Address))
		yield(ofAddress(needing, r.TargetAddress))
	}
}

func (h *LiveHook) keys(yield func(key)) {
	yield(key{by: named, name: h.Name})
	yield(ofAddress(of, h.Address))
}

func (n *Network) keys(yield func(key)) {
	yield(key{by: named, name: n.Name})
	yield(ofAddress(of, n.Owner))
	yield(ofAddress(leading, n.Target))
}

func (v *LiveVolume) keys(yield func(key)) {
	yield(key{by: named, name: v.Name})
	yield(ofAddress(of, v.Address))
}

func (v *Vault) keys(yield func(key)) {
	yield(key{by: named, name: v.Name})
	yield(ofAddress(of, v.Address))
}

func (k *Keeper) keys(yield func(key)) {
	yield(key{by: named, name: k.Name})
	yield(ofAddress(of, k.Address))
	yield(key{by: within, name: k.Vault})
}

func (m *Marker) keys(yield func(key)) {
	yield(key{by: named, name: m.Name})
	yield(ofAddress(of, m.Address))
}
